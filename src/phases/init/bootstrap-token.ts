import { configMaps } from "../../cluster/resources.ts";
import { clusterInfo, clusterInfoName, clusterInfoReaders } from "../../kubeadm/cluster-objects/cluster-info.ts";
import { bootstrapGrants } from "../../kubeadm/cluster-objects/grant-bootstrap-rights.ts";
import { publicNamespace } from "../../kubeadm/cluster-objects/rbac.ts";
import { sideBySide, writeObject, writeObjects } from "../../kubeadm/cluster-objects/write-objects.ts";
import { writeToken } from "../../kubeadm/cluster-objects/write-token.ts";
import { inContext } from "../../kubeadm/file-failure.ts";
import { isSigner, tokenSecret } from "../../kubeadm/tokens/cluster-token.ts";
import { tokenText } from "../../kubeadm/tokens/generate-token.ts";
import { defineInitPhase } from "./context.ts";
import { clusterWrites, writingKubeconfig } from "./facts.ts";
import { removePreviousTokens } from "./remove-previous-tokens.ts";

const grantContexts = {
  "get-nodes": "error allowing bootstrap tokens to get Nodes",
  "post-csrs": "error allowing bootstrap tokens to post CSRs",
  "approve-csrs": "error auto-approving node bootstrap tokens",
  "kubelet-api": "error allowing API server to access kubelet API",
} as const;

export const bootstrapToken = defineInitPhase({
  name: "bootstrap-token",
  aliases: ["bootstraptoken"],
  summary: "Generates bootstrap tokens used to join a node to a cluster",
  description:
    "Create the bootstrap tokens, the RBAC rules that let a machine with a token join as a node, and the cluster-info ConfigMap, which machines use to discover and verify the cluster.",
  example: `  # Create the rules and a token, as kubeadm init does
  kubeadm init phase bootstrap-token`,
  flags: ["config", "dry-run", "kubeconfig", "skip-token-print"],
  writes: [
    "Secrets of the bootstrap tokens",
    "ClusterRole and ClusterRoleBindings of the bootstrap",
    `ConfigMap ${publicNamespace}/${clusterInfoName} with its Role and RoleBinding`,
  ],
  reads: { kubeconfig: writingKubeconfig },
  // Its tokens are new in each run, and printed at the end.
  resumption: "repeat",
  async run({ kubeconfig }, run) {
    const { events, context } = run;
    const { configuration, skipTokenPrint } = context.options;
    const tokens = configuration.bootstrapTokens;
    const ports = await clusterWrites(run);
    await removePreviousTokens(run, ports);
    if (!skipTokenPrint) {
      events.emit("bootstrap.tokens.used", { tokens: tokens.map(({ token }) => tokenText(token)) });
    }
    events.emit("bootstrap.configuring", {});
    const now = ports.clock.now();
    await sideBySide(ports, [
      ...tokens.map(
        (spec) => (each: typeof ports) =>
          inContext("error updating or creating token", () => writeToken(tokenSecret(spec, now), each)),
      ),
      ...bootstrapGrants(grantContexts),
    ]);
    events.emit("bootstrap.cluster-info.creating", { configMap: clusterInfoName, namespace: publicNamespace });
    const signers = tokens.filter((spec) => isSigner(spec, now)).map(({ token }) => token);
    await sideBySide(ports, [
      (each) =>
        inContext("error creating bootstrap ConfigMap", () =>
          writeObject(configMaps, clusterInfo(kubeconfig, signers), each),
        ),
      (each) => inContext("error creating clusterinfo RBAC rules", () => writeObjects(clusterInfoReaders, each)),
    ]);
  },
});
