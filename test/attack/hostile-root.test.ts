import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { type Attack, attacksBy, type Target } from "./attack.ts";

/** Runs of the program against each racer: one that is led out now and then must not get away with it. */
const fewestRounds = 8;
const mostRounds = 60;
/** Fewer swaps than this during the runs were no race. */
const fewestSwaps = 200;

const configuration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.10}
nodeRegistration: {name: m1, criSocket: "unix:///run/no.sock"}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
encryptionAlgorithm: ECDSA-P256
`;

/**
 * A process inside the root: the name is a directory of the root at one moment and a link to a directory of the host at
 * the next. A file grows by one byte with every ten swaps.
 */
const racer = `
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
const [path, target, counter] = process.argv.slice(1);
let swaps = 0;
const tolerant = (action) => { try { action(); return true; } catch { return false; } };
for (;;) {
  tolerant(() => renameSync(path, path + ".aside"));
  const swapped = tolerant(() => symlinkSync(target, path));
  for (let spin = 0; spin < 20000; spin++) ;
  tolerant(() => unlinkSync(path));
  tolerant(() => renameSync(path + ".aside", path));
  tolerant(() => mkdirSync(path, { recursive: true }));
  for (let spin = 0; spin < 20000; spin++) ;
  if (swapped && ++swaps % 10 === 0) appendFileSync(counter, ".");
}
`;

interface Race {
  readonly name: string;
  /** The name in the root that is a link now and then. */
  readonly swapped: string;
  readonly command: readonly string[];
  /** Files of the root that a run begins with. */
  readonly files?: readonly string[];
}

/** Written there by a run that is led out, or deleted by one. */
const bait = "precious";

const races: readonly Race[] = [
  { name: "certificates are made in", swapped: "/etc/kubernetes/pki", command: ["init", "phase", "certs", "all"] },
  {
    name: "etcd's certificates are made in",
    swapped: "/etc/kubernetes/pki/etcd",
    command: ["init", "phase", "certs", "all"],
  },
  { name: "all of Kubernetes' files lie in", swapped: "/etc/kubernetes", command: ["init", "phase", "certs", "all"] },
  {
    name: "the service account's key is made in",
    swapped: "/etc/kubernetes/pki",
    command: ["init", "phase", "certs", "sa"],
  },
  { name: "the host's directory above is", swapped: "/etc", command: ["init", "phase", "certs", "sa"] },
  {
    name: "manifests are written to",
    swapped: "/etc/kubernetes/manifests",
    command: ["init", "phase", "control-plane", "all"],
  },
  {
    name: "etcd's manifest is written to",
    swapped: "/etc/kubernetes/manifests",
    command: ["init", "phase", "etcd", "local"],
  },
  {
    name: "the kubelet's files are written to",
    swapped: "/var/lib/kubelet",
    command: ["init", "phase", "kubelet-start"],
  },
].map((race) => ({ ...race, command: [...race.command, "--config", "/root.yaml"] }));

const resets: readonly Race[] = [
  { name: "a reset empties", swapped: "/etc/kubernetes/manifests" },
  { name: "a reset empties the certificates in", swapped: "/etc/kubernetes/pki" },
  { name: "a reset finds below", swapped: "/etc/kubernetes" },
  { name: "a reset empties the kubelet's", swapped: "/var/lib/kubelet" },
  { name: "a reset empties a directory deep in", swapped: "/var/lib/kubelet/pods/a/b" },
  { name: "a reset empties etcd's data in", swapped: "/var/lib/etcd" },
].map((race) => ({
  ...race,
  command: ["reset", "--force", "--cri-socket", "unix:///run/no.sock"],
  files: [
    "/etc/kubernetes/manifests/etcd.yaml",
    "/etc/kubernetes/pki/ca.crt",
    "/etc/kubernetes/pki/etcd/ca.crt",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/pods/a/b/c/file",
    "/var/lib/etcd/member/snap/db",
  ],
}));

function attackOf({ name, swapped, command, files = [] }: Race): Attack {
  return {
    name: `swaps the directory that ${name}: ${swapped}`,
    lacks: process.getuid?.() === 0 ? undefined : "root",
    timeoutMs: 120_000,
    run: (target) => race(target, { swapped, command, files }),
  };
}

async function race(
  { program }: Target,
  { swapped, command, files }: { swapped: string; command: readonly string[]; files: readonly string[] },
) {
  using made = temporaryDirectory();
  const scratch = made.path;
  const [root, outside, counter] = ["root", "outside", "counter"].map((each) => join(scratch, each)) as [
    string,
    string,
    string,
  ];
  mkdirSync(join(root, "run"), { recursive: true });
  mkdirSync(join(root, swapped), { recursive: true });
  writeFileSync(join(root, "root.yaml"), configuration);
  writeFileSync(counter, "");
  layBait(outside);
  const before = listing(outside);
  const swaps = () => statSync(counter).size * 10;
  const racing = startRacer([join(root, swapped), outside, counter]);
  let won: string | undefined;
  try {
    for (let round = 0; round < mostRounds && won === undefined; round++) {
      if (round >= fewestRounds && swaps() >= fewestSwaps) break;
      await stopped(racing.process);
      restore(join(root, swapped));
      for (const file of files) lay(join(root, file));
      racing.process.kill("SIGCONT");
      await run(program, ["--rootfs", root, ...command]);
      const after = listing(outside);
      if (after !== before) won = `what lies outside of the root is now: ${after}`;
    }
  } finally {
    racing.process.kill("SIGKILL");
    await racing.ended;
  }
  return { carriedOut: swaps() >= fewestSwaps, won };
}

/** Names that a reset removes, and directories that a run writes to, so that being led out shows. */
function layBait(outside: string): void {
  for (const name of [bait, "c/file", "kubernetes/x", "manifests/etcd.yaml", "pki/ca.crt", "member/snap/db"]) {
    lay(join(outside, name));
  }
}

/** A signal takes effect a moment after it is sent. */
async function stopped(child: ChildProcess): Promise<void> {
  child.kill("SIGSTOP");
  while (/\) [^TZX] /.test(readFileSync(`/proc/${child.pid}/stat`, "utf8"))) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Makes the name a directory whatever it is, so that what is laid below it is laid in the root. */
function restore(path: string): void {
  for (const each of [path, `${path}.aside`]) rmSync(each, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
}

function lay(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "precious");
}

function listing(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).sort().join(" ");
}

function startRacer(args: readonly string[]): { readonly process: ChildProcess; readonly ended: Promise<void> } {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", racer, "--", ...args], { stdio: "ignore" });
  return { process: child, ended: new Promise((resolve) => child.once("close", () => resolve())) };
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: "/", env: { PATH: "/usr/bin:/bin" }, stdio: "ignore", timeout: 30_000 });
    child.once("close", () => resolve());
  });
}

/** A pipe without a writer holds anyone who opens it. */
const pipes: readonly Attack[] = ["/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki/ca.crt", "/root.yaml"].map(
  (name) => ({
    name: `puts a pipe in the place of a file that is read: ${name}`,
    run: async ({ program }) => {
      using made = temporaryDirectory();
      const root = made.path;
      mkdirSync(join(root, "etc/kubernetes/pki"), { recursive: true });
      writeFileSync(join(root, "root.yaml"), configuration);
      rmSync(join(root, name), { force: true });
      execFileSync("mkfifo", [join(root, name)]);
      const argv = ["init", "phase", "certs", "all", "--rootfs", root, "--config", "/root.yaml"];
      const { status, stderr } = spawnSync(program, argv, {
        encoding: "utf8",
        timeout: 50_000,
        killSignal: "SIGKILL",
      });
      return { carriedOut: stderr.includes("not a regular file"), won: status === null ? "it hangs" : undefined };
    },
  }),
);

attacksBy("a process inside of --rootfs", "have files outside written or deleted", [
  ...[...races, ...resets].map(attackOf),
  ...pipes,
]);
