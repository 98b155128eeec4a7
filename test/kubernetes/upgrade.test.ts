// Upgrades to the version that a cluster already has, which need no second version of Kubernetes. Those from the previous
// minor version: `npm run upgrade:kubernetes`.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabHost } from "../../lab/lab-host.ts";
import { DEFAULT_VERSION } from "../../lab/versions.ts";
import {
  type ControlPlaneLab,
  checkArguments,
  controlPlaneLab,
  isControlPlane,
  type Program,
  programs,
  staticPods,
} from "../support/control-plane/control-plane-lab.ts";
import { recordUpgrade, withoutBackups } from "../support/upgrade/upgrade-record.ts";

let cluster: ControlPlaneLab;
let cp1: LabHost;

beforeAll(async () => {
  cluster = await controlPlaneLab("upgrade");
  cp1 = await cluster.addHost("cp1");
  await cluster.init("upstream", cp1);
  await isControlPlane(cluster.lab, cp1);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

async function apply(by: Program): Promise<string> {
  const argv = [programs[by], "upgrade", "apply", `v${DEFAULT_VERSION}`, "--yes", ...checkArguments] as const;
  return cp1.mustRun(argv, { timeoutMs: 600_000 });
}

/** Component → the container that runs it. */
async function containers(): Promise<Readonly<Record<string, string>>> {
  const list = (await cluster.lab.get(["-n", "kube-system", "pods", "-l", "tier=control-plane"])) as {
    readonly items: readonly {
      readonly metadata: { readonly labels: { readonly component: string } };
      readonly status: { readonly containerStatuses: readonly { readonly containerID: string }[] };
    }[];
  };
  return Object.fromEntries(
    list.items.map(({ metadata, status }) => [
      metadata.labels.component,
      status.containerStatuses.map(({ containerID }) => containerID).join(" "),
    ]),
  );
}

test("An upgrade to the same version restarts nothing, and leaves what upstream's leaves", async () => {
  const before = await containers();
  expect(Object.keys(before).toSorted()).toEqual([...staticPods]);
  const stdout = await apply("ours");
  expect(stdout).toContain("Current and new manifests of kube-apiserver are equal, skipping upgrade");
  const ours = await recordUpgrade(cluster.lab, cp1);
  await apply("upstream");
  const upstream = await recordUpgrade(cluster.lab, cp1);
  expect(withoutBackups(ours)).toEqual(withoutBackups(upstream));
  expect(await containers()).toEqual(before);
});

test("A component whose arguments have changed in the cluster's configuration is the only one that restarts", async () => {
  const before = await containers();
  const configuration = ["-n", "kube-system", "get", "configmap", "kubeadm-config", "-o", "json"] as const;
  const text = (await cluster.lab.kubectl(configuration)).stdout;
  const changed = text.replace("scheduler: {}", 'scheduler:\\n  extraArgs:\\n  - name: v\\n    value: \\"3\\"');
  expect(changed).not.toBe(text);
  expect(await cluster.lab.kubectl(["replace", "-f", "-"], { input: changed })).toMatchObject({ exitCode: 0 });
  await apply("ours");
  await isControlPlane(cluster.lab, cp1);
  const manifest = (await cp1.readFile("/etc/kubernetes/manifests/kube-scheduler.yaml")).toString("utf8");
  expect(manifest).toContain("- --v=3\n");
  const after = await containers();
  const restarted = staticPods.filter((component) => after[component] !== before[component]);
  expect(restarted).toEqual(["kube-scheduler"]);
});
