import { defined } from "../../../values/defined.ts";
import { shell } from "../../../values/shell.ts";
import { explainUnanswered, unansweredBy, unhealthyAnswer } from "../../kubelet/explain-unanswered-health.ts";
import { healthUrl } from "../../kubelet/health-endpoint.ts";
import { type DoctorCheck, failed, passed, skipped } from "../check.ts";
import { kubeletUnit } from "../facts/kubelet.ts";
import { kubeletHealth } from "../facts/kubelet-health.ts";

export const kubeletHealthy: DoctorCheck = {
  name: "kubelet-healthy",
  group: "kubelet",
  title: "The kubelet reports that it is healthy",
  after: ["runtime-answers", "kubelet-configuration", "kubelet-running"],
  look: async (examination) => {
    const { once } = examination;
    const [health, unit] = await Promise.all([once(kubeletHealth), once(kubeletUnit)]);
    if (health.state === "unknown") return skipped("the kubelet's configuration has no health endpoint");
    if (health.state === "answered" && health.answer.status === 200) return passed();
    if (health.state === "silent" && unit !== undefined && unit.state !== "active")
      return skipped("the kubelet is not running");
    const unanswered =
      health.state === "silent"
        ? unansweredBy(health.error)
        : unhealthyAnswer(health.answer.status, health.answer.body);
    const remedy = await explainUnanswered(unanswered, health.endpoint, examination);
    return failed(`The kubelet is not healthy: ${healthUrl(health.endpoint)} ${unanswered.words}`, {
      ...defined({ remedy }),
      // Nothing that the kubelet runs ends with it.
      commands: [
        ...(unanswered.kind === "timed-out" ? [shell`systemctl restart kubelet`] : []),
        shell`journalctl -u kubelet -n 50`,
      ],
    });
  },
};
