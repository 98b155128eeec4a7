import { withContext } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { hostPathsOf } from "../../host/rooted.ts";
import { clusterConfigurationFromV1beta4 } from "../../kubeadm/apis/cluster-configuration.ts";
import { detectCriSocket, withSocketScheme } from "../../kubeadm/apis/cri-socket.ts";
import { parseFeatureGates } from "../../kubeadm/apis/feature-gates.ts";
import { resolveRelease } from "../../kubeadm/apis/kubernetes-release.ts";
import { loadInitConfiguration } from "../../kubeadm/apis/load-init-configuration.ts";
import { controlPlaneImages } from "../../kubeadm/config-commands/images.ts";
import { pullImages as pull } from "../../kubeadm/config-commands/pull-images.ts";
import { printingEvents } from "../printing-session.ts";
import { rootfsPath } from "../rootfs.ts";
import type { ImagesInvocation, ImagesListInvocation, ImagesPullInvocation } from "./config-flags.ts";
import { machineOf } from "./machine.ts";
import { objectPrinter } from "./object-printer.ts";

export async function listImages(invocation: ImagesListInvocation): Promise<number> {
  const { flags, ports } = invocation;
  parseFeatureGates(flags["feature-gates"]);
  const print = objectPrinter<readonly string[]>(flags.output, {
    kind: "Images",
    stdout: ports.stdout,
    text: (images) => ports.stdout.write(images.map((image) => `${image}\n`).join("")),
    fields: (images) => ({ images }),
  });
  print(await listedImages(invocation));
  return 0;
}

async function listedImages(invocation: ImagesListInvocation): Promise<readonly string[]> {
  try {
    return (await imagesOf(invocation, printingEvents(invocation))).images;
  } catch (error) {
    throw withContext(error, "could not convert cfg to an internal cfg");
  }
}

export async function pullImages(invocation: ImagesPullInvocation): Promise<number> {
  const { flags, global, ports } = invocation;
  parseFeatureGates(flags["feature-gates"]);
  const events = printingEvents(invocation);
  const { images, criSocket: configured } = await imagesOf(invocation, events);
  const host = await machineOf(invocation);
  const { files, network } = host;
  const given = flags.config === "" ? flags["cri-socket"] : configured;
  const criSocket =
    given === "" ? await detectCriSocket(network, { ...ports, events }) : withSocketScheme(given, events);
  const connect = await ports.connectContainerRuntime();
  const locate =
    global.rootfs === "" ? undefined : hostPathsOf((await ports.openHost()).files, rootfsPath(global.rootfs, ports));
  await pull(
    images,
    { criSocket, onPulled: (image) => ports.stdout.write(`[config/images] Pulled ${image}\n`) },
    {
      connectContainerRuntime: locate === undefined ? connect : (endpoint) => connect(endpoint, { locate }),
      files,
      signal: ports.signal,
    },
  );
  return 0;
}

async function imagesOf(
  invocation: ImagesInvocation,
  events: Events,
): Promise<{ readonly images: readonly string[]; readonly criSocket: string }> {
  const { flags } = invocation;
  if (flags.config !== "") {
    const { files } = await machineOf(invocation);
    const { cluster, criSocket } = await loadInitConfiguration(flags.config, { files, events });
    return { images: controlPlaneImages(cluster, resolveRelease(cluster.kubernetesVersion, events)), criSocket };
  }
  const cluster = clusterConfigurationFromV1beta4({ imageRepository: flags["image-repository"] });
  return { images: controlPlaneImages(cluster, resolveRelease(flags["kubernetes-version"], events)), criSocket: "" };
}
