import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { built, checkout, run } from "./artifact.ts";

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

/** A cluster of two control planes and a worker, one of which leaves it: each run by its flags, told by its events. */
const clusterMaker = `
import {
  type Event, type InitResult, type JoinClusterOptions, type ResetResult,
  initCluster, isKubeadmError, joinCluster, resetNode, Secret,
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
const refused = await resetNode({ ports: w1 }).catch((error: unknown) => isKubeadmError(error) && error.code);
const unknown = await resetNode({ ports: w1, only: "cleanup" }).catch((error: unknown) => isKubeadmError(error) && error.code);
const reset: ResetResult = await resetNode({ flags: { force: true }, ports: w1 });
await initCluster({ only: "certs/ca", ports: w1 });
console.log(JSON.stringify({
  ca: worker?.read("/etc/kubernetes/pki/ca.crt").split("\\n")[0],
  made, saysTheSame: told === line, forControlPlanes: made.joins[0]?.controlPlane?.reveal().includes(certificateKey.reveal()),
  controlPlanes, members, refused, unknown,
  wasClean: reset.wasClean,
  leftovers: reset.leftovers.map(({ what }) => what),
}));
`;

/** The examples of README.md. */
const examples = [...readFileSync(join(checkout, "README.md"), "utf8").matchAll(/^```ts\n(.*?)^```/gms)].map(
  ([, text = ""], index) => ({ file: `readme-${index + 1}.ts`, text }),
);

/** As a fresh project has it: the library brings the types of Node.js, which TypeScript 6 no longer takes up by itself. */
const tsconfig = {
  compilerOptions: {
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    outDir: "out",
  },
  files: ["consumer.ts", "cluster.ts", ...examples.map(({ file }) => file)],
};

describe("the library", () => {
  let project = "";

  beforeAll(() => {
    built("library");
    project = temporaryDirectory().path;
    install(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
    writeFileSync(join(project, "consumer.ts"), consumer);
    writeFileSync(join(project, "cluster.ts"), clusterMaker);
    for (const { file, text } of examples) writeFileSync(join(project, file), text);
  }, 300_000);

  test("type-checks in a strict project that reads its declarations, and runs there", () => {
    const compiled = run([process.execPath, join(checkout, "node_modules/typescript/bin/tsc")], { cwd: project });
    expect(compiled.stdout).toBe("");
    expect(compiled.status).toBe(0);
    const ran = run([process.execPath, "out/consumer.js"], { cwd: project });
    expect(ran.stderr).toBe("");
    const { names, endpoint } = JSON.parse(ran.stdout);
    expect(names).toBeGreaterThan(0);
    expect(endpoint).toMatch(/^127\.0\.0\.1:\d+$/);
  }, 120_000);

  test("makes a cluster of embedded machines and takes one of them out again", () => {
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
      wasClean: false,
      leftovers: expect.arrayContaining(["the Node w1 in the cluster"]),
    });
  }, 120_000);

  test("makes an embedded control plane as README.md shows it", () => {
    expect(examples).toHaveLength(2);
    const ran = run([process.execPath, "out/readme-2.js"], { cwd: project });
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(/^1 \S/);
  }, 120_000);

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

/** As npm would lay it out: what package.json's "files" name, and beside it the dependencies that it declares. */
function install(project: string): void {
  const target = join(project, "node_modules/kubeadm-ts");
  const manifest = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
  mkdirSync(target, { recursive: true });
  cpSync(join(checkout, "package.json"), join(target, "package.json"));
  cpSync(join(checkout, "dist/lib"), join(target, "dist/lib"), { recursive: true });
  mkdirSync(join(project, "node_modules/@types"));
  const declared = Object.keys(manifest.dependencies);
  for (const name of [...declared, "@types/node", "undici-types"]) {
    const link = join(project, "node_modules", name);
    mkdirSync(join(link, ".."), { recursive: true });
    symlinkSync(join(checkout, "node_modules", name), link);
  }
}
