import { humanDuration } from "../../../kubernetes/human-duration.ts";
import { shell } from "../../../values/shell.ts";
import type { Diagnosis } from "../../control-plane/diagnosis.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";
import { type CheckOutcome, failed, passed, skipped, warned } from "../check.ts";
import type { Examination } from "../examination.ts";
import { localHealth } from "../facts/cluster-access.ts";
import { etcdState } from "../facts/etcd.ts";
import { type LostLeases, lostLeases, staticPodStates } from "../facts/static-pods.ts";
import { sentence } from "../sentence.ts";
import { logCommand } from "../suggested-commands.ts";
import { onControlPlane } from "./on-control-plane.ts";

/** What keeps any static Pod from running. */
const causes = [
  "control-plane-certificates",
  "swap",
  "runtime-answers",
  "runtime-ready",
  "kubelet-enabled",
  "kubelet-running",
  "static-pod-manifests",
  "own-addresses",
  "control-plane-cas",
  "serving-names",
];

export const etcdPod = onControlPlane({
  name: "etcd-pod",
  title: "The static Pod of etcd runs",
  // Members that the packet filter separates have no leader, and an etcd without a leader fails its probes.
  after: [...causes, "firewall"],
  look: async ({ hasLocalEtcd }, examination) => {
    if (!hasLocalEtcd) return skipped("etcd runs outside of this cluster's control planes");
    const isWell = async () => (await examination.once(etcdState)).state !== "silent";
    return outcomeOf("etcd", isWell, examination);
  },
});

export const apiServerPod = onControlPlane({
  name: "kube-apiserver-pod",
  title: "The static Pod of the API server runs",
  after: [...causes, "anonymous-access", "etcd-pod", "etcd-quorum", "etcd-alarms"],
  look: async (_plane, examination) => {
    const isWell = async () => (await examination.once(localHealth)).state === "answered";
    return outcomeOf("kube-apiserver", isWell, examination);
  },
});

/** Returns what is to be said about a static Pod; `isWell` tells whether the component answers at the moment. */
export async function outcomeOf(
  component: StaticPodName,
  isWell: () => Promise<boolean>,
  examination: Examination,
): Promise<CheckOutcome> {
  const [pod, lost] = await Promise.all([examination.once(staticPodStates[component]), examination.once(lostLeases)]);
  if (lost?.losers.includes(component) === true && (lost.starting.includes(component) || (await isWell()))) {
    return passed(`lost its lease while ${lost.restarted} was away`);
  }
  switch (pod.state) {
    case "unseen":
      return skipped(pod.reason);
    case "down":
      return failed(sentence(pod.diagnosis.reason), partsOf(component, pod.diagnosis));
    case "running": {
      const consequences = lost?.restarted === component ? lost : undefined;
      if (pod.recentExit === undefined) {
        return consequences === undefined ? passed(restartsText(pod.restarts)) : restartedLately(consequences);
      }
      const exit = partsOf(component, pod.recentExit);
      const parts = { ...exit, evidence: [...exit.evidence, ...lossesIn(consequences)] };
      const found = sentence(`${pod.recentExit.reason}; the kubelet has just restarted it`);
      return (await isWell()) ? warned(found, parts) : failed(found, parts);
    }
  }
}

/** Told here, and not as two failures of others. */
function restartedLately(lost: LostLeases): CheckOutcome {
  const { restarted, agoMs, losers, starting } = lost;
  const [who, whom] = losers.length === 1 ? ["it", "it"] : ["they", "them"];
  const again = starting.length === 0 ? "has just restarted" : "is restarting";
  return warned(
    `${restarted} was started ${humanDuration(agoMs)} ago: ${losers.join(" and ")} exited because ${who} could not renew a lease while it was away, and the kubelet ${again} ${whom}.`,
    {
      evidence: lossesIn(lost),
      remedy: `No action is needed if someone restarted ${restarted}. If no one did, check its log and the kubelet's for the reason.`,
      commands: [shell`crictl ps -a --name ${restarted}`, logCommand(restarted)],
    },
  );
}

function lossesIn(lost: LostLeases | undefined): readonly string[] {
  return (lost?.losers ?? []).map((name) => `${name}: leaderelection lost`);
}

function restartsText(restarts: number): string | undefined {
  return restarts === 0 ? undefined : `restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
}

const shownLines = 8;

function partsOf(component: StaticPodName, { lines, remedy: known, code }: Diagnosis) {
  const isKubelet = code === "CONTROL_PLANE_NOT_STARTED" || code === "KUBELET_UNHEALTHY";
  const show = isKubelet
    ? [shell`journalctl -u kubelet -n 50`]
    : [shell`crictl ps -a --name ${component}`, logCommand(component)];
  const remedy = known ?? `Fix the problem in the log; the kubelet then restarts ${component} automatically.`;
  return { evidence: lines.slice(-shownLines), remedy, commands: show };
}
