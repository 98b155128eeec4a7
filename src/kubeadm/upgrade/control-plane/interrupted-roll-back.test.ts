import { createPrivateKey, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import {
  makeCredentials,
  manifestsOf,
  world,
} from "../../../../test/fixtures/kubeadm/upgrade/control-plane/upgraded-control-plane.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import {
  type ControlPlaneComponentName,
  controlPlaneComponents,
} from "../../control-plane/write-component-manifests.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";

beforeAll(makeCredentials);

const older = "v1.36.3";
const newer = "v1.37.2";

/** A control plane of which one component does not respond in its new version, until it is mended. */
function brokenWorld(bad: ControlPlaneComponentName) {
  let isBroken = true;
  const made = world({ answers: (component, manifest) => !isBroken || component !== bad || !manifest.includes(newer) });
  const mend = () => {
    isBroken = false;
  };
  return { ...made, mend };
}

type BrokenWorld = ReturnType<typeof brokenWorld>;

/**
 * Upgrades, and stops dead at a moment: 2n is before change n, 2n+1 right after it. Returns the changes, and why it ended.
 */
async function upgradeUntil({ upgrade, host }: BrokenWorld, moment = Number.POSITIVE_INFINITY) {
  const over = new AbortController();
  const stopped = new KubeadmError("CANCELLED", "stopped");
  const steps: string[] = [];
  const real = { write: host.files.write, remove: host.files.remove };
  const counted = async <T>(name: string, change: () => Promise<T>): Promise<T> => {
    const at = 2 * steps.length;
    if (at >= moment) over.abort(stopped);
    if (over.signal.aborted) throw stopped;
    steps.push(name);
    const done = await change();
    if (at + 1 >= moment) over.abort(stopped);
    if (over.signal.aborted) throw stopped;
    return done;
  };
  host.files.write = (path, content, options) => {
    const what = `write ${path}${String(content).includes(newer) ? " of the new version" : ""}`;
    return counted(what, () => real.write(path, content, options));
  };
  host.files.remove = (path, options) => counted(`remove ${path}`, () => real.remove(path, options));
  const failure = await failureOf(upgrade({ signal: over.signal }));
  Object.assign(host.files, real);
  return { steps, failure };
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no failure",
    (error: unknown) => error,
  );

/**
 * The moments before each change of the roll-back, which begins after the last new manifest, and those after manifests.
 * Of the copies of certificates that are removed one after the other, the first and the last one count.
 */
function momentsOfRollBack(steps: readonly string[]): readonly number[] {
  const isManifest = (step: string) => step.startsWith("write /etc/kubernetes/manifests/");
  const removesCopy = (step = "") => /^remove .*\.(crt|key)$/.test(step);
  const first = 1 + steps.findLastIndex((step) => isManifest(step) && step.endsWith(" of the new version"));
  return steps.flatMap((step, index) => {
    if (index < first || [-1, 0, 1].every((by) => removesCopy(steps[index + by]))) return [];
    return isManifest(step) ? [2 * index, 2 * index + 1] : [2 * index];
  });
}

/** What is mixed or lost on the machine, if its control plane should be of one version. */
async function problemsOf(machine: BrokenWorld, version: string): Promise<readonly string[]> {
  const { host, images } = machine;
  const files = host.files.snapshot();
  const manifests = manifestsOf(version);
  const backups = Object.keys(files).filter((path) => path.includes("/kubeadm-backup-manifests-"));
  const replaced = controlPlaneComponents.filter((component) => machine.made(component) > 1);
  return [
    ...images().flatMap((image, index) => (image === version ? [] : [`${controlPlaneComponents[index]} is ${image}`])),
    ...controlPlaneComponents.flatMap((component) => [
      ...(files[manifestPath(component)] === manifests[component] ? [] : [`manifest of ${component}`]),
    ]),
    ...replaced.flatMap((component) => [
      ...(backups.some((path) => files[path] === manifestsOf(older)[component]) ? [] : [`backup of ${component}`]),
    ]),
    ...Object.keys(files).flatMap((path) => (isMatched(path, files) ? [] : [`${path} has another key`])),
  ];
}

function isMatched(path: string, files: Readonly<Record<string, string>>): boolean {
  if (!path.endsWith(".crt") || path.includes("/tmp/")) return true;
  const key = files[path.replace(/crt$/, "key")];
  return key === undefined || new X509Certificate(files[path] ?? "").checkPrivateKey(createPrivateKey(key));
}

// The scheduler takes the controller manager with it.
describe.each(["kube-apiserver", "kube-scheduler"] as const)(
  "a roll-back because of %s that is interrupted at any moment",
  { timeout: 180_000 },
  (bad) => {
    /** Interrupts at each change of the roll-back, and returns what is wrong after `again`. */
    async function problemsAfterEach(again: (machine: BrokenWorld) => Promise<readonly string[]>) {
      const { steps } = await upgradeUntil(brokenWorld(bad));
      const moments = momentsOfRollBack(steps);
      expect(moments.length).toBeGreaterThan(4);
      const problems: string[] = [];
      for (const moment of moments) {
        const machine = brokenWorld(bad);
        expect((await upgradeUntil(machine, moment)).failure).toMatchObject({ code: "CANCELLED" });
        const when = `${moment % 2 === 0 ? "before" : "after"} ${steps[Math.floor(moment / 2)]}`;
        problems.push(...(await again(machine)).map((problem) => `${when}: ${problem}`));
      }
      return problems;
    }

    it("ends with the old control plane when it is run again, healthy and with the old certificates", async () => {
      const problems = await problemsAfterEach(async (machine) => {
        const { failure } = await upgradeUntil(machine);
        const isRestored = failure instanceof KubeadmError && failure.code === "UPGRADE_COMPONENT_FAILED";
        const renewed = machine.changed().map((path) => `${path} is renewed`);
        return [...(isRestored ? [] : [String(failure)]), ...renewed, ...(await problemsOf(machine, older))];
      });
      expect(problems).toEqual([]);
    });

    it("ends with the new control plane when it is run again without the cause", async () => {
      const problems = await problemsAfterEach(async (machine) => {
        machine.mend();
        const { failure } = await upgradeUntil(machine);
        const lacks = machine.changed().length === 12 ? [] : [`only renewed ${machine.changed().join(", ")}`];
        return [
          ...(failure === "no failure" ? [] : [String(failure)]),
          ...lacks,
          ...(await problemsOf(machine, newer)),
        ];
      });
      expect(problems).toEqual([]);
    });
  },
);
