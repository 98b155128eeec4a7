import { describe, expect, it } from "vitest";
import { CommandFailed } from "../../lab/run-command.ts";
import { type Capture, isSame, joinCaptures, reasonOf, relativeVersions } from "./capture.ts";
import { areasNotCompared, compareCaptures } from "./compare.ts";
import { behaviorFacts, storeObservations } from "./observed.ts";
import { caseEnd, foldObserved } from "./observed-changes.ts";

const capture = (areas: Capture["areas"]): Capture => ({ release: "1.37.2", areas, gaps: [] });

describe("two captures", () => {
  it("differ in what is new, gone or has another value", () => {
    const before = capture({ flags: { "kubeadm --same": "1", "kubeadm --gone": "2", "kubeadm --other": "3" } });
    const after = capture({ flags: { "kubeadm --same": "1", "kubeadm --other": "4", "kubeadm --new": "5" } });
    expect(compareCaptures(before, after)).toEqual([
      { area: "flags", name: "kubeadm --gone", before: "2", after: undefined },
      { area: "flags", name: "kubeadm --new", before: undefined, after: "5" },
      { area: "flags", name: "kubeadm --other", before: "3", after: "4" },
    ]);
  });

  it("are not compared in an area that one of them lacks: nothing is new because it could not be captured before", () => {
    const [before, after] = [capture({ help: {} }), capture({ help: {}, objects: { Role: "x" } })];
    expect(compareCaptures(before, after)).toEqual([]);
    expect(areasNotCompared(before, after)).toContain("objects");
    expect(areasNotCompared(before, after)).not.toContain("help");
  });

  it("do not differ in the flags of a component that one of them could not build", () => {
    const before = capture({ componentHelp: { "kubelet --a": "1", "kube-scheduler --b": "1" } });
    const after = capture({ componentHelp: { "kube-scheduler --c": "1", "kube-proxy --d": "1" } });
    const names = compareCaptures(before, after).map(({ name }) => name);
    expect(names).toEqual(["kube-scheduler --b", "kube-scheduler --c"]);
  });

  it("have the facts and gaps of all their parts, those of one area together", () => {
    const gap = { part: "the kubelet", reason: "refused", areas: ["gates"] } as const;
    const joined = joinCaptures("1.37.2", [
      { areas: { constants: { a: "1" } }, gaps: [] },
      { areas: { constants: { b: "2" }, help: {} }, gaps: [gap] },
    ]);
    expect(joined).toEqual({ release: "1.37.2", areas: { constants: { a: "1", b: "2" }, help: {} }, gaps: [gap] });
  });
});

describe("what was observed in many cases", () => {
  const observed = (name: string, before: string | undefined, after: string | undefined) =>
    ({ area: "output", name: `${name}${caseEnd}stderr`, before, after }) as const;

  it("is one change for each line that is new or gone", () => {
    expect(
      foldObserved([observed("init/a", "one\ntwo", "one\nthree"), observed("init/b", "two", "three\nthree")]),
    ).toEqual([
      { area: "output", name: "stderr: three", before: undefined, after: "three", cases: ["init/a", "init/b"] },
      { area: "output", name: "stderr: two", before: "two", after: undefined, cases: ["init/a", "init/b"] },
    ]);
  });

  it("is a change even if only the number of equal lines is another", () => {
    expect(foldObserved([observed("a", "x", "x\nx")])).toMatchObject([{ name: "stderr: x", before: undefined }]);
  });

  it("is an exit status as a change from one to the other", () => {
    const change = { area: "outcomes", name: `a${caseEnd}status`, before: "0", after: "1" } as const;
    expect(foldObserved([change])).toMatchObject([{ name: "0 → 1", cases: ["a"] }]);
  });

  it("is one change if only one of them has the file", () => {
    const change = { area: "files", name: `a${caseEnd}/etc/x`, before: undefined, after: "one\ntwo" } as const;
    expect(foldObserved([change])).toMatchObject([{ name: "/etc/x: all of it", before: undefined, cases: ["a"] }]);
  });

  it("is the status and the errors alone in a case that fails with one of them", () => {
    const status = { area: "outcomes", name: `a${caseEnd}status`, before: "0", after: "1" } as const;
    const file = { area: "files", name: `a${caseEnd}/etc/x`, before: "one", after: undefined } as const;
    expect(foldObserved([status, file, observed("a", "", "error: no")]).map(({ name }) => name)).toEqual([
      "0 → 1",
      "stderr: error: no",
    ]);
  });

  it("is nothing in a case that only one of them has been tried with", () => {
    const status = { area: "outcomes", name: `a${caseEnd}status`, before: undefined, after: "1" } as const;
    expect(foldObserved([status, observed("a", undefined, "error: no"), observed("b", "", "x")])).toMatchObject([
      { name: "stderr: x" },
    ]);
  });

  it("is no line that names the same version in both, or one as far from the release", () => {
    const old = relativeVersions("since 1.35\nnext is 1.37", "1.36.3");
    const now = relativeVersions("next is 1.38\nsince 1.35", "1.37.2");
    expect(foldObserved([observed("a", old, now)])).toEqual([]);
  });

  it("leaves other areas as they are", () => {
    const change = { area: "flags", name: "kubeadm --a", before: "1", after: "2" } as const;
    expect(foldObserved([change])).toEqual([change]);
  });
});

describe("versions as seen from a release", () => {
  it.each([
    ["1.37.2", "kubernetesVersion: 1.37.0", "kubernetesVersion: <minor=1.37>.0"],
    ["1.37.2", "v1.37.2 and v1.36.3", "v<release> and v<minor-1=1.36>.3"],
    ["1.36.3", "removed in 1.37.", "removed in <minor+1=1.37>."],
    ["1.38.0-beta.0", "v1.38.0-beta.0", "v<release>"],
    ["1.37.2", "CoreDNS 1.14.6, etcd 3.7.0-0, 10.1.370.2", "CoreDNS 1.14.6, etcd 3.7.0-0, 10.1.370.2"],
  ])("for %s: %s", (release, text, expected) => {
    expect(relativeVersions(text, release)).toBe(expected);
  });
});

describe("the reason of a failure", () => {
  const failed = (stderr: string) =>
    new CommandFailed(["go", "list"], { exitCode: 1, stdout: "fmt\nos\n", stderr, elapsedMs: 1 });

  it.each([
    [
      failed("go: downloading a\n/src/x.go:26:2: example.org/a@v1.0.0: 403 Forbidden\n\tserver response: no\n"),
      "example.org/a@v1.0.0: 403 Forbidden",
    ],
    [failed(""), "os"],
    [new Error("there is no Go"), "there is no Go"],
    ["x", "x"],
  ])("%#", (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});

describe("two texts of different releases", () => {
  const [before, after] = ["1.36.3", "1.37.2"];

  it.each([
    ["v1.36.3", "v1.37.2", true],
    ["removed in 1.37", "removed in 1.38", true],
    ["deprecated since 1.35", "deprecated since 1.35", true],
    ["use kubeadm 1.35", "use kubeadm 1.37", false],
    ["etcd 3.6.8-0", "etcd 3.7.0-0", false],
  ])("%s and %s: %s", (old, now, expected) => {
    expect(isSame(relativeVersions(old, before), relativeVersions(now, after))).toBe(expected);
  });
});

describe("what was observed", () => {
  const observation = {
    ...{ status: "0", stdout: "v1.37.2", stderr: "", calls: ["systemctl a"], runtimeCalls: ["Version"] },
    ...{ files: { "/etc/a": "x" }, objects: { "Role a": "{}" }, requests: ["GET /a 200", "GET /b 200"] },
  };

  it("is stored with every text once, and read as facts of the case, with versions as seen from the release", () => {
    const stored = storeObservations(
      new Map([
        ["b", observation],
        ["a", observation],
      ]),
    );
    expect(new Set(stored.texts).size).toBe(stored.texts.length);
    const { output, files, requests, calls } = behaviorFacts(JSON.parse(JSON.stringify(stored)), "1.37.2");
    expect(output).toEqual({
      [`a${caseEnd}stdout`]: "v<release>",
      [`a${caseEnd}stderr`]: "",
      [`b${caseEnd}stdout`]: "v<release>",
      [`b${caseEnd}stderr`]: "",
    });
    expect(files?.[`a${caseEnd}/etc/a`]).toBe("x");
    expect(requests?.[`a${caseEnd}requests`]).toBe("GET /a 200\nGET /b 200");
    expect(calls?.[`b${caseEnd}calls`]).toBe("systemctl a\nVersion");
  });
});
