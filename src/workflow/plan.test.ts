import { describe, expect, it } from "vitest";
import { definePhase, group } from "./phase.ts";
import { flatten, type PlanOptions, plan } from "./plan.ts";

const phase = (name: string, hidden = false) =>
  definePhase<null>()({ name, summary: `Summary of ${name}`, hidden, reads: {}, run: async () => undefined });

const tree = [
  phase("preflight"),
  group<null>(
    { name: "certs", summary: "Certificates" },
    phase("ca"),
    group<null>({ name: "etcd", summary: "etcd's" }, phase("server"), phase("peer")),
    phase("ca-bundle"),
  ),
  phase("certs-check"),
  phase("wait", true),
];

const running = (options: PlanOptions) =>
  plan(tree, options)
    .filter(({ skipped }) => !skipped)
    .map(({ fullName }) => fullName);

const everything = [
  "preflight",
  "certs",
  "certs/ca",
  "certs/etcd",
  "certs/etcd/server",
  "certs/etcd/peer",
  "certs/ca-bundle",
  "certs-check",
  "wait",
];

describe("the tree of phases", () => {
  it("runs from top to bottom, parents before children, hidden phases too", () => {
    expect(plan(tree).map(({ fullName }) => fullName)).toEqual(everything);
    expect(running({})).toEqual(everything);
  });

  it("knows how deep each phase stands", () => {
    expect(flatten(tree).map(({ depth }) => depth)).toEqual([0, 0, 1, 1, 2, 2, 1, 0, 0]);
  });
});

describe("phases to skip", () => {
  const without = (...names: readonly string[]) => everything.filter((name) => !names.includes(name));
  for (const [title, skip, left] of [
    ["a phase at the top", ["preflight"], without("preflight")],
    [
      "a parent: its children go with it",
      ["certs/etcd"],
      without("certs/etcd", "certs/etcd/server", "certs/etcd/peer"),
    ],
    ["a parent at the top, but not a phase whose name begins alike", ["certs"], ["preflight", "certs-check", "wait"]],
    ["a child alone, but not one whose name begins alike", ["certs/ca"], without("certs/ca")],
    ["several", ["certs/etcd/peer", "preflight"], without("certs/etcd/peer", "preflight")],
    ["a hidden phase: it counts as any other", ["wait"], without("wait")],
    ["the `all` of a parent: a valid name that skips nothing", ["certs/all"], everything],
  ] as const) {
    it(title, () => {
      expect(running({ skip })).toEqual(left);
    });
  }

  it("stay in the plan, marked", () => {
    expect(plan(tree, { skip: ["certs/etcd"] }).map(({ fullName }) => fullName)).toEqual(everything);
  });

  for (const [title, name] of [
    ["that no phase has", "unknown"],
    ["of a child without its parent's", "ca"],
    ["that is empty", ""],
    ["with the `all` of a phase without children", "preflight/all"],
    ["in other letters", "Preflight"],
  ] as const) {
    it(`must exist: a name ${title} is refused`, () => {
      const attempt = () => plan(tree, { skip: ["preflight", name] });
      expect(attempt).toThrow(
        expect.objectContaining({ code: "PHASE_UNKNOWN", message: `invalid phase name: ${name}` }),
      );
    });
  }
});

describe("a phase that is to run alone", () => {
  it.each(["unknown", "ca", "certs/all"])("must exist: %s is refused", (only) => {
    expect(() => plan(tree, { only })).toThrow(
      expect.objectContaining({ code: "PHASE_UNKNOWN", message: `invalid phase name: ${only}` }),
    );
  });
});

describe("a phase that needs others", () => {
  const needy = [
    phase("token"),
    phase("upload"),
    { ...phase("show"), needs: ["token", "upload"] },
    { ...group<null>({ name: "etcd", summary: "etcd", all: "none" }, phase("local")) },
  ];
  const attempt = (options: PlanOptions) => () => plan(needy, options);

  it("runs with them, and may be skipped itself", () => {
    expect(attempt({})).not.toThrow();
    expect(attempt({ skip: ["token", "show"] })).not.toThrow();
    expect(attempt({ only: "token" })).not.toThrow();
  });

  it.each([
    ["one of them is skipped", { skip: ["upload"] }, "missing [upload]"],
    ["it runs alone", { only: "show" }, "missing [token upload]"],
  ])("is refused where %s", (_, options, missing) => {
    expect(attempt(options)).toThrow(
      expect.objectContaining({
        code: "PHASE_DEPENDENCY_MISSING",
        message: `unresolved dependencies:\n\t${missing} phase(s) needed by "show" phase`,
      }),
    );
  });

  it("has no `all` where its parent has none", () => {
    expect(attempt({ skip: ["etcd/all"] })).toThrow("invalid phase name: etcd/all");
  });
});

describe("one phase alone", () => {
  for (const [only, left] of [
    ["preflight", ["preflight"]],
    ["certs/ca", ["certs/ca"]],
    ["certs/etcd", ["certs/etcd", "certs/etcd/server", "certs/etcd/peer"]],
    ["certs", everything.filter((name) => name === "certs" || name.startsWith("certs/"))],
  ] as const) {
    it(`runs with its children: ${only}`, () => {
      expect(running({ only })).toEqual(left);
    });
  }

  it("may have children to skip", () => {
    expect(running({ only: "certs/etcd", skip: ["certs/etcd/peer"] })).toEqual(["certs/etcd", "certs/etcd/server"]);
  });
});
