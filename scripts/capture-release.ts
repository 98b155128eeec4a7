// Records what upstream's kubeadm of a release prints that another release prints in another way: test/golden/releases/.
//
//   npm run capture:release -- 1.38.0-beta.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureGoPart } from "../lab/parts/go-part.ts";
import { goParts } from "../lab/parts/kubernetes-parts.ts";
import { cacheDirectory } from "../lab/parts/part-store.ts";
import { runCommand } from "../lab/run-command.ts";
import { clusterVersion } from "../lab/versions.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const [release = ""] = positionals;
const part = goParts(clusterVersion(release)).get("kubeadm");
if (part === undefined) throw new Error("the lab has no part kubeadm");
const program = join(await ensureGoPart({ cache: cacheDirectory(), say: console.error }, part), "kubeadm");
const minor = Number(release.split(".")[1]);
const target = join(import.meta.dirname, "../test/golden/releases", release);

/** The release itself, and the minor versions around it. */
const versions = [`v${release}`, ...[1, 0, -1, -2, -3].map((distance) => `v1.${minor + distance}.0`)];

const prints = [
  "init-defaults --component-configs KubeletConfiguration,KubeProxyConfiguration",
  "join-defaults",
  "reset-defaults",
  "upgrade-defaults",
];

/** Of many digits, beyond the suffixes, and plain ones. */
const quantities = [
  ...[
    "1",
    "1500m",
    "1024Mi",
    "0.5",
    "1000E",
    "1e21",
    "123456789012345678901234567890",
    "1.0000000000000000000000000001",
  ],
  ...["999999999999999999999999999999", "0.1n", "-1000E", "-123456789012345678901234567891", "12345678901234567890Ki"],
  ...["1".repeat(100), `1${"0".repeat(40)}`, `0.${"1".repeat(80)}`, `${"1".repeat(100)}Gi`, `0.${"3".repeat(90)}Gi`],
];

async function ask(args: readonly string[], folder?: string): Promise<string> {
  const env = { PATH: "/usr/bin:/bin", HOME: "/nonexistent", KUBECONFIG: "/nonexistent" };
  const { exitCode, stdout, stderr } = await runCommand([program, ...args], { env, cwd: folder, timeoutMs: 60_000 });
  return exitCode === 0 ? stdout : `${/^error: .*$/m.exec(stderr)?.[0] ?? stderr}\n`;
}

/** What a patch makes of a quantity. */
async function written(text: string, parent: string): Promise<string> {
  const folder = mkdtempSync(join(parent, "quantity-"));
  const configuration = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v${release}\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: 192.0.2.10}\npatches: {directory: ${folder}}\n`;
  writeFileSync(join(folder, "c.yaml"), configuration);
  const patch = { spec: { containers: [{ name: "kube-scheduler", resources: { requests: { cpu: text } } }] } };
  writeFileSync(join(folder, "kube-scheduler.json"), JSON.stringify(patch));
  const env = { PATH: "/usr/bin:/bin", HOME: "/nonexistent", KUBEADM_INIT_DRYRUN_DIR: folder };
  const argv = [
    program,
    "init",
    "phase",
    "control-plane",
    "scheduler",
    "--dry-run",
    "--config",
    join(folder, "c.yaml"),
  ];
  const { exitCode, stderr } = await runCommand(argv as [string, ...string[]], { env, timeoutMs: 60_000 });
  if (exitCode !== 0) return /^error: .*$/m.exec(stderr)?.[0] ?? stderr;
  const manifest = readFileSync(join(folder, "kube-scheduler.yaml"), "utf8");
  return /^ +cpu: "?(.*?)"?$/m.exec(manifest)?.[1] ?? "";
}

const folder = mkdtempSync(join(tmpdir(), "capture-release-"));
try {
  mkdirSync(target, { recursive: true });
  const images: Record<string, readonly string[]> = {};
  for (const version of versions) {
    images[version] = (await ask(["config", "images", "list", "--kubernetes-version", version])).trim().split("\n");
  }
  writeFileSync(join(target, "images.json"), `${JSON.stringify(images, null, 2)}\n`);
  for (const line of prints) {
    const text = await ask(["config", "print", ...line.split(" ")]);
    writeFileSync(
      join(target, `${line.split(" ")[0]}.yaml`),
      text.replaceAll(`name: ${hostname()}\n`, "name: node-1\n"),
    );
  }
  const found: Record<string, string> = {};
  for (const text of quantities) found[text] = await written(text, folder);
  writeFileSync(join(target, "quantities.json"), `${JSON.stringify(found, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${target} written`);
