import { shell } from "../../../values/shell.ts";
import { failureExplainer } from "../../discovery/explain-failure.ts";
import { type CheckOutcome, failed, passed, skipped } from "../check.ts";
import type { Examination } from "../examination.ts";
import { type ApiServerHealth, healthReason, localHealth } from "../facts/cluster-access.ts";
import { lastLines } from "../facts/static-pods.ts";
import { askServer, logCommand } from "../suggested-commands.ts";
import { onControlPlane } from "./on-control-plane.ts";

export const apiServerHealth = onControlPlane({
  name: "kube-apiserver-health",
  title: "This machine's API server is live and ready",
  after: [
    "own-addresses",
    "control-plane-certificates",
    "serving-names",
    "etcd-pod",
    "etcd-quorum",
    "etcd-alarms",
    "kube-apiserver-pod",
  ],
  look: async (_plane, examination) => {
    const health = await examination.once(localHealth);
    switch (health.state) {
      case "unknown":
        return skipped("no manifest or kubeconfig has its address");
      case "failed":
        return unreachable(health, examination);
      case "answered":
        return outcomeOf(health, examination);
    }
  },
});

async function unreachable(
  { server, error }: ApiServerHealth & { readonly state: "failed" },
  examination: Examination,
): Promise<CheckOutcome> {
  const { clock, inspectServer, signal } = examination;
  const [explained, lines] = await Promise.all([
    failureExplainer({
      server,
      context: "no response",
      refusal: { code: "CLUSTER_REQUEST_FAILED" },
      inspect: inspectServer,
      now: () => clock.now(),
      signal,
    }).explain(error),
    lastLines("kube-apiserver", examination),
  ]);
  return failed(
    `This machine's API server at ${server} does not respond correctly: ${explained.reason ?? error.message}`,
    {
      evidence: [error.message, ...lines],
      remedy: "Fix the problem in the API server's log.",
      commands: [shell`crictl ps -a --name kube-apiserver`, askServer(`${server}/livez?verbose`)],
    },
  );
}

const shownReasons = 3;

async function outcomeOf(
  { server, livez, readyz }: ApiServerHealth & { readonly state: "answered" },
  examination: Examination,
): Promise<CheckOutcome> {
  // A refusal of the credentials is an answer: the server works.
  const isWell = (status: number) => status === 200 || status === 401 || status === 403;
  if (isWell(livez.status) && isWell(readyz.status)) return passed(server);
  const live = isWell(livez.status) ? [] : failedChecks(livez.body);
  const ready = isWell(readyz.status) ? [] : failedChecks(readyz.body);
  const names = [...new Set([...live, ...ready])];
  const path = isWell(livez.status) ? "readyz" : "livez";
  const reasons = await Promise.all(
    names.slice(0, shownReasons).map(async (name) => {
      const endpoint = live.includes(name) ? "livez" : "readyz";
      const reason = await healthReason(`/${endpoint}/${name}`, examination);
      return reason === undefined ? [] : [`${name}: ${reason}`];
    }),
  );
  const status = isWell(livez.status) ? readyz.status : livez.status;
  const which = names.length === 0 ? `it responds with ${status}` : `these checks fail: ${names.join(", ")}`;
  return failed(`This machine's API server is not ${path === "livez" ? "live" : "ready"}: ${which}.`, {
    evidence: [...reasons.flat(), ...names.map((name) => `[-]${name} failed`)],
    remedy: "The API server's log shows why each of these checks fails.",
    commands: [shell`kubectl get --raw=${`/${path}?verbose`}`, logCommand("kube-apiserver")],
  });
}

/** Returns the names of failed checks in the response from a health endpoint: `[-]etcd failed: reason withheld`. */
function failedChecks(body: string): readonly string[] {
  return [...body.matchAll(/^\[-\](\S+) failed/gm)].map(([, name = ""]) => name);
}
