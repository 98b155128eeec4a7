import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import { TransportError } from "../../cluster/transport.ts";
import type { Files } from "../../host/host.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import { nodeRequests } from "../../kubeadm/bootstrap/certificate-request-state.ts";
import { loadKubeletCredentials } from "../../kubeadm/bootstrap/load-kubelet-credentials.ts";
import { requireFreeNodeName } from "../../kubeadm/bootstrap/node-name-collision.ts";
import { type ClientCertificate, obtainClientCertificate } from "../../kubeadm/bootstrap/obtain-client-certificate.ts";
import { storeClientCertificate } from "../../kubeadm/bootstrap/store-client-certificate.ts";
import { storeClusterAuthority } from "../../kubeadm/bootstrap/store-cluster-authority.ts";
import type { ClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import type { JoinConfiguration } from "../../kubeadm/config/join/join-configuration.ts";
import { localServer } from "../../kubeadm/control-plane/servers.ts";
import { clusterOf, type Kubeconfig, withServer } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { writeKubeconfig } from "../../kubeadm/kubeconfig/write-kubeconfig.ts";
import { effectiveNodeName, kubeletCertificateDirectory } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { kubeletService, startKubelet, stopKubelet } from "../../kubeadm/kubelet/kubelet-service.ts";
import { nodeAddressProblem } from "../../kubeadm/kubelet/node-address.ts";
import {
  apiServerManifestPath,
  bootstrapKubeconfigPath,
  controllerManagerManifestPath,
  defaultCaCertPath,
  kubeletConfigurationPath,
  kubeletEnvironmentPath,
  kubeletInstanceConfigurationPath,
  kubeletKubeconfigPath,
  schedulerManifestPath,
} from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { hiddenCgroupDriver, warnOfKubeletObstacles } from "../warn-of-kubelet-obstacles.ts";
import { defineJoinPhase, type JoinContext } from "./context.ts";
import { bootstrapCluster, bootstrapKubeconfig, clusterState, earlierRequests } from "./facts.ts";
import { writeKubeletFiles } from "./kubelet-files.ts";
import { speaksToLocalServer } from "./local-server.ts";

/** Milliseconds for the kubelet's first certificate, asked for while the kubelet is stopped and configured. */
const certificatePatienceMs = 3_000;

export const kubeletStart = defineJoinPhase({
  name: "kubelet-start",
  summary: "Write kubelet settings, certificates and (re)start the kubelet",
  description:
    "Write the kubelet's configuration, the cluster's CA and the credentials to bootstrap with, then (re)start the kubelet.",
  flags: ["config", "cri-socket", "node-name", "discovery", "patches", "dry-run"],
  takesArgument: true,
  writes: [
    bootstrapKubeconfigPath,
    defaultCaCertPath,
    kubeletKubeconfigPath,
    kubeletInstanceConfigurationPath,
    kubeletConfigurationPath,
    kubeletEnvironmentPath,
    "service kubelet",
  ],
  reads: { discovered: bootstrapKubeconfig, cluster: bootstrapCluster, state: clusterState },
  async run({ discovered, cluster, state }, run) {
    const { host, options } = run.context;
    const bootstrap = kubeletServer(discovered, state, options.configuration);
    const { nodeRegistration, caCertPath } = options.configuration;
    const nodeName = effectiveNodeName(nodeRegistration.name, nodeRegistration.kubeletExtraArgs);
    const [, addressProblem] = await Promise.all([
      warnOfTakenOverNode(cluster, nodeName, run),
      problemOfAddress({ nodeName, server: clusterOf(discovered).server, state }, run),
    ]);
    if (addressProblem !== undefined) {
      run.events.emit("warning", { area: "kubelet-start", message: addressProblem });
    }

    const stopping = stopOf(run);
    const files = revertibleFiles(host.files);
    run.onFailure("restore the files that were there before", () => files.revert());
    await files.write(bootstrapKubeconfigPath, writeKubeconfig(bootstrap), { mode: 0o600, secret: true });
    await storeClusterAuthority({ path: caCertPath, bootstrap }, { files, events: run.events });

    const [certificate] = await Promise.all([
      firstCertificate(nodeName, cluster, run),
      stopping.begin(),
      run.value(hiddenCgroupDriver),
    ]);
    if (certificate !== undefined) {
      await storeClientCertificate(files, { certificate, bootstrap, now: host.clock.local(host.clock.now()) });
      run.events.emit("kubelet.certificate.issued", { csr: certificate.requestName });
    } else if (!options.dryRun) {
      await noteEarlierRequests(nodeName, cluster, run);
      await setAsideForeignCertificate(nodeName, { bootstrap, files }, run);
    }
    await warnOfKubeletObstacles(await writeKubeletFiles(state, files, run), files, run);
    await start(run);
  },
});

/** The kubelet registers the Node under an address of its own choice: whether that is the cluster's is seen only later. */
function problemOfAddress(
  { nodeName, server, state }: { readonly nodeName: string; readonly server: string; readonly state: ClusterState },
  { context, signal }: Run<JoinContext>,
): Promise<string | undefined> {
  const { nodeRegistration, controlPlane } = context.options.configuration;
  const reference =
    controlPlane === undefined ? { server } : { advertised: controlPlane.localAPIEndpoint.advertiseAddress };
  const node = { name: nodeName, kubeletArguments: nodeRegistration.kubeletExtraArgs, reference };
  const { podSubnet, serviceSubnet } = state.clusterConfiguration.networking;
  return nodeAddressProblem({ ...node, podSubnet, serviceSubnet }, { network: context.host.network, signal });
}

function kubeletServer(kubeconfig: Kubeconfig, state: ClusterState, configuration: JoinConfiguration): Kubeconfig {
  const { controlPlane } = configuration;
  if (controlPlane === undefined || !speaksToLocalServer(state, configuration)) return kubeconfig;
  return withServer(kubeconfig, localServer(controlPlane));
}

/** A Node that is not Ready may be joined again; upstream takes it over without a word. */
async function warnOfTakenOverNode(cluster: Cluster, nodeName: string, run: Run<JoinContext>): Promise<void> {
  const { host, inspectServer, options } = run.context;
  const taken = await requireFreeNodeName(nodeName, {
    cluster,
    inspect: inspectServer,
    clock: host.clock,
    events: run.events,
    signal: run.signal,
    timeoutMs: options.configuration.timeouts.kubernetesAPICall,
  });
  if (taken === undefined) return;
  const machineId = taken.status?.nodeInfo?.["machineID"] ?? "";
  const owner = machineId === "" ? "" : ` (machine id ${machineId})`;
  const message = `a Node "${nodeName}"${owner} that is not Ready is in the cluster already: this machine takes it over`;
  run.events.emit("warning", { area: "kubelet-start", message });
}

/** Undefined where the kubelet has credentials already (laid there by hand), or is to get them by itself. */
async function firstCertificate(
  nodeName: string,
  cluster: Cluster,
  run: Run<JoinContext>,
): Promise<ClientCertificate | undefined> {
  const { host, options } = run.context;
  if (options.dryRun || (await hasCredentials(host.files))) return undefined;
  const { events, signal } = run;
  return obtainClientCertificate({ nodeName, cluster, events, signal, patienceMs: certificatePatienceMs });
}

/** The kubelet asks for its certificate by itself: what was asked before it, by whomever, says nothing of how it fares. */
async function noteEarlierRequests(nodeName: string, cluster: Cluster, run: Run<JoinContext>): Promise<void> {
  const earlier = await run.value(earlierRequests);
  try {
    for (const { metadata } of await nodeRequests(cluster, nodeName, run.signal)) earlier.add(metadata?.name ?? "");
  } catch (error) {
    // The wait for the certificate asks the same, and tells.
    if (!(error instanceof ApiStatusError) && !(error instanceof TransportError)) throw error;
  }
}

/** A kubelet that is to bootstrap by itself does so only where it finds no certificate. */
async function setAsideForeignCertificate(
  nodeName: string,
  { bootstrap, files }: { readonly bootstrap: Kubeconfig; readonly files: Files },
  { context, events }: Run<JoinContext>,
): Promise<void> {
  const { clock } = context.host;
  const authority = clusterOf(bootstrap).certificateAuthorityData;
  if (authority === undefined || (await hasCredentials(files))) return;
  // Loaded here, as most joins have no use for it.
  const { setAsideClientCertificate } = await import("../../kubeadm/bootstrap/set-aside-client-certificate.ts");
  const now = clock.now();
  const use = {
    directory: kubeletCertificateDirectory(context.options.configuration.nodeRegistration.kubeletExtraArgs),
    nodeName,
    authorities: authority.certificates,
    now,
    localNow: clock.local(now),
  };
  await setAsideClientCertificate(use, { files, events });
}

async function hasCredentials(files: Files): Promise<boolean> {
  try {
    await loadKubeletCredentials(files);
    return true;
  } catch {
    return false;
  }
}

/**
 * The kubelet's stop, which goes on beside other work. Its undoing is registered here, before that of the files: it is done
 * after that one, so that a kubelet which ran before never reads what this join has written.
 */
function stopOf(run: Run<JoinContext>): { begin(): Promise<void> } {
  const { host, options } = run.context;
  const { events, signal } = run;
  let stopping: Promise<boolean> | undefined;
  run.onFailure("start the kubelet again", async (cleanupSignal) => {
    if (await stopping?.catch(() => false)) await host.services.start(kubeletService, cleanupSignal);
  });
  return {
    begin: async () => {
      if (options.dryRun) return events.emit("dryrun.would", { area: "kubelet-start", action: "stop the kubelet" });
      stopping = stopKubelet({ services: host.services, events, signal });
      await stopping;
    },
  };
}

async function start(run: Run<JoinContext>): Promise<void> {
  const { host, options, dryRunDirectory } = run.context;
  const { events, signal } = run;
  if (options.dryRun) {
    events.emit("dryrun.would", { area: "kubelet-start", action: "start the kubelet" });
    if (dryRunDirectory === undefined) return;
    const kubelet = [kubeletConfigurationPath, kubeletEnvironmentPath];
    const written =
      options.configuration.controlPlane === undefined
        ? { what: "certificates and kubeconfig files", shown: kubelet }
        : {
            what: "certificates, kubeconfig files and control plane manifests",
            shown: [apiServerManifestPath, controllerManagerManifestPath, schedulerManifestPath, ...kubelet],
          };
    const { tellWrittenFiles } = await import("../dry-run-machine.ts");
    return tellWrittenFiles({ directory: dryRunDirectory, ...written }, host.files, events);
  }
  await startKubelet({ services: host.services, events, signal });
}
