import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

const tsconfig = {
  compilerOptions: {
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ["node"],
    outDir: "out",
  },
  files: ["consumer.ts"],
};

describe("the library", () => {
  let project = "";

  beforeAll(() => {
    built("library");
    project = mkdtempSync(join(tmpdir(), "kubeadm-consumer-"));
    install(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
    writeFileSync(join(project, "consumer.ts"), consumer);
  }, 300_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

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

  test("names no path of the machine it was built on", () => {
    const lib = join(checkout, "dist/lib");
    const files = readdirSync(lib, { recursive: true, encoding: "utf8" }).filter((name) => /\.(js|ts|map)$/.test(name));
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
