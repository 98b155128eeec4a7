import { describe, expect, it } from "vitest";
import { ApiStatusError } from "../../cluster/cluster.ts";
import { emptyCluster } from "../../cluster/empty-cluster.ts";
import type { NodeObject } from "../../cluster/resources.ts";
import type { EventTypes } from "../../events/event.ts";
import { type Events, silentEvents } from "../../events/events.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { controlPlaneTaint, type Taint } from "../../kubernetes/taint.ts";
import { defined } from "../../values/defined.ts";
import { controlPlaneLabels, controlPlanePatch, markAsControlPlane } from "./mark-control-plane.ts";

const labels = Object.fromEntries(controlPlaneLabels.map((label) => [label, ""]));
const notReady: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
const own: Taint = { key: "dedicated", value: "etcd", effect: "NoExecute" };

const taintCases: readonly [string, readonly Taint[] | undefined, readonly Taint[], readonly Taint[] | undefined][] = [
  [
    "the control plane's taint goes before the Node's own",
    [notReady],
    [controlPlaneTaint],
    [controlPlaneTaint, notReady],
  ],
  ["a Node without taints gets it", undefined, [controlPlaneTaint], [controlPlaneTaint]],
  ["a taint that is there is not sent again", [controlPlaneTaint], [controlPlaneTaint], undefined],
  ["an empty value is none", [{ ...controlPlaneTaint, value: "" }], [controlPlaneTaint], undefined],
  [
    "one that differs in its value counts as another",
    [{ ...controlPlaneTaint, value: "x" }],
    [controlPlaneTaint],
    [controlPlaneTaint, { ...controlPlaneTaint, value: "x" }],
  ],
  ["no taints leave the Node's as they are", [own, notReady], [], undefined],
  [
    "the Node's order does not matter to what is sent",
    [own, controlPlaneTaint],
    [controlPlaneTaint],
    [controlPlaneTaint, own],
  ],
];

describe("the patch of a control plane's Node", () => {
  it.each(taintCases)("%s", (_name, present, taints, sent) => {
    const node: NodeObject = { metadata: { labels }, spec: defined({ taints: present }) };
    expect(controlPlanePatch(node, taints)).toEqual(sent === undefined ? {} : { spec: { taints: sent } });
  });

  it("has the labels that are missing or not empty", () => {
    const [first, second] = controlPlaneLabels;
    const node: NodeObject = { metadata: { labels: { [first]: "yes", "kubernetes.io/hostname": "cp1" } } };
    expect(controlPlanePatch(node, [])).toEqual({ metadata: { labels: { [first]: "", [second]: "" } } });
  });
});

/** A cluster in which the Node goes through these states, one a look; the last one stays. */
function clusterOf(...states: readonly (NodeObject | Error)[]) {
  let looks = 0;
  const patches: unknown[] = [];
  const cluster = {
    ...emptyCluster("https://192.0.2.10:6443"),
    get: async () => {
      const state = states[Math.min(looks++, states.length - 1)];
      if (state === undefined || state instanceof Error) throw state ?? new Error("no state");
      return state as never;
    },
    patch: async (_type: unknown, _reference: unknown, patch: unknown) => {
      patches.push(patch);
      return patch as never;
    },
  };
  return { cluster, patches, looks: () => looks };
}

function mark({ cluster }: Pick<ReturnType<typeof clusterOf>, "cluster">, events: Events = silentEvents) {
  const clock = memoryClock({ automatic: true });
  const ports = { cluster, clock, events, signal: new AbortController().signal, timeoutMs: 60_000 };
  const started = clock.monotonic();
  const marked = markAsControlPlane({ name: "cp1", taints: [controlPlaneTaint] }, ports);
  return { marked, tookMs: () => clock.monotonic() - started };
}

const missing = new ApiStatusError(404, "NotFound", 'nodes "cp1" not found');
const registered: NodeObject = { metadata: { labels: { "kubernetes.io/hostname": "cp1" } } };

describe("marking a control plane", () => {
  it("waits for the kubelet to register its Node, and looks often while that is about to happen", async () => {
    const server = clusterOf(missing, missing, { metadata: { labels: {} } }, registered);
    const { marked, tookMs } = mark(server);
    await marked;
    expect(server.patches).toEqual([{ metadata: { labels }, spec: { taints: [controlPlaneTaint] } }]);
    expect(tookMs()).toBe(300);
  });

  it.each([
    ["does not come", missing, 'nodes "cp1" not found'],
    ["never gets its host name", { metadata: { labels: {} } }, 'Node "cp1" has no label kubernetes.io/hostname'],
  ] as const)("fails after a minute where the Node %s", async (_name, state, message) => {
    const { marked, tookMs } = mark(clusterOf(state));
    await expect(marked).rejects.toMatchObject({ code: "NODE_NOT_REGISTERED", message });
    expect(tookMs()).toBe(60_000);
  });

  it.each([409, 429, 500, 503])("tries again after the answer %i", async (status) => {
    const server = clusterOf(new ApiStatusError(status, "", "not now"), registered);
    await mark(server).marked;
    expect(server.patches).toHaveLength(1);
  });

  it("says what it waits for", async () => {
    const told: EventTypes["wait.progress"][] = [];
    const events: Events = {
      emit: (type, data) => {
        if (type === "wait.progress") told.push(data as EventTypes["wait.progress"]);
      },
      within: () => events,
    };
    await mark(clusterOf(missing, registered), events).marked;
    expect(told).toMatchObject([{ what: "Node cp1 at https://192.0.2.10:6443", reason: 'nodes "cp1" not found' }]);
  });
});
