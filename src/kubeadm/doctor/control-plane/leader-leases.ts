import { type LeaseObject, leases } from "../../../cluster/resources.ts";
import { shell } from "../../../values/shell.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { type DoctorFinding, found, passed, skipped } from "../check.ts";
import { type Answer, unreadReason } from "../facts/answer.ts";
import { ask } from "../facts/cluster-access.ts";
import { onControlPlane } from "./on-control-plane.ts";

/** A leader renews its lease every two seconds; after 15 s another instance takes it. */
const staleMs = 60_000;
const components = ["kube-controller-manager", "kube-scheduler"] as const;

export const leaderLeases = onControlPlane({
  name: "leader-leases",
  title: "A controller manager and a scheduler lead",
  after: [
    "clock",
    // Who loses its lease while one of them is away leads again up to a minute later.
    "etcd-pod",
    "kube-apiserver-pod",
    "kube-apiserver-health",
    "etcd-alarms",
    "kube-controller-manager",
    "kube-scheduler",
  ],
  look: async (_plane, examination) => {
    const answers = await Promise.all(
      components.map((name) =>
        ask(examination, (cluster, options) => cluster.get(leases, { namespace: systemNamespace, name }, options)),
      ),
    );
    const hidden = answers.find(({ state }) => state === "unseen");
    if (hidden !== undefined) return skipped(unreadReason(hidden));
    const now = examination.clock.now();
    const findings = components.flatMap((name, index) => findingOf(name, answers[index], now));
    const holders = answers.flatMap((answer) =>
      answer.state === "found" ? [(answer.value.spec?.holderIdentity ?? "").replace(/_[0-9a-f-]{36}$/, "")] : [],
    );
    if (findings.length === 0 && holders.length === 0) return passed();
    return found(findings, [...new Set(holders)].join(", "));
  },
});

function findingOf(name: string, answer: Answer<LeaseObject> | undefined, now: Date): readonly DoctorFinding[] {
  // An instance without leader election has no lease.
  if (answer?.state !== "found") return [];
  const { holderIdentity = "", renewTime = "" } = answer.value.spec ?? {};
  const age = now.getTime() - Date.parse(renewTime);
  if (!(age > staleMs)) return [];
  return [
    {
      severity: "warning",
      finding: `No ${name} is the leader: the last one renewed its lease ${Math.round(age / 1000)} s ago.`,
      evidence: [`Lease ${systemNamespace}/${name}: holderIdentity ${holderIdentity}, renewTime ${renewTime}`],
      remedy: `Check the logs of ${name} on all control planes, and their clocks.`,
      commands: [shell`kubectl -n ${systemNamespace} get lease ${name} -o yaml`],
    },
  ];
}
