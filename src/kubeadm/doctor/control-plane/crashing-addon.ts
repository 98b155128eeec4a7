import { type PodObject, pods } from "../../../cluster/resources.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import { part, type ShellCommand, shell } from "../../../values/shell.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { containerCauseLine } from "../../control-plane/container-log.ts";
import type { Examination } from "../examination.ts";
import { ask } from "../facts/cluster-access.ts";

/** A container of an addon that exits each time it is started. */
export interface CrashingContainer {
  /** "the container coredns of the Pod coredns-1 on w1 exits with status 1 repeatedly: …" */
  readonly reason: string;
  /** What it last said. */
  readonly said: string;
  readonly lines: readonly string[];
  /** Shows its whole log. */
  readonly command: ShellCommand;
}

type ContainerStatus = NonNullable<NonNullable<PodObject["status"]>["containerStatuses"]>[number];

const logLines = 30;
const shownLines = 6;

/** Finds a container that crashes among the Pods with a label, however young they are, and what it last said. */
export async function crashingContainer(
  labelSelector: string,
  examination: Examination,
): Promise<CrashingContainer | undefined> {
  const answer = await ask(examination, (cluster, options) =>
    cluster.list(pods, { ...options, namespace: systemNamespace, labelSelector }),
  );
  if (answer.state !== "found") return undefined;
  for (const pod of answer.value) {
    const status = pod.status?.containerStatuses?.find((each) => endOf(each) !== undefined);
    if (status !== undefined) return lookAt(pod, status, examination);
  }
  return undefined;
}

/** Returns how a container ended that does not work since; undefined if it runs, or has never run. */
function endOf({ ready, state, lastState }: ContainerStatus) {
  const end = state?.terminated ?? lastState?.terminated;
  return ready === true || end === undefined || end.exitCode === 0 ? undefined : end;
}

async function lookAt(
  { metadata, spec }: PodObject,
  status: ContainerStatus,
  examination: Examination,
): Promise<CrashingContainer> {
  const { name: pod = "" } = metadata ?? {};
  const container = status.name ?? "";
  const end = endOf(status);
  // The one that has ended is the present one until the kubelet starts the next.
  const previous = status.state?.terminated === undefined;
  const log = await ask(examination, (cluster, options) =>
    cluster.podLog({ namespace: systemNamespace, name: pod }, { ...options, container, previous, tailLines: logLines }),
  );
  const text = log.state === "found" ? log.value : "";
  const lines = text
    .split("\n")
    .map(foreignText)
    .filter((line) => line.trim() !== "");
  const said = containerCauseLine(lines) || end?.message || end?.reason || "";
  const where = spec?.nodeName === undefined ? "" : ` on ${spec.nodeName}`;
  const words = said === "" ? "its log says nothing" : said.trim();
  return {
    reason: `the container ${container} of the Pod ${pod}${where} exits with status ${String(end?.exitCode)} each time it is started: ${words}`,
    said,
    lines: lines.slice(-shownLines),
    command: shell`kubectl -n ${systemNamespace} logs ${pod} -c ${container} ${previous ? part`--previous` : part`--tail=50`}`,
  };
}
