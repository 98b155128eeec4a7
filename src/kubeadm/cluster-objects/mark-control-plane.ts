import { quickAtFirst } from "../../async/poll.ts";
import { type NodeObject, nodes } from "../../cluster/resources.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../go/quote.ts";
import type { Taint } from "../../kubernetes/taint.ts";
import { defined } from "../../values/defined.ts";
import { type Failure, persist } from "../waiting/persist.ts";
import { explainRequestFailure, notFound } from "./explain-request-failure.ts";
import type { ClusterWritePorts } from "./write-objects.ts";

/** Labels that tools and cloud providers' load balancers select. */
export const controlPlaneLabels = [
  "node-role.kubernetes.io/control-plane",
  "node.kubernetes.io/exclude-from-external-load-balancers",
] as const;

/** A kubelet that has just started registers its Node within a second or two; after this time polling is slower. */
const everyMs = quickAtFirst(100, 5_000, 500);

/**
 * Labels the Node as a control plane and adds the taints before its existing ones. Waits for the kubelet to register
 * the Node; upstream ends silently if the Node never gets its hostname label.
 */
export async function markAsControlPlane(
  node: { readonly name: string; readonly taints: readonly Taint[] },
  { cluster, clock, events, signal, timeoutMs }: ClusterWritePorts,
): Promise<void> {
  let context = "";
  await persist({
    what: `Node ${node.name} at ${cluster.server}`,
    attempt: async (attemptSignal, attemptMs) => {
      context = "";
      const present = await cluster.get(nodes, { name: node.name }, { signal: attemptSignal, timeoutMs: attemptMs });
      if (present.metadata?.labels?.["kubernetes.io/hostname"] === undefined) throw new Unregistered();
      const patch = controlPlanePatch(present, node.taints);
      context = `error patching Node ${goQuote(node.name)}`;
      await cluster.patch(nodes, { name: node.name }, patch, { signal: attemptSignal, patchType: "strategic" });
    },
    explain: (error) => explain(error, node.name, context),
    deadlineMs: timeoutMs,
    everyMs,
    clock,
    events,
    signal,
  });
}

/** The Node exists, but its kubelet has not set its labels yet. */
class Unregistered extends Error {}

function explain(error: unknown, name: string, context: string): Failure {
  if (error instanceof Unregistered) {
    const failure = unregistered(`Node ${goQuote(name)} has no label kubernetes.io/hostname`);
    return { error: failure, patienceMs: Infinity, action: { action: failure.remedy } };
  }
  const failure = explainRequestFailure(context, error);
  if (!notFound(error)) return failure;
  const absent = unregistered(failure.error.message, error);
  return { ...failure, error: absent, action: { action: absent.remedy } };
}

function unregistered(message: string, cause?: unknown): KubeadmError {
  return new KubeadmError("NODE_NOT_REGISTERED", message, defined({ cause }));
}

/**
 * Returns the strategic merge patch: labels that are missing or not empty, and the list of taints, which is replaced as
 * a whole. Taints that differ in any field are different, same as upstream.
 */
export function controlPlanePatch(node: NodeObject, taints: readonly Taint[]): Readonly<Record<string, unknown>> {
  const labels = controlPlaneLabels.filter((label) => node.metadata?.labels?.[label] !== "");
  const present = node.spec?.taints ?? [];
  const wanted = [...taints, ...present.filter((taint) => !taints.some((other) => isSame(taint, other)))];
  const isChanged = wanted.length !== present.length || wanted.some((taint, at) => !isSame(taint, present[at]));
  return {
    ...(labels.length === 0 ? {} : { metadata: { labels: Object.fromEntries(labels.map((label) => [label, ""])) } }),
    ...(isChanged ? { spec: { taints: wanted } } : {}),
  };
}

function isSame(left: Taint, right: Taint | undefined): boolean {
  return (
    left.key === right?.key &&
    left.effect === right.effect &&
    (left.value ?? "") === (right.value ?? "") &&
    left.timeAdded === right.timeAdded
  );
}
