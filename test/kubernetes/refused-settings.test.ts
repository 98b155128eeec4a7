// The tables of what the new version refuses, next to what its programs say. It needs neither a cluster nor root.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureGoPart } from "../../lab/parts/go-part.ts";
import { goParts } from "../../lab/parts/kubernetes-parts.ts";
import { cacheDirectory } from "../../lab/parts/part-store.ts";
import { runCommand } from "../../lab/run-command.ts";
import { clusterVersion } from "../../lab/versions.ts";
import { deprecatedSettings } from "../../src/kubeadm/upgrade/outlook/deprecated-settings.ts";
import { refusedSettings } from "../../src/kubeadm/upgrade/outlook/refused-settings.ts";
import { featureGatesOf } from "../../src/kubernetes/minors/feature-gates.ts";
import { deprecatedFlags, removedFlags } from "../../src/kubernetes/minors/flags.ts";
import { ownMinor } from "../../src/kubernetes/minors/minors.ts";

const knownMinor = ownMinor.number;
const known = featureGatesOf(knownMinor);
if (known === undefined) throw new Error("the feature gates of this program's own minor version are missing");
const { gates: featureGates, absent: absentGates, needed: neededGates, source: gatesSource } = known;

/** The components with feature gates, and what makes each end immediately after it has read them. */
const components = {
  kubelet: "--config=/nonexistent",
  "kube-apiserver": "--version",
  "kube-controller-manager": "--version",
  "kube-scheduler": "--version",
  "kube-proxy": "--logging-format=nonsense",
} as const;
type Component = keyof typeof components;
const componentNames = Object.keys(components) as readonly Component[];

const programs = new Map<string, string>();
beforeAll(async () => {
  const parts = goParts(clusterVersion());
  for (const name of [...componentNames, "etcd"] as const) {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`the lab has no part ${name}`);
    const directory = await ensureGoPart({ cache: cacheDirectory(), say: console.error }, part);
    programs.set(name, join(directory, name));
  }
});

async function outputOf(name: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runCommand([programs.get(name) ?? "", ...args], { timeoutMs: 60_000 });
  return stdout + stderr;
}

type Gates = Readonly<Record<string, boolean>>;

const flagOf = (gates: Gates) => `--feature-gates=${Object.entries(gates).map((pair) => pair.join("="))}`;

/** Returns what a component has against feature gates, in this program's words. */
async function said(component: Component, gates: Gates): Promise<readonly string[]> {
  const output = await outputOf(component, [flagOf(gates), components[component]]);
  const named = `${component} of 1.${knownMinor}`;
  const each = (pattern: RegExp, text: (...groups: readonly string[]) => string) =>
    [...output.matchAll(pattern)].map(([, ...groups]) => `it ${text(...groups)} (${gatesSource})`);
  return [
    ...each(
      /unrecognized feature gate: (\w+)/g,
      (name) => `sets the feature gate ${name}, which ${named} does not know`,
    ),
    ...each(/cannot set feature gate (\w+) to \w+, feature is locked to (\w+)/g, (name, value) =>
      value === "true"
        ? `disables the feature gate ${name}, which is permanently enabled in ${named}`
        : `enables the feature gate ${name}, which is permanently disabled in ${named}`,
    ),
    ...each(/(\w+) is enabled, but depends on features that are disabled: \[([\w ]+)\]/g, (name, needed = "") => {
      const list = needed.split(" ").toSorted().join(" and ");
      return `sets feature gates so that ${name} is enabled without ${list}, which it needs in ${named}`;
    }),
  ].toSorted();
}

function ours(component: Component, gates: Gates): readonly string[] {
  return refusedSettings({ component, from: "it", words: [flagOf(gates)] }, knownMinor).toSorted();
}

const gatesOf = (component: Component) =>
  [...featureGates].filter(([name]) => absentGates[component]?.includes(name) !== true);

describe.each(componentNames)("what the table says of the feature gates of %s is what it says itself:", (component) => {
  test("it knows all, and accepts their usual values", async () => {
    const gates = Object.fromEntries(gatesOf(component).map(([name, { isOn }]) => [name, isOn]));
    expect(Object.keys(gates).length).toBeGreaterThan(200);
    expect(await said(component, gates)).toEqual([]);
    expect(ours(component, gates)).toEqual([]);
  });

  test("it refuses another value of those that are locked", async () => {
    const locked = gatesOf(component).filter(([, { isLocked }]) => isLocked);
    const gates = Object.fromEntries(locked.map(([name, { isOn }]) => [name, !isOn]));
    const answer = await said(component, gates);
    expect(answer).toHaveLength(locked.length);
    expect(ours(component, gates)).toEqual(answer);
  });

  test("it accepts another value of each of the others, as far as gates do not need each other", async () => {
    const needed = new Set(Object.entries(neededGates).flat(2));
    const open = gatesOf(component).filter(([name, { isLocked }]) => !isLocked && !needed.has(name));
    const gates = Object.fromEntries(open.map(([name, { isOn }]) => [name, !isOn]));
    expect(await said(component, gates)).toEqual([]);
    expect(ours(component, gates)).toEqual([]);
  });

  test("it refuses gates without those that they need", async () => {
    const isOpen = (name: string) => featureGates.get(name)?.isLocked === false;
    const all = [...new Set(Object.values(neededGates).flat())];
    const asking = Object.keys(neededGates).filter((name) => isOpen(name) && !all.includes(name));
    const combinations: readonly Gates[] = [
      { AllAlpha: true, AllBeta: true },
      { AllBeta: false, ...Object.fromEntries(asking.map((name) => [name, true])) },
      ...all.filter(isOpen).flatMap((name) => [{ [name]: false }, { AllAlpha: true, AllBeta: true, [name]: false }]),
    ];
    for (const gates of combinations) {
      expect(ours(component, gates), flagOf(gates)).toEqual(await said(component, gates));
    }
  });

  test("it refuses what is not in the table", async () => {
    for (const name of [...(absentGates[component] ?? []), "SidecarContainers", "LoggingStableOptions"]) {
      const answer = await said(component, { [name]: true });
      expect(answer).toHaveLength(1);
      expect(ours(component, { [name]: true })).toEqual(answer);
    }
  });

  test("it warns of those that a later version removes", async () => {
    const gates = Object.fromEntries(gatesOf(component).map(([name, { isOn }]) => [name, isOn]));
    const output = await outputOf(component, [flagOf(gates), components[component]]);
    const warned = [...output.matchAll(/Warning: setting .*featureGate="(\w+)"/g)].map(
      ([, name]) => `it sets the feature gate ${name}, which a version after 1.${knownMinor} removes (${gatesSource})`,
    );
    expect(warned.length).toBeGreaterThan(50);
    const settings = { component, from: "it", words: [flagOf(gates)] };
    expect(deprecatedSettings(settings, knownMinor).toSorted()).toEqual([...new Set(warned)].toSorted());
  });

  test("its help names no other one, nor another stage or usual value", async () => {
    const help = await outputOf(component, ["--help"]);
    const listed = [...help.matchAll(/\b([A-Z]\w+)=true\|false \((ALPHA|BETA) - default=(true|false)\)/g)];
    const named = listed.filter(([, name]) => name !== "AllAlpha" && name !== "AllBeta");
    expect(named.length).toBeGreaterThan(100);
    // One whose value depends on the version that the cluster must stay compatible with has a line for each.
    const stated = new Set(
      named.map(([, name = "", stage = "", value = ""]) => `${name} ${stage.toLowerCase()} ${value}`),
    );
    const table = gatesOf(component).filter(([, { stage }]) => stage === "alpha" || stage === "beta");
    expect(table.map(([name]) => name).toSorted()).toEqual([...new Set(named.map(([, name]) => name))].toSorted());
    const wrong = table.filter(([name, { stage, isOn }]) => !stated.has(`${name} ${stage} ${isOn}`));
    expect(wrong).toEqual([]);
  });
});

test("the programs do not have the flags that the table calls removed", async () => {
  for (const { component, flags } of removedFlags()) {
    const unknown = component === "etcd" ? "flag provided but not defined: -" : "unknown flag: --";
    for (const flag of flags) {
      expect(await outputOf(component, [`--${flag}=1`, "--version"])).toMatch(new RegExp(`${unknown}${flag}(?!-)`));
    }
  }
});

test("the programs warn of the flags that the table calls deprecated", async () => {
  for (const { component, flags } of deprecatedFlags(knownMinor)) {
    for (const flag of flags) {
      const values = ["1", "true", "1s"];
      const outputs = await Promise.all(
        values.map((value) => outputOf(component, [`--${flag}=${value}`, "--version"])),
      );
      expect(outputs.join("\n")).toContain(`Flag --${flag} has been deprecated, `);
    }
  }
});

const previousEtcd = join(cacheDirectory(), "parts", `etcd-${clusterVersion("1.36.3").etcd}-r1`, "bin", "etcd");

test.skipIf(!existsSync(previousEtcd))("the table has all flags that etcd has lost", async () => {
  programs.set("previous etcd", previousEtcd);
  const flagsOf = async (name: string) =>
    [...(await outputOf(name, ["--help"])).matchAll(/^ +--([a-z0-9-]+)/gm)].map(([, flag]) => flag);
  const [previous, present] = await Promise.all([flagsOf("previous etcd"), flagsOf("etcd")]);
  const lost = previous.filter((flag) => !present.includes(flag));
  const known: readonly (string | undefined)[] = removedFlags()
    .filter(({ component }) => component === "etcd")
    .flatMap(({ flags }) => flags);
  expect(lost.length).toBeGreaterThan(20);
  expect(lost.filter((flag) => !known.includes(flag))).toEqual([]);
});
