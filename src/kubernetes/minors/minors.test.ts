import { describe, expect, it } from "vitest";
import { removals, rules, writtenKubeletFlags } from "./by-hand.ts";
import { featureGatesOf } from "./feature-gates.ts";
import { deprecatedFlags, removedFlags, removedKubeletFlags } from "./flags.ts";
import { minors } from "./gen/index.ts";
import { findMinor, knownMinors, nearestMinor, oldestMinor, ownMinor } from "./minors.ts";
import { ownRelease, releases } from "./releases.ts";

describe("the minor versions that this program knows", () => {
  it("are those of releases.ts, one after the other", () => {
    expect(minors.map(({ release }) => release)).toEqual(releases.map((release) => `v${release}`));
    const numbers = knownMinors().map((minor) => minor.number);
    expect(numbers).toEqual(numbers.map((_, index) => oldestMinor.number + index));
  });

  it("include its own, and the one before, which it upgrades", () => {
    expect(ownMinor.release).toBe(ownRelease);
    expect(findMinor(ownMinor.number - 1)).toBeDefined();
  });

  it("stand for older and newer ones", () => {
    expect(nearestMinor(oldestMinor.number - 3)).toBe(oldestMinor);
    expect(nearestMinor(1_000)).toBe(knownMinors().at(-1));
    expect(nearestMinor(oldestMinor.number + 1).number).toBe(oldestMinor.number + 1);
    expect(findMinor(1_000)).toBeUndefined();
  });
});

describe.each(knownMinors())("the data of $release", (minor) => {
  it("has the same fields as that of every other one", () => {
    expect(Object.keys(minor)).toEqual(Object.keys(oldestMinor));
    expect(Object.keys(minor.system)).toEqual(Object.keys(oldestMinor.system));
  });

  it("names images that have tags", () => {
    const { coreDns, pause, etcd } = minor.images;
    expect([coreDns, pause, etcd, minor.oldestExternalEtcd, minor.go].join(" ")).toMatch(
      /^v\d+\.\d+\.\d+ \d+\.\d+(\.\d+)? 3\.\d+\.\d+-\d+ 3\.\d+\.\d+-\d+ go1\.\d+\.\d+$/,
    );
  });

  it("has each feature gate once, and knows the gates that others need or a component lacks", () => {
    const names = minor.gates.flatMap((gate) => gate.names);
    expect(names.length).toBeGreaterThan(150);
    expect(new Set(names).size).toBe(names.length);
    const { neededGates, absentGates } = minor;
    const named = [...Object.entries(neededGates).flat(2), ...Object.values(absentGates).flatMap((list) => list ?? [])];
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
    expect(featureGatesOf(minor.number)?.gates.size).toBe(names.length);
  });

  it("has the ServiceAccounts of the controllers that every cluster needs", () => {
    const { controllerAccounts } = minor;
    expect(controllerAccounts).toEqual(expect.arrayContaining(["bootstrap-signer", "certificate-controller"]));
    expect(controllerAccounts.length).toBeGreaterThan(30);
  });

  it("does not deprecate what it has removed", () => {
    for (const { component, flags } of deprecatedFlags(minor.number)) {
      const removed = minor.removedFlags[component] ?? [];
      expect(flags.filter((flag) => removed.includes(flag))).toEqual([]);
    }
  });
});

describe("what is written manually", () => {
  it("names changes that have removed flags", () => {
    const sources = removedFlags().map(({ source }) => source);
    expect(removals.filter(({ source }) => !sources.includes(source))).toEqual([]);
  });

  it("names flags of kubeadm that a kubelet refuses", () => {
    expect(removedKubeletFlags()).toEqual(writtenKubeletFlags);
  });

  it.each(Object.entries(rules))(
    "distinguishes minor versions that this program knows: %s",
    (name, { first, last }) => {
      const held = knownMinors().map((minor) => minor.rules[name as keyof typeof rules]);
      expect(new Set(held)).toEqual(new Set([true, false]));
      expect((first === undefined) !== (last === undefined)).toBe(true);
    },
  );
});
