import { nodes, type PodObject, pods } from "../../../cluster/resources.ts";
import { type EventObject, objectEvents } from "../../../cluster/workload-resources.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import { controlPlaneTaint } from "../../../kubernetes/taint.ts";
import { atMost } from "../../../values/at-most.ts";
import { shell } from "../../../values/shell.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import type { ClusterWritePorts } from "../../cluster-objects/write-objects.ts";

const namespace = systemNamespace;

/** Why the Pod of a Job has not done its work, and what to do. */
export interface JobPodFinding {
  readonly reason: string;
  readonly remedy: string;
}

/** Finds out what has become of the Pod of a Job that runs an image. */
export async function lookAtJobPod(
  { jobName, image }: { readonly jobName: string; readonly image: string },
  ports: ClusterWritePorts,
): Promise<JobPodFinding> {
  const [pod] = await ports.cluster.list(pods, {
    ...{ namespace, labelSelector: `job-name=${jobName}`, signal: ports.signal },
  });
  const managers = `Check the controller managers: \`${shell`kubectl -n ${namespace} get pods -l component=kube-controller-manager`}\` lists them, and \`kubectl logs\` shows their logs.`;
  if (pod === undefined) return { reason: "The controller manager has not created the Job's Pod", remedy: managers };
  const name = foreignText(pod.metadata?.name ?? "");
  if (pod.spec?.nodeName === undefined) return unscheduled(name, pod, ports);
  const node = foreignText(pod.spec.nodeName);
  if (hasSucceeded(pod)) {
    return {
      reason: `Its Pod ${name} has succeeded on Node ${node}, and the controller manager has not recorded it yet`,
      remedy: managers,
    };
  }
  const reason = endOf(pod) ?? (await whyNotStarted(pod, ports)) ?? `the kubelet of ${node} has not started it`;
  return {
    reason: `Its Pod ${name} is on Node ${node}: ${reason}`,
    // The Pod itself is removed within seconds.
    remedy: `Check ${node}: its kubelet, its container runtime, and that it has or can pull the image ${image}. \`${shell`kubectl -n ${namespace} events --for pod/${name}`}\` shows what happened. After \`${shell`kubectl cordon ${node}`}\`, the check uses another Node.`,
  };
}

async function unscheduled(name: string, { status }: PodObject, ports: ClusterWritePorts): Promise<JobPodFinding> {
  const condition = status?.conditions?.find(({ type, status: is }) => type === "PodScheduled" && is !== "True");
  if (condition === undefined) {
    return {
      reason: `Its Pod ${name} is not scheduled: the scheduler has not processed it`,
      remedy: `Check the schedulers: \`${shell`kubectl -n ${namespace} get pods -l component=kube-scheduler`}\` lists them, and \`kubectl logs\` shows their logs.`,
    };
  }
  const reason = foreignText(condition.message ?? condition.reason ?? "the scheduler gives no reason");
  const taints = await hinderingTaints(ports);
  const shown =
    taints.length === 0 ? "`kubectl describe nodes` shows why none accepts it." : `Taints: ${taints.join("; ")}.`;
  return {
    reason: `Its Pod ${name} is not scheduled: ${reason}`,
    remedy: `Make one Node schedulable for the Pod, which tolerates only the taint ${controlPlaneTaint.key}, and requests no CPU or memory. ${shown}`,
  };
}

/** A cluster may have thousands of nodes. */
const shownNodes = 10;

/** Returns the Nodes with the taints that keep the Pod away; the scheduler does not name them. */
async function hinderingTaints({ cluster, signal }: ClusterWritePorts): Promise<readonly string[]> {
  const hindered = (await cluster.list(nodes, { signal, inPages: true })).flatMap(({ metadata, spec }) => {
    const taints = (spec?.taints ?? []).filter(
      ({ key, effect }) => effect !== "PreferNoSchedule" && key !== controlPlaneTaint.key,
    );
    const texts = taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ""}:${effect}`);
    return texts.length === 0 ? [] : [foreignText(`${metadata?.name ?? ""} (${texts.join(", ")})`)];
  });
  return atMost(shownNodes, hindered);
}

/** The phase follows a while after the end of the container. */
function hasSucceeded({ status }: PodObject): boolean {
  const ends = status?.containerStatuses?.map(({ state }) => state?.terminated?.exitCode) ?? [];
  return status?.phase === "Succeeded" || (ends.length > 0 && ends.every((exitCode) => exitCode === 0));
}

function endOf({ status }: PodObject): string | undefined {
  for (const { state } of status?.containerStatuses ?? []) {
    const { terminated } = state ?? {};
    if (terminated === undefined) continue;
    const { exitCode, reason, message } = terminated;
    const said = [reason, message].filter(Boolean).join(": ");
    return `it exited with code ${Number(exitCode)}${said === "" ? "" : `: ${foreignText(said)}`}`;
  }
  return undefined;
}

/** A Pod whose sandbox or volumes are missing only says that its containers are being created: its events say more. */
async function whyNotStarted(pod: PodObject, ports: ClusterWritePorts): Promise<string | undefined> {
  const { status } = pod;
  const waiting = status?.containerStatuses?.map(({ state }) => state?.waiting).find((state) => state !== undefined);
  const said = waiting?.message === undefined ? undefined : [waiting.reason, waiting.message];
  const warned = said ?? (await lastWarning(pod, ports));
  const parts = warned ?? [waiting?.reason ?? status?.reason, status?.message];
  const text = parts.filter(Boolean).join(": ");
  return text === "" ? undefined : foreignText(text);
}

async function lastWarning(
  { metadata }: PodObject,
  { cluster, signal }: ClusterWritePorts,
): Promise<readonly (string | undefined)[] | undefined> {
  const fieldSelector = `involvedObject.name=${metadata?.name ?? ""},type=Warning`;
  const warnings = await cluster.list(objectEvents, { namespace, fieldSelector, signal });
  const last = warnings.toSorted((left, right) => timeOf(left).localeCompare(timeOf(right))).at(-1);
  return last === undefined ? undefined : [last.reason, last.message];
}

function timeOf({ lastTimestamp, eventTime, metadata }: EventObject): string {
  return lastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? "";
}
