import { parseIp } from "../../../addresses/ip-address.ts";
import type { TransportErrorCode } from "../../../cluster/transport.ts";
import { TransportError } from "../../../cluster/transport.ts";
import { defined } from "../../../values/defined.ts";
import { part, shell } from "../../../values/shell.ts";
import { failureExplainer } from "../../discovery/explain-failure.ts";
import { type DoctorCheck, failed, passed, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { anonymousAnswer, type Endpoint, endpoint, inspection, resolution } from "../facts/endpoint.ts";
import { askServer } from "../suggested-commands.ts";

export const notKnown = "no kubeconfig of the kubelet names an API server";

export const notResolved = "the name of the API server does not resolve";

export const endpointName: DoctorCheck = {
  name: "endpoint-name",
  group: "network",
  title: "The API server's name resolves",
  after: ["kubelet-kubeconfig"],
  look: async ({ once }) => {
    const [place, resolved] = await Promise.all([once(endpoint), once(resolution)]);
    if (place === undefined || resolved === undefined) return skipped(notKnown);
    if (parseIp(place.host) !== undefined) return passed(`${place.host} is an address`);
    if (resolved.state === "resolved") return passed(`${place.host} is ${resolved.addresses.join(", ")}`);
    return failed(`The API server's name ${place.host} does not resolve: ${resolved.reason}.`, {
      remedy: "Add the name to DNS or to /etc/hosts, or correct this machine's resolver.",
      commands: [shell`getent hosts ${place.host}`, shell`cat /etc/resolv.conf`],
    });
  },
};

/** Failures of a server that does answer: another check says what is wrong with its certificate. */
const unverified: ReadonlySet<TransportErrorCode> = new Set([
  "certificate-untrusted",
  "certificate-expired",
  "certificate-name-mismatch",
  "certificate-unusable",
]);

export function isUnverified(error: unknown): error is TransportError {
  return error instanceof TransportError && unverified.has(error.code);
}

export const endpointAnswers: DoctorCheck = {
  name: "endpoint-answers",
  group: "network",
  title: "The API server responds",
  after: ["kubelet-kubeconfig", "resolver", "endpoint-name", "firewall"],
  look: async (examination) => {
    const { once } = examination;
    const [place, resolved] = await Promise.all([once(endpoint), once(resolution)]);
    if (place === undefined) return skipped(notKnown);
    if (resolved?.state === "failed") return skipped(notResolved);
    // A silent server is inspected while the request waits for it.
    const [answer] = await Promise.all([once(anonymousAnswer), once(inspection)]);
    if (answer === undefined) return skipped(notKnown);
    if (answer.state === "answered" || isUnverified(answer.error)) return passed(place.server);
    const explained = await explainedFailure(answer.error, place, examination);
    return failed(`The API server at ${place.server} does not respond: ${explained.reason}`, {
      evidence: explained.evidence,
      remedy: explained.remedy,
      commands: [askServer(`${place.server}/readyz`, part`-v`)],
    });
  },
};

/** Explains as a join does why a request to the API server failed. */
export async function explainedFailure(error: unknown, place: Endpoint, { clock, once, signal }: Examination) {
  const explainer = failureExplainer({
    server: place.server,
    context: "failed to ask the API server for its health",
    refusal: { code: "CLUSTER_REQUEST_FAILED" },
    inspect: () => once(inspection),
    now: () => clock.now(),
    signal,
    ...defined({ certificateAuthority: place.authorities?.pem, proxy: place.proxy }),
  });
  const isSilent = error instanceof TransportError && error.code === "timed-out";
  if (isSilent) await explainer.explainNoAnswer(signal);
  const explained = await explainer.explain(error);
  return {
    reason: (explained.reason ?? explained.error.message).replace(/^[A-Z][a-z]+ "[^"]*": /, ""),
    evidence: [explained.error.message],
    remedy: explained.error.remedy,
  };
}

export const endpointReady: DoctorCheck = {
  name: "endpoint-ready",
  group: "network",
  title: "The API server reports that it is ready",
  after: ["endpoint-answers", "endpoint-identity"],
  look: async ({ once }) => {
    const [place, answer] = await Promise.all([once(endpoint), once(anonymousAnswer)]);
    if (place === undefined || answer === undefined) return skipped(notKnown);
    if (answer.state === "failed") return skipped("the API server does not respond, or cannot be verified");
    const { status, body } = answer.answer;
    if (status === 200) return passed();
    // Anonymous requests may be turned off.
    if (status === 401 || status === 403) return passed("it accepts only authenticated requests");
    const lines = body.split("\n").filter((line) => line !== "");
    const bad = lines.filter((line) => line.startsWith("[-]"));
    return failed(`The API server at ${place.server} is not ready (status ${status}): ${bad[0] ?? lines[0] ?? ""}`, {
      evidence: bad.length > 0 ? bad : lines.slice(0, 5),
      remedy: "The control plane has a problem: run kubeadm doctor on a control plane node.",
      commands: [shell`kubectl get --raw '/readyz?verbose'`],
    });
  },
};
