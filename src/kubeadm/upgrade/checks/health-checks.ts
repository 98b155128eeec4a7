import { nodes } from "../../../cluster/resources.ts";
import { remedyBefore } from "../../../errors/decision.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import type { Files } from "../../../host/host.ts";
import { controlPlaneTaint } from "../../../kubernetes/taint.ts";
import { type ClusterWritePorts, persistently } from "../../cluster-objects/write-objects.ts";
import type { ClusterConfiguration } from "../../config/cluster/cluster-configuration.ts";
import { controlPlaneComponents } from "../../control-plane/write-component-manifests.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { type Check, passed, problem } from "../../preflight/check.ts";
import { clusterCheck } from "./cluster-check.ts";
import { createJobCheck, createJobCheckOfDryRun } from "./health-job.ts";

/** Returns the checks of the cluster before an upgrade, in upstream's order. */
export function healthChecks(
  cluster: ClusterConfiguration,
  ports: ClusterWritePorts & { readonly files: Pick<Files, "status"> },
): readonly Check[] {
  return [createJobCheck(cluster, ports), controlPlaneNodesReady(ports), staticPodManifests(ports.files)];
}

/** The same in a dry run, which creates no Job, but says which one. */
export function healthChecksOfDryRun(
  cluster: ClusterConfiguration,
  ports: ClusterWritePorts & { readonly files: Pick<Files, "status"> },
): readonly Check[] {
  const files = {
    status: (path: string) => {
      ports.events.emit("dryrun.checking", { path });
      return ports.files.status(path);
    },
  };
  return [createJobCheckOfDryRun(cluster, ports), controlPlaneNodesReady(ports), staticPodManifests(files)];
}

function controlPlaneNodesReady(ports: ClusterWritePorts): Check {
  const run = async (own: ClusterWritePorts) => {
    // The label has the name of the taint.
    const label = controlPlaneTaint.key;
    const words = {
      what: "control plane Nodes",
      context: () => `could not list nodes labeled with "${label}"`,
    };
    const labelSelector = `${label}=`;
    const found = await persistently(words, own, (client, signal) => client.list(nodes, { labelSelector, signal }));
    const notReady = found.flatMap(({ metadata, status }) => {
      const condition = status?.conditions?.find(({ type, status: is }) => type === "Ready" && is !== "True");
      return condition === undefined ? [] : [{ name: foreignText(metadata?.name ?? ""), condition }];
    });
    const [first] = notReady;
    if (first === undefined) return passed;
    const reasons = notReady.flatMap(({ name, condition: { message, reason } }) => {
      const said = message ?? reason;
      return said === undefined ? [] : [`. ${name}: ${foreignText(said)}`];
    });
    const names = notReady.map(({ name }) => name).join(" ");
    return problem(`there are NotReady control-planes in the cluster: [${names}]${reasons.join("")}`, {
      remedy: remedyBefore(
        `Run \`kubeadm doctor\` on ${first.name}, or look at its kubelet's log (\`journalctl -u kubelet\`).`,
        {
          id: "gone-control-plane",
          proof: { decided: "a machine is permanently lost" },
          act: "remove its Node and its etcd member",
          lost: "that control plane's copy of etcd's data",
        },
      ),
    });
  };
  return clusterCheck({ name: "ControlPlaneNodesReady", severity: "error", run }, ports);
}

function staticPodManifests(files: Pick<Files, "status">): Check {
  return {
    name: "StaticPodManifest",
    severity: "error",
    run: async () => {
      const paths = controlPlaneComponents.map(manifestPath);
      const found = await Promise.all(paths.map((path) => files.status(path)));
      const missing = paths.filter((_, index) => found[index] === undefined);
      if (missing.length === 0) return passed;
      return problem(`manifest files not found: [${missing.join(" ")}]`, {
        remedy:
          "Run the command on a control plane. If an earlier upgrade was interrupted, copy the files back from the newest directory /etc/kubernetes/tmp/kubeadm-backup-manifests-*.",
      });
    },
  };
}
