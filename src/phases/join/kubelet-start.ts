import { X509Certificate } from "node:crypto";
import { allEnded } from "../../async/all-ended.ts";
import { started } from "../../async/started.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { RequestError } from "../../cluster/request-error.ts";
import type { Files } from "../../host/host.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import { hasStartedService } from "../../journal/unfinished-run.ts";
import { nodeRequests } from "../../kubeadm/bootstrap/certificate-request-state.ts";
import { kubeletCertificateSigner } from "../../kubeadm/bootstrap/kubelet-certificate-signer.ts";
import { loadKubeletCredentials } from "../../kubeadm/bootstrap/load-kubelet-credentials.ts";
import { requireFreeNodeName } from "../../kubeadm/bootstrap/node-name-collision.ts";
import { type ClientCertificate, obtainClientCertificate } from "../../kubeadm/bootstrap/obtain-client-certificate.ts";
import { setAsideClientCertificate } from "../../kubeadm/bootstrap/set-aside-client-certificate.ts";
import { storeClientCertificate } from "../../kubeadm/bootstrap/store-client-certificate.ts";
import { storeClusterAuthority } from "../../kubeadm/bootstrap/store-cluster-authority.ts";
import { emitValidity } from "../../kubeadm/certificates/emit-validity.ts";
import type { ClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import type { JoinConfiguration } from "../../kubeadm/config/join/join-configuration.ts";
import { localServer } from "../../kubeadm/control-plane/servers.ts";
import { inContext } from "../../kubeadm/file-failure.ts";
import { clusterOf, type Kubeconfig, withServer } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { writeKubeconfig } from "../../kubeadm/kubeconfig/write-kubeconfig.ts";
import { effectiveNodeName, kubeletCertificateDirectory } from "../../kubeadm/kubelet/kubelet-environment.ts";
import {
  isKubeletRunning,
  kubeletService,
  type StoppedKubelet,
  startKubelet,
  stopKubelet,
} from "../../kubeadm/kubelet/kubelet-service.ts";
import { readMachineId } from "../../kubeadm/kubelet/machine-id.ts";
import { nodeAddressProblem } from "../../kubeadm/kubelet/node-address.ts";
import {
  bootstrapKubeconfigPath,
  defaultCaCertPath,
  kubeletConfigurationPath,
  kubeletCurrentCertificatePath,
  kubeletEnvironmentPath,
  kubeletInstanceConfigurationPath,
  kubeletKubeconfigPath,
} from "../../kubeadm/paths.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import { showWrittenFiles } from "../dry-run-machine.ts";
import { hiddenCgroupDriver, nodeResolver, warnOfKubeletObstacles } from "../warn-of-kubelet-obstacles.ts";
import { defineJoinPhase, type JoinContext } from "./context.ts";
import { bootstrapCluster, bootstrapKubeconfig, clusterState, earlierRequests } from "./facts.ts";
import { writeKubeletFiles } from "./kubelet-files.ts";
import { usesLocalApiServer } from "./local-server.ts";

/**
 * Milliseconds to wait for the kubelet's first certificate, which is requested while the kubelet is being configured.
 */
const certificatePatienceMs = 3_000;

export const kubeletStart = defineJoinPhase({
  name: "kubelet-start",
  summary: "Write kubelet settings, certificates and (re)start the kubelet",
  description:
    "Write the kubelet's configuration, the cluster's CA and the bootstrap credentials, then (re)start the kubelet.",
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
  // A kubelet without a certificate needs the credentials of this run: those of the earlier one may have expired.
  isStillDone: async ({ context: { host }, signal }) =>
    (await isKubeletRunning({ services: host.services, signal })) && (await hasCredentials(host.files)),
  async run(values, run) {
    const { cluster, state } = values;
    const { host } = run.context;
    const { events, signal } = run;
    const nodeName = nodeNameOf(run);
    await checkNode(nodeName, values, run);

    const stopping = stopOf(run);
    const files = revertibleFiles(host.files);
    run.onFailure("restore the files that were there before", () => files.revert());
    const bootstrap = kubeletServer(values.discovered, state, run.context.options.configuration);

    const writeFiles = () => writeKubeletFiles(state, files, run);
    // What the kubelet needs besides its certificate is on disk by the time the certificate arrives. A kubelet that runs
    // would start with these files and request a certificate of its own.
    const configure = async () => {
      const [, { outcome, service }] = await allEnded([
        writeBootstrapFiles(bootstrap, files, run),
        stopping.begin(),
        run.value(nodeResolver),
      ]);
      return { service, ...(outcome === "unknown" ? {} : { written: await writeFiles() }) };
    };
    const [certificate, { service, written }] = await allEnded([
      firstCertificate(nodeName, { cluster, bootstrap, state }, run),
      configure(),
      run.value(hiddenCgroupDriver),
    ]);
    if (certificate === undefined) {
      await noteEarlierRequests(nodeName, cluster, run);
      await setAsideForeignCertificate(nodeName, { bootstrap, files }, run);
    } else {
      // The start is written down with the certificate, and then waits for no disk.
      await allEnded([
        storeClientCertificate(files, { certificate, bootstrap, now: host.clock.local(host.clock.now()) }),
        run.context.record?.serviceChanges({ service: kubeletService, action: "restarted" }) ?? Promise.resolve(),
      ]);
      emitIssued(certificate, run);
    }
    await warnOfKubeletObstacles(written ?? (await writeFiles()), files, run);
    await startKubelet(service, { services: host.services, events, signal });
  },
  async dryRun(values, run) {
    const { files } = run.context.host;
    const would = (action: string) => run.events.emit("dryrun.would", { area: "kubelet-start", action });
    await checkNode(nodeNameOf(run), values, run);
    await writeBootstrapFiles(
      kubeletServer(values.discovered, values.state, run.context.options.configuration),
      files,
      run,
    );
    would("stop the kubelet");
    await warnOfKubeletObstacles(await writeKubeletFiles(values.state, files, run), files, run);
    would("start the kubelet");
    await showWrittenFiles({ isControlPlane: run.context.options.configuration.controlPlane !== undefined }, run);
  },
});

interface StartValues {
  readonly discovered: Kubeconfig;
  readonly cluster: Cluster;
  readonly state: ClusterState;
}

function nodeNameOf({ context }: Run<JoinContext>): string {
  const { name, kubeletExtraArgs } = context.options.configuration.nodeRegistration;
  return effectiveNodeName(name, kubeletExtraArgs);
}

/** Checks, before anything changes, whether the cluster can take a Node of this name and address. */
async function checkNode(
  nodeName: string,
  { discovered, cluster, state }: StartValues,
  run: Run<JoinContext>,
): Promise<void> {
  const [, addressProblem] = await Promise.all([
    warnOfTakenOverNode(cluster, nodeName, run),
    problemOfAddress({ nodeName, server: clusterOf(discovered).server, state }, run),
  ]);
  if (addressProblem === undefined) return;
  run.events.emit("warning", { area: "kubelet-start", message: addressProblem });
}

/** Writes bootstrap-kubelet.conf and the cluster's CA. */
async function writeBootstrapFiles(
  bootstrap: Kubeconfig,
  files: Files,
  { context, events }: Run<JoinContext>,
): Promise<void> {
  const { caCertPath } = context.options.configuration;
  const content = writeKubeconfig(bootstrap);
  await allEnded([
    inContext("couldn't save bootstrap-kubelet.conf to disk", () =>
      files.write(bootstrapKubeconfigPath, content, { mode: 0o600, secret: true }),
    ),
    storeClusterAuthority({ path: caCertPath, bootstrap }, { files, events }),
  ]);
}

/** The kubelet chooses the address of the Node itself: without this check, a wrong one shows only later. */
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
  if (controlPlane === undefined || !usesLocalApiServer(state, configuration)) return kubeconfig;
  return withServer(kubeconfig, localServer(controlPlane));
}

/** A Node that is not Ready may join again; upstream takes it over silently. */
async function warnOfTakenOverNode(cluster: Cluster, nodeName: string, run: Run<JoinContext>): Promise<void> {
  const { host, inspectServer, options } = run.context;
  const ownMachineId = await machineIdOfUnfinishedRun(run);
  const taken = await requireFreeNodeName(nodeName, {
    ...defined({ ownMachineId }),
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
  const message = `the cluster already has a Node "${nodeName}"${owner}, which is not Ready: this machine takes it over`;
  run.events.emit("warning", { area: "kubelet-start", message });
}

/** A kubelet that an interrupted run started may have registered its Node: it is this machine's if their ids are the same. */
async function machineIdOfUnfinishedRun({ context }: Run<JoinContext>): Promise<string | undefined> {
  const journal = context.record?.resumed?.journal;
  return journal !== undefined && hasStartedService(journal) ? readMachineId(context.host.files) : undefined;
}

/**
 * Returns undefined if the kubelet has credentials already (put there manually), or must request its certificate
 * itself.
 */
async function firstCertificate(
  nodeName: string,
  { cluster, ...known }: { readonly cluster: Cluster; readonly bootstrap: Kubeconfig; readonly state: ClusterState },
  run: Run<JoinContext>,
): Promise<ClientCertificate | undefined> {
  if (await hasCredentials(run.context.host.files)) return undefined;
  const { events, signal } = run;
  const sign = await localSigner(known, run);
  const patienceMs = certificatePatienceMs;
  return obtainClientCertificate({ nodeName, cluster, events, signal, patienceMs, ...defined({ sign }) });
}

/** Returns what signs on this machine, if it is a control plane that has the key of the cluster's CA. */
async function localSigner(
  { bootstrap, state }: { readonly bootstrap: Kubeconfig; readonly state: ClusterState },
  { context, events }: Run<JoinContext>,
): Promise<((request: string) => string) | undefined> {
  const { host, options } = context;
  const authority = clusterOf(bootstrap).certificateAuthorityData;
  if (options.configuration.controlPlane === undefined || authority === undefined) return undefined;
  const { certificatesDir } = state.clusterConfiguration;
  const known = { certificatesDir, authorities: authority.certificates, now: host.clock.now() };
  const sign = await kubeletCertificateSigner(known, { files: host.files, events });
  return sign === undefined ? undefined : (request) => sign(request, host.clock.now());
}

function emitIssued({ requestName, certificate }: ClientCertificate, { events }: Run<JoinContext>): void {
  emitValidity(new X509Certificate(certificate), { path: kubeletCurrentCertificatePath, origin: "issued" }, events);
  if (requestName === undefined) {
    const message = "signed the kubelet's client certificate with the key of the cluster's CA";
    events.emit("log", { level: 1, area: "kubelet-start", message });
  } else {
    events.emit("kubelet.certificate.issued", { csr: requestName });
  }
}

/**
 * The kubelet will request its certificate itself: the state of earlier requests does not matter to the wait for it.
 */
async function noteEarlierRequests(nodeName: string, cluster: Cluster, run: Run<JoinContext>): Promise<void> {
  const earlier = await run.value(earlierRequests);
  try {
    const requests = await nodeRequests(cluster, nodeName, { signal: run.signal });
    for (const { metadata } of requests) earlier.add(metadata?.name ?? "");
  } catch (error) {
    // The wait for the certificate sends the same request, and reports its failure.
    if (!(error instanceof RequestError)) throw error;
  }
}

/** A kubelet requests a certificate only if it finds none. */
async function setAsideForeignCertificate(
  nodeName: string,
  { bootstrap, files }: { readonly bootstrap: Kubeconfig; readonly files: Files },
  { context, events }: Run<JoinContext>,
): Promise<void> {
  const { clock } = context.host;
  const authority = clusterOf(bootstrap).certificateAuthorityData;
  if (authority === undefined || (await hasCredentials(files))) return;
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
 * Stops the kubelet while other work continues. Registers the restart here, before the files' undo action, so that it
 * runs after that one: a kubelet that ran before never reads what this join has written.
 */
function stopOf(run: Run<JoinContext>): { begin(): Promise<StoppedKubelet> } {
  const { host } = run.context;
  const { events, signal } = run;
  let stopping: Promise<StoppedKubelet> | undefined;
  run.onFailure("start the kubelet again", async (cleanupSignal) => {
    const stopped = await stopping?.catch(() => undefined);
    if (stopped?.outcome === "stopped") await host.services.start(kubeletService, cleanupSignal);
  });
  return {
    begin: async () => {
      stopping = started(stopKubelet({ services: host.services, events, signal }));
      return stopping;
    },
  };
}
