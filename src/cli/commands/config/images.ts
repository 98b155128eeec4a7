import { withContext } from "../../../errors/kubeadm-error.ts";
import { oneLine } from "../../../errors/printable-text.ts";
import { rootDirectoryOf } from "../../../host/rooted.ts";
import { clusterConfigurationFromV1beta4 } from "../../../kubeadm/config/cluster/cluster-configuration.ts";
import { parseFeatureGates } from "../../../kubeadm/config/fields/feature-gates.ts";
import {
  completeInitConfiguration,
  type ResolvedInit,
} from "../../../kubeadm/config/init/complete-init-configuration.ts";
import { loadInitConfiguration } from "../../../kubeadm/config/init/load-init-configuration.ts";
import { initConfigurationFromV1beta4 } from "../../../kubeadm/config/versions/convert-init.ts";
import { controlPlaneImages } from "../../../kubeadm/images/control-plane-images.ts";
import { pullImages as pull } from "../../../kubeadm/images/pull-listed-images.ts";
import { objectPrinter } from "../../print/object-printer.ts";
import { printingEvents } from "../../printing-session.ts";
import { rootfsPath } from "../../rootfs.ts";
import { machineOf } from "../machine.ts";
import type { ImagesInvocation, ImagesListInvocation, ImagesPullInvocation } from "./flags.ts";

export async function listImages(invocation: ImagesListInvocation): Promise<number> {
  const { flags, ports } = invocation;
  parseFeatureGates(flags["feature-gates"]);
  const print = await objectPrinter<readonly string[]>(invocation, {
    kind: "Images",
    text: (images) => ports.stdout.write(images.map((image) => `${oneLine(image)}\n`).join("")),
    fields: (images) => ({ images }),
  });
  print(await listedImages(invocation));
  return 0;
}

async function listedImages(invocation: ImagesListInvocation): Promise<readonly string[]> {
  try {
    return controlPlaneImages((await resolved(invocation, { detectsCriSocket: false, criSocket: "" })).cluster);
  } catch (error) {
    throw withContext(error, "could not convert cfg to an internal cfg");
  }
}

export async function pullImages(invocation: ImagesPullInvocation): Promise<number> {
  const { flags, global, ports } = invocation;
  const host = await machineOf(invocation);
  const { cluster, configuration } = await resolved(invocation, {
    detectsCriSocket: true,
    criSocket: flags["cri-socket"],
  });
  const connect = await ports.connectContainerRuntime();
  const locate =
    global.rootfs === ""
      ? undefined
      : rootDirectoryOf(await ports.openHost(), rootfsPath(global.rootfs, ports)).withSocket;
  await pull(
    controlPlaneImages(cluster),
    {
      criSocket: configuration.nodeRegistration.criSocket,
      onPulled: (image) => ports.stdout.write(`[config/images] Pulled ${oneLine(image)}\n`),
    },
    {
      connectContainerRuntime: locate === undefined ? connect : (endpoint) => connect(endpoint, { locate }),
      files: host.files,
      clock: host.clock,
      events: printingEvents(invocation),
      signal: ports.signal,
    },
  );
  return 0;
}

/** What `kubeadm init` would make of the file or, without one, of the flags. */
async function resolved(
  invocation: ImagesInvocation,
  { detectsCriSocket, criSocket }: { readonly detectsCriSocket: boolean; readonly criSocket: string },
): Promise<ResolvedInit> {
  const { flags } = invocation;
  const featureGates = parseFeatureGates(flags["feature-gates"]);
  const { files, machine, network } = await machineOf(invocation);
  const ports = { files, machine, network, events: printingEvents(invocation), signal: invocation.ports.signal };
  if (flags.config !== "") return loadInitConfiguration(flags.config, { detectsCriSocket }, ports);
  const written = {
    configuration: initConfigurationFromV1beta4({ nodeRegistration: { criSocket } }),
    cluster: clusterConfigurationFromV1beta4({
      featureGates,
      imageRepository: flags["image-repository"],
      kubernetesVersion: flags["kubernetes-version"],
    }),
    hasBothEtcds: false,
    components: {},
  };
  return completeInitConfiguration(written, { detectsCriSocket }, ports);
}
