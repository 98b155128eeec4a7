import { started } from "../../async/started.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import { loadKubeletCredentials } from "../../kubeadm/bootstrap/load-kubelet-credentials.ts";
import { waitForClientCertificate } from "../../kubeadm/bootstrap/wait-for-client-certificate.ts";
import { loadKubeconfig } from "../../kubeadm/kubeconfig/read-kubeconfig.ts";
import { readKubeletHealthEndpoint } from "../../kubeadm/kubelet/health-endpoint.ts";
import { kubeletFailure } from "../../kubeadm/kubelet/kubelet-failure.ts";
import { waitForHealthyKubelet } from "../../kubeadm/kubelet/wait-for-healthy-kubelet.ts";
import { bootstrapKubeconfigPath, kubeletPkiDirectory, kubernetesDirectory } from "../../kubeadm/paths.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import { openCluster } from "../open-cluster.ts";
import { kubeletTroubleshooting } from "../troubleshooting.ts";
import { defineJoinPhase, type JoinContext } from "./context.ts";
import { earlierRequests } from "./facts.ts";
import { hastenRegistration } from "./hasten-registration.ts";

/** Uses only files that kubelet-start wrote, so it also runs alone on a worker; upstream's needs admin.conf there. */
export const kubeletWaitBootstrap = defineJoinPhase({
  name: "kubelet-wait-bootstrap",
  summary: "Wait for the kubelet to bootstrap itself",
  description:
    "Wait until the kubelet passes its health check and has a client certificate of the cluster, then remove the bootstrap kubeconfig.",
  flags: ["config", "cri-socket", "dry-run"],
  takesArgument: "ignored",
  writes: [bootstrapKubeconfigPath],
  resumption: "continue",
  reads: {},
  async run(_values, run) {
    const { host, options } = run.context;
    const { timeouts, nodeRegistration } = options.configuration;
    const removeBootstrapKubeconfig = () => host.files.remove(bootstrapKubeconfigPath);
    run.onFailure("remove the bootstrap kubeconfig", async () => {
      await removeBootstrapKubeconfig();
    });
    const ports = { ...host, events: run.events, signal: run.signal };
    // While the kubelet starts: nothing but its certificate is waited for once it is healthy, least of all a busy disk.
    const announced = started(run.context.record?.notes.willRemove(bootstrapKubeconfigPath) ?? Promise.resolve());
    const opening = started(bootstrapClient(run));
    try {
      const endpoint = await readKubeletHealthEndpoint(host.files);
      await waitForHealthyKubelet({ ...endpoint, timeoutMs: timeouts.kubeletHealthCheck }, ports);
      const cluster = await opening;
      await waitForClientCertificate(
        {
          nodeName: nodeRegistration.name,
          loadKubeletCredentials: () => loadKubeletCredentials(host.files),
          earlierRequests: await run.value(earlierRequests),
          directories: [kubernetesDirectory, kubeletPkiDirectory],
          timeoutMs: timeouts.tlsBootstrap,
        },
        {
          ...ports,
          kubeletFailure: (signal) => kubeletFailure(host.services, signal),
          ...defined({ cluster }),
        },
      );
    } catch (error) {
      if (isKubeadmError(error) && error.code !== "CANCELLED") {
        run.events.emit("kubelet.advice", { lines: kubeletTroubleshooting(error.details) });
      }
      throw error;
    }
    if (options.configuration.controlPlane !== undefined) {
      await hastenRegistration(run);
    }
    // What kept it from being written down keeps the removal from it, too.
    await announced.catch(() => undefined);
    // It holds a token: a join that cannot remove it fails, so that the same command tries again.
    await removeBootstrapKubeconfig();
  },
  async dryRun(_values, { events }) {
    events.emit("dryrun.would", { area: "kubelet-wait", action: "wait for the kubelet to be bootstrapped" });
  },
});

/** Returns a client to check the certificate signing request during the wait; undefined if the credentials no longer exist. */
async function bootstrapClient(run: Run<JoinContext>): Promise<Cluster | undefined> {
  try {
    const kubeconfig = await loadKubeconfig(run.context.host.files, bootstrapKubeconfigPath);
    return await openCluster(kubeconfig, bootstrapKubeconfigPath, run);
  } catch {
    return undefined;
  }
}
