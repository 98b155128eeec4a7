import { withContext } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import { warnOfEndpointPort } from "../../kubeadm/control-plane/servers.ts";
import { restartKubelet } from "../../kubeadm/kubelet/kubelet-service.ts";
import { localServerChange, type ServerChange } from "../../kubeadm/kubelet/local-server.ts";
import { kubeletKubeconfigPath } from "../../kubeadm/paths.ts";
import { defineUpgradePhase, isPassedOver, type UpgradeRun } from "./context.ts";
import { controlPlaneNode } from "./facts.ts";

/** Upgrades the kubeconfig files of a control plane. */
export const kubeconfig = defineUpgradePhase({
  name: "kubeconfig",
  summary: "Upgrade the kubeconfig files of this node",
  hidden: true,
  writes: [kubeletKubeconfigPath],
  reads: {},
  async run(_values, run) {
    if (isPassedOver({ area: "kubeconfig", what: "phase" }, run)) return;
    const change = await findChange(run);
    if (change !== undefined) {
      const { host } = run.context;
      const files = revertibleFiles(host.files);
      run.onFailure("restore kubelet.conf", () => files.revert());
      run.events.emit("upgrade.kubelet.server.changing", {
        path: kubeletKubeconfigPath,
        from: change.from,
        to: change.to,
      });
      await files.write(kubeletKubeconfigPath, change.content, { mode: 0o600, secret: true });
      await restartKubelet({ services: host.services, events: run.events, signal: run.signal });
    }
    run.events.emit("upgrade.kubeconfigs.finished", {});
  },
  async dryRun(_values, run) {
    if (isPassedOver({ area: "kubeconfig", what: "phase" }, run)) return;
    const change = await findChange(run);
    if (change !== undefined) {
      const [from, to] = [change.from, change.to].map((server) => goQuote(server));
      const action = `change the Server URL from ${from} to ${to} in ${kubeletKubeconfigPath} and try to restart kubelet`;
      run.events.emit("dryrun.would", { area: "dryrun", action });
    }
    run.events.emit("upgrade.kubeconfigs.finished", {});
  },
});

async function findChange({ context, events, value }: UpgradeRun): Promise<ServerChange | undefined> {
  const node = await value(controlPlaneNode);
  warnOfEndpointPort(node, { events, warned: new Set() });
  try {
    return await localServerChange(node, context.host.files);
  } catch (error) {
    throw withContext(error, "failed to update kubelet local mode");
  }
}
