import type { KubeletObstacle } from "../kubelet/kubelet-obstacles.ts";
import { type CheckOutcome, type DoctorFinding, failed } from "./check.ts";

/** Returns an obstacle of the kubelet as an outcome; undefined if there is none of the subject. */
export function obstacleOutcome(
  obstacles: readonly KubeletObstacle[],
  subject: KubeletObstacle["subject"],
  parts: Pick<DoctorFinding, "commands" | "fix">,
): CheckOutcome | undefined {
  const obstacle = obstacles.find((each) => each.subject === subject);
  if (obstacle === undefined) return undefined;
  return failed(sentence(obstacle.finding), { remedy: obstacle.remedy, ...parts });
}

/** Returns a message in Go's style as a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const ended = /[.!?:…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  // Names such as etcd and kubelet.conf are not capitalized.
  return ended.replace(
    /^(?:the|this|a|no|it|failed|cannot|could|unable)\b/,
    (word) => word.charAt(0).toUpperCase() + word.slice(1),
  );
}
