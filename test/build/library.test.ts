import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { initFlags } from "../../src/kubeadm/flags/init-flags.ts";
import { joinFlags } from "../../src/kubeadm/flags/join-flags.ts";
import { resetFlags } from "../../src/kubeadm/flags/reset-flags.ts";
import { upgradeApplyFlags } from "../../src/kubeadm/flags/upgrade-apply-flags.ts";
import { upgradeNodeFlags } from "../../src/kubeadm/flags/upgrade-node-flags.ts";
import { upgradePlanFlags } from "../../src/kubeadm/flags/upgrade-plan-flags.ts";
import { libraryProject } from "../support/library/library-project.ts";
import { checkout, run } from "./artifact.ts";

/** What a user of the library writes: every public entry, its types included. */
const consumer = `
import * as kubeadm from "kubeadm-ts";
import { type ControlPlane, startControlPlane } from "kubeadm-ts/controlplane";
import { type KubeletOptions, scratchRoot, startContainerRuntime, startKubelet } from "kubeadm-ts/testing";

using node = scratchRoot({ hostname: "w1" });
const options: KubeletOptions = { root: node.path, hostname: "w1", crashMessage: "on purpose" };
const controlPlane: ControlPlane = await startControlPlane();
const runtime = await startContainerRuntime(node.inside("/run/runtime.sock"));
const kubelet = await startKubelet(options);
while (!kubelet.output().includes("on purpose")) await new Promise((resolve) => setTimeout(resolve, 20));
await Promise.all([kubelet.stop(), runtime.stop(), controlPlane.close()]);
console.log(JSON.stringify({ names: Object.keys(kubeadm).length, endpoint: controlPlane.endpoint }));
`;

/** A cluster of two control planes and a worker, which is upgraded and leaves it: each run by its flags, told by its events. */
const clusterMaker = `
import {
  type Event, type InitResult, type JoinClusterOptions, type ResetResult, type UpgradePlan, type UpgradeResult,
  initCluster, isKubeadmError, joinCluster, planUpgrade, resetNode, Secret, upgradeCluster, upgradeNode,
} from "kubeadm-ts";
import { type ClusterMachine, type EmbeddedCluster, embeddedCluster } from "kubeadm-ts/testing";

await using cluster: EmbeddedCluster = await embeddedCluster();
const cp1: ClusterMachine = await cluster.machine("cp1");
const events: Event[] = [];
const certificateKey = new Secret("0123456789abcdef".repeat(4));
const made: InitResult = await initCluster({
  flags: { controlPlaneEndpoint: cluster.endpoint, podNetworkCidr: "10.244.0.0/16", uploadCerts: true, certificateKey },
  ports: cp1.ports,
  onEvent: (event) => events.push(event),
});
const line = made.joins[0]?.worker.reveal() ?? "";
const told = events.find((event) => event.type === "init.finished")?.joins[0]?.worker.reveal();
const [token = "", pin = ""] = [/--token (\\S+)/, /(sha256:\\w+)/].map((pattern) => line.match(pattern)?.[1]);

async function joined(hostname: string, flags: Partial<JoinClusterOptions["flags"]>): Promise<boolean> {
  const { ports } = await cluster.machine(hostname);
  const result = await joinCluster({
    flags: {
      apiServerEndpoint: cluster.endpoint,
      token: new Secret(token),
      discoveryTokenCaCertHash: [pin],
      ...flags,
    },
    ports,
  });
  return result.controlPlane;
}

const controlPlanes = [await joined("cp2", { controlPlane: true, certificateKey }), await joined("w1", {})];
const members = cluster.etcdMembers().length;
const worker = cluster.machines[2];
const w1 = worker?.ports ?? {};
const version = "v1.37.2";
const plan: UpgradePlan = await planUpgrade({ version, ports: cp1.ports });
const unconfirmed = await upgradeCluster({ version, ports: cp1.ports }).catch((error: unknown) => isKubeadmError(error) && error.code);
const upgraded: UpgradeResult = await upgradeNode({ ports: w1, flags: { certificateRenewal: false } });
const refused = await resetNode({ ports: w1 }).catch((error: unknown) => isKubeadmError(error) && error.code);
const unknown = await resetNode({ ports: w1, only: "cleanup" }).catch((error: unknown) => isKubeadmError(error) && error.code);
const reset: ResetResult = await resetNode({ flags: { force: true }, ports: w1 });
await initCluster({ only: "certs/ca", ports: w1 });
console.log(JSON.stringify({
  ca: worker?.read("/etc/kubernetes/pki/ca.crt").split("\\n")[0],
  made, saysTheSame: told === line, forControlPlanes: made.joins[0]?.controlPlane?.reveal().includes(certificateKey.reveal()),
  controlPlanes, members, refused, unknown, plan, unconfirmed, upgraded,
  wasClean: reset.wasClean,
  leftovers: reset.leftovers.map(({ what }) => what),
}));
`;

/** The examples of docs/library.md. */
const examples = [...readFileSync(join(checkout, "docs/library.md"), "utf8").matchAll(/^```ts\n(.*?)^```/gms)].map(
  ([, text = ""], index) => ({ file: `readme-${index + 1}.ts`, text }),
);

/** What a fresh project compiles with; the lockfile pins them. */
const compilers: readonly (readonly [name: string, path: string, version: RegExp])[] = [
  ["TypeScript 7", "typescript-7", /^Version 7\./],
  ["TypeScript 6", "typescript", /^Version 6\./],
  ["TypeScript 5.9", "typescript-5.9", /^Version 5\.9\./],
];

describe("the library", () => {
  let project = "";

  beforeAll(async () => {
    const pages = examples.map(({ file, text }) => [file, text] as const);
    const files = { "consumer.ts": consumer, "cluster.ts": clusterMaker, ...Object.fromEntries(pages) };
    project = await libraryProject(files, ["@opentelemetry/api"]);
  }, 300_000);

  // The last one writes what the other tests run.
  describe.each(compilers.toReversed())("with %s", (_, path, version) => {
    const tsc = join(checkout, "node_modules", path, "bin/tsc");

    test("type-checks in a strict project that reads all its declarations, with its examples", () => {
      expect(run([process.execPath, tsc, "--version"]).stdout).toMatch(version);
      const compiled = run([process.execPath, tsc], { cwd: project });
      expect(compiled.stdout).toBe("");
      expect(compiled.status).toBe(0);
    }, 120_000);
  });

  test("runs in a project that has nothing but what it declares", () => {
    const ran = run([process.execPath, "out/consumer.js"], { cwd: project });
    expect(ran.stderr).toBe("");
    const { names, endpoint } = JSON.parse(ran.stdout);
    expect(names).toBeGreaterThan(0);
    expect(endpoint).toMatch(/^127\.0\.0\.1:\d+$/);
  }, 120_000);

  test("makes npm install the types of Node.js that its declarations need, and no runtime of the checkout", () => {
    const packed = JSON.parse(readFileSync(join(project, "node_modules/kubeadm-ts/package.json"), "utf8"));
    expect(packed.peerDependencies).toMatchObject({ "@types/node": ">=24" });
    expect(packed.peerDependenciesMeta).toEqual({ "@opentelemetry/api": { optional: true } });
    expect(Object.keys(packed)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(private|scripts|devDependencies|optionalDependencies)$/)]),
    );
  });

  test("is checked with TypeScript 6 in the checkout, whatever else npm has installed", () => {
    expect(run([join(checkout, "node_modules/.bin/tsc"), "--version"]).stdout).toMatch(/^Version 6\./);
  });

  test("makes a cluster of embedded machines, plans its upgrade, upgrades one of them and takes it out again", () => {
    const ran = run([process.execPath, "out/cluster.js"], { cwd: project });
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toEqual({
      ca: "-----BEGIN CERTIFICATE-----",
      made: {
        nodeName: "cp1",
        kubernetesVersion: "v1.37.2",
        dryRun: false,
        joins: [{ worker: "[redacted]", controlPlane: "[redacted]" }],
      },
      saysTheSame: true,
      forControlPlanes: true,
      controlPlanes: [true, false],
      members: 2,
      refused: "RESET_NOT_CONFIRMED",
      unknown: "PHASE_UNKNOWN",
      plan: {
        upgrades: [],
        configurations: ["kubeproxy.config.k8s.io", "kubelet.config.k8s.io"].map((group, index) => {
          const currentVersion = index === 0 ? "v1alpha1" : "v1beta1";
          return { group, currentVersion, preferredVersion: currentVersion };
        }),
      },
      unconfirmed: "UPGRADE_NOT_CONFIRMED",
      upgraded: { nodeName: "w1", controlPlane: false, kubernetesVersion: "v1.37.2", dryRun: false },
      wasClean: false,
      leftovers: expect.arrayContaining(["the Node w1 in the cluster"]),
    });
  }, 120_000);

  test("makes an embedded control plane as docs/library.md shows it", () => {
    expect(examples).toHaveLength(3);
    const ran = run([process.execPath, "out/readme-3.js"], { cwd: project });
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(/^1 \S/);
  }, 120_000);

  test("shows the help of a flag at the field of the flag", () => {
    const help = fieldDocstrings(project, "InitClusterOptions");
    expect(help.get("certDir")).toBe(`${initFlags.certDir.usage} Default: /etc/kubernetes/pki.`);
    expect(help.get("tokenTtl")).toBe(`${initFlags.tokenTtl.usage} In milliseconds.`);
    expect(fieldDocstrings(project, "JoinClusterOptions").get("criSocket")).toBe(joinFlags.criSocket.usage);
    expect(fieldDocstrings(project, "ResetNodeOptions").get("force")).toBe(resetFlags.force.usage);
    expect(fieldDocstrings(project, "PlanUpgradeOptions").get("printConfig")).toBe(upgradePlanFlags.printConfig.usage);
    expect(fieldDocstrings(project, "UpgradeClusterOptions").get("force")).toBe(upgradeApplyFlags.force.usage);
    expect(fieldDocstrings(project, "UpgradeNodeOptions").get("kubeconfig")).toBe(
      `${upgradeNodeFlags.kubeconfig.usage} Default: /etc/kubernetes/admin.conf.`,
    );
    const all = [
      ...["InitClusterOptions", "JoinClusterOptions", "ResetNodeOptions"],
      ...["PlanUpgradeOptions", "UpgradeClusterOptions", "UpgradeNodeOptions"],
    ].flatMap((options) => [...fieldDocstrings(project, options)]);
    expect(all.filter(([, text]) => text === "")).toEqual([]);
  }, 60_000);

  test("holds what its entries need, and nothing of the command line", () => {
    const files = readdirSync(join(checkout, "dist/lib"), { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => /^src\/cli\/|\.map$|\.test\./.test(name))).toEqual([]);
  });

  test("names no path of the machine it was built on", () => {
    const lib = join(checkout, "dist/lib");
    const files = readdirSync(lib, { recursive: true, encoding: "utf8" }).filter((name) => /\.(js|ts)$/.test(name));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((name) => readFileSync(join(lib, name), "utf8").includes(checkout))).toEqual([]);
  });
});

/** Returns what an editor shows for the fields of `flags`, which is a field of the type. */
function fieldDocstrings(project: string, options: string): ReadonlyMap<string, string> {
  const path = join(project, "node_modules/kubeadm-ts/dist/lib/src/library.d.ts");
  const program = ts.createProgram([path], { module: ts.ModuleKind.NodeNext, strict: true });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  const library = file && checker.getSymbolAtLocation(file);
  const found = library && checker.getExportsOfModule(library).find(({ name }) => name === options);
  const flags = found && checker.getDeclaredTypeOfSymbol(found).getProperty("flags");
  const type = flags && checker.getNonNullableType(checker.getTypeOfSymbol(flags));
  return new Map(
    type?.getProperties().map((field) => [field.name, ts.displayPartsToString(field.getDocumentationComment(checker))]),
  );
}
