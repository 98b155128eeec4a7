import { describe, expect, it } from "vitest";
import { areaNames } from "./areas.ts";
import type { Capture } from "./capture.ts";
import { type Change, compareCaptures } from "./compare.ts";
import { missingChanges } from "./known-changes.ts";
import { report } from "./report.ts";
import { changeLines, differenceOf } from "./report-lines.ts";

const whole = Object.fromEntries(areaNames.map((area) => [area, {}]));
const capture = (release: string, areas: Capture["areas"] = {}, gaps: Capture["gaps"] = []): Capture => ({
  release,
  areas: { ...whole, ...areas },
  gaps,
});

function reported(before: Capture, after: Capture): string {
  return report(before, after, compareCaptures(before, after)).join("\n");
}

describe("the report", () => {
  it("has changes by area and by the files that they concern", () => {
    const before = capture("1.36.3", { images: { etcd: "3.6.8-0" }, flags: { "kubeadm init --a": "int" } });
    const after = capture("1.37.2", { images: { etcd: "3.7.0-0" }, flags: {} });
    expect(reported(before, after)).toBe(`Kubernetes 1.36.3 → 1.37.2: 2 changes

Flags: 1
  code: src/kubeadm/flags, test/golden/flags.tsv
    - kubeadm init --a: int

Images: 1
  data: src/kubernetes/minors/gen
    ~ etcd: 3.6.8-0 → 3.7.0-0

Everything was captured.

To be decided:
  Is the flag still accepted, with a warning, or refused as upstream does?
    Flags: kubeadm init --a`);
  });

  it("says what could not be captured, and what is therefore not compared", () => {
    const gap = { part: "the packages of kubelet", reason: "404 Not Found", areas: ["gates"] } as const;
    const after = { release: "1.38.0", areas: { help: {} }, gaps: [gap] };
    const text = reported(capture("1.37.2"), after);
    expect(text).toContain("  1.38.0: the packages of kubelet: 404 Not Found (Feature gates)\n");
    expect(text).toContain("  not compared: Objects and RBAC");
    expect(text).not.toContain("not compared: Help");
    expect(text).not.toContain("Everything was captured");
  });
});

describe("a change as a line", () => {
  it.each<[Change, string]>([
    [{ area: "gates", name: "Some", before: undefined, after: "beta, on" }, "+ Some: beta, on"],
    [{ area: "gates", name: "Some", before: "beta, on", after: undefined }, "- Some: beta, on"],
    [{ area: "code", name: "kubeadm/x.F", before: "func F() {}", after: "func F() { g() }" }, "~ kubeadm/x.F"],
    [{ area: "output", name: "stderr: x", before: undefined, after: "x", cases: ["a"] }, "+ stderr: x (a)"],
    [
      { area: "output", name: "stderr: x", before: "x", after: undefined, cases: ["a", "b", "c"] },
      "- stderr: x (a and 2 more)",
    ],
  ])("%#", (change, line) => {
    expect(changeLines([change])).toEqual([line]);
  });

  const line = (sign: "+" | "-", name: string, ...cases: readonly string[]): Change => ({
    ...{ area: "files", name, cases },
    ...(sign === "+" ? { before: undefined, after: name } : { before: name, after: undefined }),
  });

  it.each([
    [
      "alike and in the same cases",
      [line("+", "/etc/a.yaml: image: etcd:3.7", "a", "b"), line("-", "/etc/a.yaml: image: etcd:3.6", "a", "b")],
      ["~ /etc/a.yaml: image: etcd:3.6 → etcd:3.7 (a and 1 more)"],
    ],
    [
      "in other cases",
      [line("+", "/etc/a.yaml: image: etcd:3.7", "a"), line("-", "/etc/a.yaml: image: etcd:3.6", "a", "b")],
      ["+ /etc/a.yaml: image: etcd:3.7 (a)", "- /etc/a.yaml: image: etcd:3.6 (a and 1 more)"],
    ],
    [
      "not alike",
      [line("+", "/etc/a.yaml: x", "a"), line("-", "stderr: y", "a")],
      ["+ /etc/a.yaml: x (a)", "- stderr: y (a)"],
    ],
  ])("is one for a line that is gone and one that is new if they are %s", (_, changes, lines) => {
    expect(changeLines(changes)).toEqual(lines);
  });

  it("is one for a flag that many commands have", () => {
    const flag = (name: string, after: string) => ({ area: "flags", name, before: "a", after }) as const;
    const changes = [flag("init --x", "b"), flag("join --x", "b"), flag("join --y", "b"), flag("reset --x", "c")];
    expect(changeLines(changes)).toEqual([
      "~ init --x: a → b (and 1 more commands)",
      "~ join --y: a → b",
      "~ reset --x: a → c",
    ]);
  });
});

describe("the difference of two values", () => {
  it.each([
    ["a", "b", "a → b"],
    ["3.6.8-0", "3.7.0-0", "3.6.8-0 → 3.7.0-0"],
    [
      "Path to a directory that contains files: a, b. The default is a.",
      "Path to a directory that contains files: a, b, c. The default is a.",
      "…hat contains files: a, b. The default is a. → …hat contains files: a, b, c. The default is a.",
    ],
    ["x", "x\ny", "x → x y"],
  ])("%#", (before, after, expected) => {
    expect(differenceOf(before, after)).toBe(expected);
  });
});

describe("what is known to have changed", () => {
  const known = [
    { what: "the mode of kube-proxy", shown: ["defaults", "~", /^KubeProxyConfiguration\.mode$/] },
  ] as const;
  const change = { area: "defaults", sign: "~", name: "KubeProxyConfiguration.mode" } as const;

  it.each([
    ["found", change, []],
    ["missing: another area", { ...change, area: "flags" }, known],
    ["missing: new", { ...change, sign: "+" }, known],
    ["missing: another name", { ...change, name: "KubeProxyConfiguration.modes" }, known],
  ] as const)("is %s", (_, found, missing) => {
    expect(missingChanges(known, [found])).toEqual(missing);
  });
});
