import { certificateSigningRequests } from "../../../cluster/resources.ts";
import { shell } from "../../../values/shell.ts";
import { servingRequestSelector, stateOf } from "../../bootstrap/certificate-request-state.ts";
import { nodeOfUser } from "../../kubelet/node-user.ts";
import { passed, skipped, warned } from "../check.ts";
import { unreadReason } from "../facts/answer.ts";
import { ask } from "../facts/cluster-access.ts";
import { onControlPlane } from "./on-control-plane.ts";

const shownRequests = 8;

export const servingRequests = onControlPlane({
  name: "serving-csrs",
  title: "No kubelet is waiting for its serving certificate",
  after: ["kube-apiserver-health"],
  look: async (_plane, examination) => {
    const answer = await ask(examination, (cluster, options) =>
      cluster.list(certificateSigningRequests, { ...options, fieldSelector: servingRequestSelector }),
    );
    if (answer.state !== "found") return skipped(unreadReason(answer));
    const pending = answer.value.filter((request) => stateOf(request).state === "pending");
    if (pending.length === 0) return passed();
    const names = pending.flatMap(({ metadata }) => metadata?.name ?? []);
    const users = pending.map(({ spec }) => spec?.username ?? "");
    const nodes = [...new Set(users.map((user) => nodeOfUser(user) ?? user))];
    const count =
      pending.length === 1
        ? "1 certificate signing request waits"
        : `${pending.length} certificate signing requests wait`;
    return warned(
      `${count} for approval: the kubelets of ${nodes.join(", ")} have no serving certificate from the cluster, so \`kubectl logs\` and \`kubectl exec\` fail there.`,
      {
        evidence: pending
          .slice(0, shownRequests)
          .map(({ metadata, spec }) => `${metadata?.name ?? ""}: ${spec?.username ?? ""}`),
        remedy:
          "Kubernetes does not approve such requests automatically (serverTLSBootstrap): check them, and approve the correct ones.",
        commands: [
          shell`kubectl get csr --field-selector ${servingRequestSelector}`,
          shell`kubectl certificate approve ${names.slice(0, shownRequests)}`,
        ],
      },
    );
  },
});
