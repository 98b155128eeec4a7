import type { Files } from "../../host/host.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import type { ServiceStatus } from "../../host/service-manager.ts";
import { setAsideClientCertificate } from "../../kubeadm/bootstrap/set-aside-client-certificate.ts";
import { exists, loadCertificate, placeOf, within } from "../../kubeadm/certificates/certificate-files.ts";
import { authorities } from "../../kubeadm/certificates/certificate-table.ts";
import { effectiveNodeName, kubeletCertificateDirectory } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { isKubeletRunning, startKubelet, stopKubelet } from "../../kubeadm/kubelet/kubelet-service.ts";
import { nodeAddressProblem } from "../../kubeadm/kubelet/node-address.ts";
import {
  kubeletConfigurationPath,
  kubeletCurrentCertificateName,
  kubeletEnvironmentPath,
  kubeletInstanceConfigurationPath,
} from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { patches } from "../patches.ts";
import { hiddenCgroupDriver, nodeResolver, warnOfKubeletObstacles } from "../warn-of-kubelet-obstacles.ts";
import { writeKubeletConfigurationFiles, writeKubeletEnvironment } from "../write-kubelet-files.ts";
import { defineInitPhase, type InitContext } from "./context.ts";

export const kubeletStart = defineInitPhase({
  name: "kubelet-start",
  summary: "Write kubelet settings and (re)start the kubelet",
  description:
    "Write the kubelet's configuration and the environment file with this node's kubelet flags, then (re)start the kubelet, which runs the static Pods of the control plane.",
  example: `  # Write the kubelet's files for the node in a configuration file
  kubeadm init phase kubelet-start --config config.yaml`,
  flags: ["config", "cri-socket", "dry-run", "image-repository", "node-name", "patches"],
  writes: [kubeletEnvironmentPath, kubeletInstanceConfigurationPath, kubeletConfigurationPath, "service kubelet"],
  reads: {},
  isStillDone: ({ context: { host }, signal }) => isKubeletRunning({ services: host.services, signal }),
  async run(_values, run) {
    const { events, signal } = run;
    const { services } = run.context.host;
    const [service] = await Promise.all([
      stop(run),
      warnOfAddress(run),
      run.value(hiddenCgroupDriver),
      run.value(nodeResolver),
    ]);
    const files = revertibleFiles(run.context.host.files);
    run.onFailure("restore the kubelet's files that were there before", () => files.revert());
    await writeFiles(files, run);
    await setAsideForeignCertificate(files, run);
    await startKubelet(service, { services, events, signal });
  },
  async dryRun(_values, run) {
    await warnOfAddress(run);
    await writeFiles(run.context.host.files, run);
  },
});

/** Writes the files that the kubelet reads at its start; warns of everything that will keep it from starting. */
async function writeFiles(files: Files, run: Run<InitContext>): Promise<void> {
  const { host, options } = run.context;
  const { events, signal } = run;
  const { nodeRegistration } = options.configuration;
  const ports = { files, services: host.services, events, signal };
  await writeKubeletEnvironment(
    {
      nodeName: nodeRegistration.name,
      hostname: host.machine.hostname.trim().toLowerCase(),
      isControlPlane: true,
      taints: nodeRegistration.taints ?? [],
      extraArguments: nodeRegistration.kubeletExtraArgs,
    },
    ports,
  );
  const configuration = await within(
    "error writing kubelet configuration to disk",
    writeKubeletConfigurationFiles(
      {
        configuration: options.components.kubelet,
        criSocket: nodeRegistration.criSocket,
        patches: () => run.value(patches),
        resolver: () => run.value(nodeResolver),
      },
      ports,
    ),
  );
  await warnOfKubeletObstacles(configuration, files, run);
}

/**
 * A common mistake: the API server advertises one interface, and the kubelet registers its Node with the address of
 * another.
 */
async function warnOfAddress({ context, events, signal }: Run<InitContext>): Promise<void> {
  const { host, options } = context;
  const { nodeRegistration, localAPIEndpoint } = options.configuration;
  const { podSubnet, serviceSubnet } = options.cluster.networking;
  const problem = await nodeAddressProblem(
    {
      name: effectiveNodeName(nodeRegistration.name, nodeRegistration.kubeletExtraArgs),
      kubeletArguments: nodeRegistration.kubeletExtraArgs,
      reference: { advertised: localAPIEndpoint.advertiseAddress },
      podSubnet,
      serviceSubnet,
    },
    { network: host.network, signal },
  );
  if (problem !== undefined) events.emit("warning", { area: "kubelet-start", message: problem });
}

/** The kubelet prefers an existing rotated certificate to that of kubelet.conf, so one of another cluster must go. */
async function setAsideForeignCertificate(files: Files, { context, events }: Run<InitContext>): Promise<void> {
  const { host, options } = context;
  const { name, kubeletExtraArgs } = options.configuration.nodeRegistration;
  const directory = kubeletCertificateDirectory(kubeletExtraArgs);
  if ((await files.status(`${directory}/${kubeletCurrentCertificateName}`)) === undefined) return;
  const authority = placeOf(options.cluster.certificatesDir, authorities.ca.baseName).certificate;
  if (!(await exists(authority, files))) return;
  const { certificate, intermediates } = await loadCertificate(authority, files);
  const now = host.clock.now();
  const use = {
    directory,
    nodeName: effectiveNodeName(name, kubeletExtraArgs),
    authorities: [certificate, ...intermediates],
    now,
    localNow: host.clock.local(now),
  };
  await setAsideClientCertificate(use, { files, events });
}

/** Returns the service as it was before. */
async function stop(run: Run<InitContext>): Promise<ServiceStatus | undefined> {
  const { host } = run.context;
  const { events, signal } = run;
  const { outcome, service } = await stopKubelet({ services: host.services, events, signal });
  if (outcome === "stopped") {
    run.onFailure("start the kubelet again", (cleanupSignal) => host.services.start("kubelet", cleanupSignal));
  }
  return service;
}
