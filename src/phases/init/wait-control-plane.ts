import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import { createControllerAccounts } from "../../kubeadm/cluster-objects/controller-accounts.ts";
import { healthUrl, readKubeletHealthEndpoint } from "../../kubeadm/kubelet/health-endpoint.ts";
import { waitForHealthyKubelet } from "../../kubeadm/kubelet/wait-for-healthy-kubelet.ts";
import { manifestsDirectory } from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { showWrittenFiles } from "../dry-run-machine.ts";
import { kubeletTroubleshooting } from "../troubleshooting.ts";
import { waitForControlPlane } from "../wait-for-control-plane.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { administrator, controlPlaneNode, localAdminCluster } from "./facts.ts";

/**
 * Waits for the kubelet, then for the components, and grants the administrator its rights last. In upstream's order,
 * the reverse, a kubelet or an API server that does not start is reported as a failure to create the administrator.
 */
export const waitControlPlane = defineInitPhase({
  name: "wait-control-plane",
  summary: "Wait for the control plane to start",
  description:
    "Wait until the kubelet and the control plane components, which it runs as static Pods, pass their health checks.",
  writes: ["ServiceAccounts of the controllers"],
  reads: { node: controlPlaneNode },
  async run({ node }, run) {
    const { events } = run;
    events.emit("control-plane.waiting", { directory: manifestsDirectory });
    await waitForKubelet(node.timeouts.kubeletHealthCheck, run);
    await waitForControlPlane(node, await run.value(localAdminCluster), run);
    const { cluster } = await run.value(administrator);
    await createControllerAccounts(node.cluster, { cluster, events, signal: run.signal }, run.context.host.files);
  },
  async dryRun(_values, run) {
    const { context, events } = run;
    await showWrittenFiles({ isControlPlane: true }, run);
    events.emit("control-plane.waiting", { directory: manifestsDirectory });
    const url = healthUrl(await readKubeletHealthEndpoint(context.host.files));
    events.emit("dryrun.would", { area: "dryrun", action: `make sure the kubelet returns 'ok' at ${url}` });
  },
});

async function waitForKubelet(timeoutMs: number, { context, events, signal }: Run<InitContext>): Promise<void> {
  const { host } = context;
  const endpoint = await readKubeletHealthEndpoint(host.files);
  try {
    await waitForHealthyKubelet({ ...endpoint, timeoutMs }, { ...host, events, signal });
  } catch (error) {
    if (isKubeadmError(error) && error.code !== "CANCELLED") {
      events.emit("kubelet.advice", { lines: kubeletTroubleshooting(error.details) });
    }
    throw error;
  }
}
