import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type At,
  type Events,
  hasTouched,
  isExpected,
  next,
  type State,
  type StateName,
  type StaticPodChange,
  transitions,
} from "./replacement.ts";

const since = new Date("2026-01-01T00:00:00Z");
const placedAt = new Date("2026-01-01T00:01:00Z");
const unknown: StaticPodChange = {
  ...{ component: "etcd", manifest: "new", backupPath: "/backup/etcd.yaml", found: "previous", since },
};
const change: StaticPodChange = { ...unknown, previousUid: "old-uid" };
const target = { to: "new", manifest: "new", mode: 0o600 } as const;
const previous = { to: "previous", manifest: "old", mode: 0o640, uid: "old-uid" } as const;
const pods = (...uids: readonly string[]) => ({ uids: new Set(uids), hadCgroup: true });
const removed = { content: new Uint8Array([1]), mode: 0o600 };
const error = new Error("it fails");
const expected = { previous: new Set(["old-uid"]) };
const none = undefined;

interface Case<S extends StateName, E extends keyof Events<S>> {
  readonly told: Events<S>[E];
  readonly to: StateName;
  readonly known?: At<S>["known"];
  readonly change?: Partial<StaticPodChange>;
}

/** Each state with each event that can happen in it: it compiles only if none is missing, and none is too much. */
type Walk = {
  readonly [S in StateName]: {
    readonly known: At<S>["known"];
    readonly events: { readonly [E in keyof Events<S>]: Case<S, E> | readonly Case<S, E>[] };
  };
};

const failed = { told: error, to: "failed" } as const;
const goBack = { told: "looking", to: "returning" } as const;
const walk: Walk = {
  found: {
    known: none,
    events: {
      begin: [
        { told: none, to: "saving" },
        { told: none, to: "preparing", change: { found: "placed" } },
      ],
      accept: { told: none, to: "working" },
      goBack,
    },
  },
  saving: { known: none, events: { done: { told: none, to: "preparing" }, failed } },
  preparing: { known: none, events: { done: { told: none, to: "ready" }, failed } },
  ready: {
    known: none,
    events: {
      go: [
        { told: "removing", to: "removing" },
        { told: "looking", to: "looking" },
        { told: "removing", to: "starting", change: { found: "placed" } },
      ],
      goBack,
    },
  },
  removing: { known: { target }, events: { done: { told: { pods: pods(), removed }, to: "stopping" }, failed } },
  stopping: {
    known: { target, pods: pods(), removed },
    events: { done: { told: none, to: "stopped" }, failed: { told: error, to: "puttingBack" } },
  },
  puttingBack: { known: { removed, error }, events: { done: { told: none, to: "failed" }, failed } },
  stopped: { known: { target }, events: { done: { told: none, to: "looking" }, failed } },
  looking: {
    known: { target },
    events: {
      done: [
        { told: { pods: pods("old-uid"), text: "old" }, to: "ending" },
        { told: { pods: pods("old-uid"), text: none }, to: "ending" },
        { told: { pods: pods("old-uid"), text: "new" }, to: "placing" },
        { told: { pods: pods(), text: "old" }, to: "placing" },
        { told: { pods: pods("old-uid"), text: "new" }, to: "placing", known: { target: previous } },
        { told: { pods: pods("old-uid", "new-uid"), text: "new" }, to: "ending", known: { target: previous } },
      ],
      failed,
    },
  },
  ending: { known: { target, pods: pods("old-uid") }, events: { done: { told: none, to: "placing" }, failed } },
  placing: {
    known: { target, pods: pods("old-uid") },
    events: { done: { told: { uids: new Set(["old-uid"]), placedAt }, to: "starting" }, failed },
  },
  starting: {
    known: { to: "new", expected, since },
    events: { done: { told: 1_000, to: "proving" }, failed },
  },
  proving: {
    known: { to: "new", remainingMs: 1_000 },
    events: {
      done: [
        { told: none, to: "working" },
        { told: none, to: "restored", known: { to: "previous", remainingMs: 1_000 } },
      ],
      failed,
    },
  },
  working: { known: none, events: { settle: { told: since, to: "settling" }, goBack } },
  settling: { known: { since }, events: { done: { told: "new-uid", to: "settled" }, failed } },
  settled: { known: { uid: "new-uid" }, events: { goBack } },
  returning: {
    known: { way: "removing" },
    events: {
      done: [
        { told: { manifest: "old", mode: 0o640 }, to: "removing" },
        { told: { manifest: "old", mode: 0o640 }, to: "looking", known: { way: "looking" } },
        { told: none, to: "untouched" },
      ],
      failed,
    },
  },
  restored: { known: none, events: {} },
  untouched: { known: none, events: {} },
  failed: { known: { during: "proving", error }, events: { goBack } },
};

/** What the types of the table allow, without its types. */
interface Walked {
  readonly told: unknown;
  readonly to: StateName;
  readonly known?: unknown;
  readonly change?: Partial<StaticPodChange>;
}
const step = next as unknown as (change: StaticPodChange, state: unknown, event: string, told: unknown) => State;
const steps = Object.entries(walk).flatMap(([name, { known, events }]) =>
  Object.entries<Walked | readonly Walked[]>(events).flatMap(([event, given]) =>
    [given].flat().map((each) => ({
      ...{ name, event, to: each.to },
      run: () => step({ ...change, ...each.change }, { name, known: each.known ?? known }, event, each.told),
    })),
  ),
);
const eventNames = [...new Set(steps.map(({ event }) => event))];

describe("the states of a replacement", () => {
  it.each(steps)("lead from $name to $to: $event", ({ to, run }) => {
    expect(run().name).toBe(to);
  });

  it.each(Object.keys(walk) as StateName[])("have no other event than those of the table: %s", (name) => {
    const possible = eventNames.filter((event) => event in transitions[name]);
    expect(possible.toSorted()).toEqual(Object.keys(walk[name].events).toSorted());
  });

  it("are described by the same table at the head of the file and in ADR 21, with every way from one to another", () => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8").split("\n");
    const rows = read("replacement.ts").flatMap((line) => (line.startsWith(" * |") ? [line.slice(3)] : []));
    expect(read("../../../../docs/adr/0021-replacing-static-pods.md").filter((line) => rows.includes(line))).toEqual(
      rows,
    );
    const ways = new Map(
      rows.map((row) => row.split("|").map((cell) => cell.trim())).map((cells) => [cells[1], cells[4]]),
    );
    const untold = steps.filter(({ name, event, to }) => event !== "failed" && ways.get(name)?.includes(to) !== true);
    expect(untold.filter(({ event }) => event !== "goBack")).toEqual([]);
    expect(untold.filter(({ name }) => ways.get(name)?.includes("goBack") !== true)).toEqual([]);
  });

  it("end what is removed and cannot be stopped with the error of the stop", () => {
    const puttingBack = next(change, { name: "stopping", known: walk.stopping.known }, "failed", error);
    expect(puttingBack).toEqual({ name: "puttingBack", known: { removed, error } });
    const known = { during: "stopping", error };
    expect(next(change, { name: "puttingBack", known: { removed, error } }, "done", none)).toEqual({
      name: "failed",
      known,
    });
  });

  it("restore the previous manifest with its permissions, and recognize its Pod", () => {
    const way = { name: "returning", known: { way: "looking" } } as const;
    expect(next(change, way, "done", { manifest: "old", mode: 0o640 })).toEqual({
      name: "looking",
      known: { target: previous },
    });
  });
});

describe("the Pod that is waited for", () => {
  const expectedFrom = (given: StaticPodChange, seen: readonly string[], to: "new" | "previous") => {
    const known = { target: to === "new" ? target : previous, pods: pods(...seen) };
    const state = next(given, { name: "placing", known }, "done", { uids: new Set(seen), placedAt });
    return state.name === "starting" ? state.known.expected : undefined;
  };
  const before = new Date(placedAt.getTime() - 1_000);
  const pod = (uid: string, createdAt: Date) => ({
    ...{ uid, container: { id: "c", name: "etcd", attempt: 0, createdAt, state: "running" } as const },
  });

  it.each([
    ["another than those seen, whatever the clock says", change, ["seen"], "new", pod("new-uid", before), true],
    ["not one that was seen", change, ["seen"], "new", pod("seen", placedAt), false],
    ["not the previous one, which ends", change, [], "new", pod("old-uid", placedAt), false],
    ["a newer one if none is known", unknown, [], "new", pod("any", placedAt), true],
    ["not an older one if none is known", unknown, [], "new", pod("any", before), false],
    ["a newer one of a UID that ends", { ...change, found: "returning" }, ["a"], "new", pod("a", placedAt), true],
    ["the previous one on the way back", change, ["seen"], "previous", pod("old-uid", before), true],
    ["no other on the way back", change, ["seen"], "previous", pod("new-uid", placedAt), false],
    ["any other on the way back if it is not known", unknown, ["seen"], "previous", pod("a", before), true],
    ["whichever runs if nothing is known", unknown, [], "previous", pod("a", before), true],
  ] as const)("is %s", (_name, given, seen, to, running, is) => {
    const expected = expectedFrom(given, seen, to);
    expect(expected !== undefined && isExpected(expected, running)).toBe(is);
  });
});

it("An attempt has touched more than certificates once it is prepared, or if an earlier one has", () => {
  const failedIn = (during: StateName): State => ({ name: "failed", known: { during, error } });
  const found: State = { name: "found", known: none };
  expect([found, failedIn("saving"), failedIn("preparing")].map((state) => hasTouched(change, state))).toEqual([
    ...[false, false, false],
  ]);
  expect(hasTouched(change, failedIn("removing"))).toBe(true);
  expect(hasTouched(change, { name: "ready", known: none })).toBe(true);
  for (const each of ["placed", "away"] as const) expect(hasTouched({ ...change, found: each }, found)).toBe(true);
});
