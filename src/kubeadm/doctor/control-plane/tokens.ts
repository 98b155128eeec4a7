import { secrets } from "../../../cluster/resources.ts";
import { humanDuration } from "../../../kubernetes/human-duration.ts";
import { shell } from "../../../values/shell.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { sharedCertificatesSecret } from "../../cluster-objects/shared-certificates.ts";
import { tokenSecretName } from "../../tokens/cluster-token.ts";
import { type DoctorFinding, found, passed, skipped, warned } from "../check.ts";
import { unreadReason } from "../facts/answer.ts";
import { bootstrapTokens, hasExpired, isForJoins } from "../facts/bootstrap-tokens.ts";
import { ask } from "../facts/cluster-access.ts";
import { onControlPlane } from "./on-control-plane.ts";

/** The token cleaner removes an expired token within moments. */
const cleaningMs = 60_000;
const soonMs = 30 * 60_000;

export const joinTokens = onControlPlane({
  name: "bootstrap-tokens",
  title: "Bootstrap tokens are valid",
  after: ["clock", "kube-apiserver-health", "kube-controller-manager"],
  look: async (_plane, { clock, once }) => {
    const answer = await once(bootstrapTokens);
    if (answer.state !== "found") return skipped(unreadReason(answer));
    const now = clock.now();
    const { tokens, problems } = answer.value;
    const since = ({ expires }: (typeof tokens)[number]) => now.getTime() - (expires?.getTime() ?? 0);
    const expired = tokens.filter((token) => hasExpired(token, now));
    const stale = expired.filter((token) => since(token) > cleaningMs);
    const valid = tokens.filter((token) => isForJoins(token) && !hasExpired(token, now));
    const ending = valid.filter((token) => token.expires !== undefined && -since(token) < soonMs);
    const create = { commands: [shell`kubeadm token create --print-join-command`] };
    const findings: readonly DoctorFinding[] = [
      ...problems.map(
        (finding): DoctorFinding => ({
          severity: "warning",
          finding: `A bootstrap token is invalid: ${finding}.`,
          remedy: "It can't be used to join: create another one if needed.",
          ...create,
        }),
      ),
      ...stale.map(
        (token): DoctorFinding => ({
          severity: "warning",
          finding: `The bootstrap token ${token.token.id} expired ${humanDuration(since(token))} ago and still exists: the controller manager's token cleaner isn't working.`,
          remedy: "Check the log of the controller manager. Joins need a new token.",
          commands: [shell`kubeadm token delete ${token.token.id}`, ...create.commands],
        }),
      ),
      ...ending.map(
        (token): DoctorFinding => ({
          severity: "warning",
          finding: `The bootstrap token ${token.token.id} expires in ${humanDuration(-since(token))}: later joins need another one.`,
          ...create,
        }),
      ),
    ];
    const note = valid.length === 0 ? "there is none for joins" : valid.map(({ token }) => token.id).join(", ");
    return found(findings, note);
  },
});

export const uploadedCertificates = onControlPlane({
  name: "uploaded-certificates",
  title: "Uploaded certificates expire",
  after: ["clock", "kube-apiserver-health", "kube-controller-manager", "bootstrap-tokens"],
  look: async (_plane, examination) => {
    const { clock, once } = examination;
    const name = sharedCertificatesSecret;
    const [secret, tokens] = await Promise.all([
      ask(examination, (cluster, options) => cluster.get(secrets, { namespace: systemNamespace, name }, options)),
      once(bootstrapTokens),
    ]);
    if (secret.state === "missing") return passed("there are none: `init phase upload-certs` uploads them");
    if (secret.state !== "found") return skipped(unreadReason(secret));
    const upload = [shell`kubeadm init phase upload-certs --upload-certs`];
    const owners = (secret.value.metadata?.ownerReferences ?? []).map((each) => String(each["name"] ?? ""));
    if (owners.length === 0) {
      return warned(`The Secret kube-system/${name} has no owner: the uploaded keys of the CAs never expire.`, {
        remedy: "Upload them again, which gives the Secret an owner. Joins that are running need the new key.",
        commands: upload,
      });
    }
    if (tokens.state !== "found") return skipped(unreadReason(tokens));
    const { names, tokens: known } = tokens.value;
    const owner = known.find(({ token }) => owners.includes(tokenSecretName(token.id)));
    const isGone = !owners.some((each) => names.includes(each));
    if (!isGone && (owner === undefined || !hasExpired(owner, clock.now()))) {
      return passed(owner?.expires === undefined ? undefined : `until ${owner.expires.toISOString().slice(0, 16)}Z`);
    }
    const why = isGone
      ? `its owner ${owners.join(", ")} no longer exists`
      : `its owner ${owners.join(", ")} has expired`;
    return warned(`The uploaded certificates (Secret kube-system/${name}) have expired, and still exist: ${why}.`, {
      remedy: "The controller manager removes them. To join another control plane, upload them again.",
      commands: upload,
    });
  },
});
