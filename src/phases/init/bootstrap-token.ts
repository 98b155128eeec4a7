import { secrets } from "../../cluster/resources.ts";
import { clusterInfoName, clusterInfoObjects } from "../../kubeadm/cluster-objects/cluster-info.ts";
import { bootstrapGrants } from "../../kubeadm/cluster-objects/grant-bootstrap-rights.ts";
import { publicNamespace } from "../../kubeadm/cluster-objects/rbac.ts";
import { sideBySide, writeObject, writeObjects } from "../../kubeadm/cluster-objects/write-objects.ts";
import { isSigner, tokenSecret } from "../../kubeadm/tokens/cluster-token.ts";
import { tokenText } from "../../kubeadm/tokens/generate-token.ts";
import { defineInitPhase } from "./context.ts";
import { clusterWrites, writingKubeconfig } from "./facts.ts";
import { removePreviousTokens } from "./remove-previous-tokens.ts";

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
      ...tokens.map((spec) => (each: typeof ports) => writeObject(secrets, tokenSecret(spec, now), each)),
      ...bootstrapGrants,
    ]);
    events.emit("bootstrap.cluster-info.creating", { configMap: clusterInfoName, namespace: publicNamespace });
    const signers = tokens.filter((spec) => isSigner(spec, now)).map(({ token }) => token);
    await writeObjects(clusterInfoObjects(kubeconfig, signers), ports);
  },
});
