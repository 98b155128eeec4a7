import type { KubeletObstacle } from "../kubelet/kubelet-obstacles.ts";
import { type CheckOutcome, type DoctorFinding, failed } from "./check.ts";
import { sentence } from "./sentence.ts";

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
