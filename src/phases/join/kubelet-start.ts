import { allEnded } from "../../async/all-ended.ts";
import { started } from "../../async/started.ts";
import type { Files } from "../../host/host.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import { storeClusterAuthority } from "../../kubeadm/bootstrap/store-cluster-authority.ts";
import type { ClusterState } from "../../kubeadm/cluster-objects/read-cluster-state.ts";
import type { JoinConfiguration } from "../../kubeadm/config/join/join-configuration.ts";
import { localServer } from "../../kubeadm/control-plane/servers.ts";
import { inContext } from "../../kubeadm/file-failure.ts";
import { type Kubeconfig, withServer } from "../../kubeadm/kubeconfig/kubeconfig.ts";
import { writeKubeconfig } from "../../kubeadm/kubeconfig/write-kubeconfig.ts";
import {
  isKubeletRunning,
  kubeletService,
  type StoppedKubelet,
  startKubelet,
  stopKubelet,
} from "../../kubeadm/kubelet/kubelet-service.ts";
import {
  bootstrapKubeconfigPath,
  defaultCaCertPath,
  kubeletConfigurationPath,
  kubeletEnvironmentPath,
  kubeletInstanceConfigurationPath,
  kubeletKubeconfigPath,
} from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { showWrittenFiles } from "../dry-run-machine.ts";
import { hiddenCgroupDriver, nodeResolver, warnOfKubeletObstacles } from "../warn-of-kubelet-obstacles.ts";
import { checkNode, nodeNameOf } from "./check-node.ts";
import { defineJoinPhase, type JoinContext } from "./context.ts";
import { bootstrapCluster, bootstrapKubeconfig, clusterState } from "./facts.ts";
import { firstCertificate, hasCredentials, letKubeletRequest, storeFirstCertificate } from "./first-certificate.ts";
import { writeKubeletFiles } from "./kubelet-files.ts";
import { usesLocalApiServer } from "./local-server.ts";

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
      await letKubeletRequest(nodeName, { cluster, bootstrap, files }, run);
    } else {
      // The start is written down with the certificate, and then waits for no disk.
      await allEnded([
        storeFirstCertificate(certificate, { bootstrap, files }, run),
        run.context.record?.notes.serviceChanges({ service: kubeletService, action: "restarted" }) ?? Promise.resolve(),
      ]);
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

function kubeletServer(kubeconfig: Kubeconfig, state: ClusterState, configuration: JoinConfiguration): Kubeconfig {
  const { controlPlane } = configuration;
  if (controlPlane === undefined || !usesLocalApiServer(state, configuration)) return kubeconfig;
  return withServer(kubeconfig, localServer(controlPlane));
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
