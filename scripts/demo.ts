// Joins a worker to a cluster, on this machine and without privileges: `npm run demo`, or with --keep to inspect the
// result.

import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, constants, copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { poll } from "../src/async/poll.ts";
import { connectHttps } from "../src/cluster/https.ts";
import type { TransportConnection } from "../src/cluster/transport.ts";
import type { ControlPlane } from "../src/embedded/control-plane/index.ts";
import {
  criSocketPath,
  type RunningKubelet,
  type ScratchRoot,
  scratchRoot,
  startContainerRuntime,
  startControlPlane,
  startKubelet,
} from "../src/embedded/index.ts";
import { Secret } from "../src/errors/secret.ts";
import { localClock } from "../src/host/local/clock.ts";
import { canListen, freePort } from "../test/support/free-port.ts";
import { arm64Emulator } from "./arm64-emulator.ts";
import { BuildError } from "./build-error.ts";
import { page, treeRows } from "./demo-layout.ts";
import { architectureHere } from "./pinned-bun.ts";

const help = `Usage: npm run demo [-- --keep]

Starts a control plane, a container runtime and a kubelet, all small embedded ones that really
serve TLS and files, and lets the compiled dist/kubeadm join the node to the cluster, as its
own process and an ordinary user. Shows what the program says, what the API server then has
and what was written; ends by itself and leaves nothing behind.

  --keep   Leave the cluster up until Ctrl-C, and tell how to reach it with kubectl.
  --arm64  Let dist/kubeadm-arm64 join instead, under qemu where the processor is another one.
  --help   Show this.
`;

const nodeName = "w1";
/** "nobody": an ordinary user runs the join even if root runs the demo. */
const unprivilegedUid = 65534;
const defaultHealthzPort = 10_248;
const joinLimitMs = 60_000;
const readyLimitMs = 10_000;

/**
 * The checks that only root can pass, or a chroot that only root can create, and the port, which a kubelet of this
 * machine may use; all other checks are real.
 */
const ignoredChecks = [
  "IsPrivilegedUser,KubeletVersion,SystemVerification,Port-10250",
  "FileExisting-losetup,FileExisting-mount,FileExisting-cp",
];

const isColored = process.stdout.isTTY === true || process.env["FORCE_COLOR"] === "1";
const out = page((text) => process.stdout.write(text), isColored);

async function main(): Promise<number> {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({ options: { keep: flag, arm64: flag, help: flag } });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const stop = new AbortController();
  // Also for a second signal: cleaning up is then in progress, and ends soon.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  // A reader that closes the pipe (`| head`) ends the demo like Ctrl-C, so that nothing is left behind.
  process.stdout.on("error", () => stop.abort());
  try {
    return await demonstrate(values, stop.signal);
  } catch (error) {
    if (error instanceof BuildError) {
      process.stderr.write(`demo: ${error.message}\n`);
      return 1;
    }
    if (!stop.signal.aborted) throw error;
    return 130;
  }
}

async function demonstrate(
  { keep: keepsRunning, arm64 }: { readonly keep: boolean; readonly arm64: boolean },
  signal: AbortSignal,
): Promise<number> {
  await using cleanup = new AsyncDisposableStack();
  const started = performance.now();
  const stage = await setUp(cleanup, chosenProgram(arm64));
  introduce(stage, performance.now() - started);
  const result = await runJoin(stage, signal);
  if (result.status !== 0) {
    signal.throwIfAborted();
    out.heading(`kubeadm ended with status ${result.status}`);
    out.line("\nThe kubelet's log:");
    out.line(stage.kubelet.output().trimEnd());
    return 1;
  }
  await show(stage, result, signal);
  if (keepsRunning) await keep(stage, signal);
  return 0;
}

interface Program {
  readonly name: string;
  /** Runs it where the processor is another one; empty where it is not. */
  readonly emulator: readonly string[];
}

/** Throws BuildError where it does not run. */
function chosenProgram(isArm64: boolean): Program {
  const here = architectureHere();
  if (!isArm64) return { name: "kubeadm", emulator: [] };
  if (here === "arm64") return { name: "kubeadm-arm64", emulator: [] };
  const emulator = arm64Emulator();
  if (emulator !== undefined) return { name: "kubeadm-arm64", emulator };
  throw new BuildError("--arm64 needs qemu: apt-get install qemu-user-static libc6-arm64-cross");
}

interface Stage {
  readonly program: Program;
  readonly controlPlane: ControlPlane;
  readonly node: ScratchRoot;
  readonly kubelet: RunningKubelet;
  readonly token: string;
  /** Talks to the API server as an administrator. */
  readonly admin: TransportConnection;
  readonly uid: number;
  readonly isDropped: boolean;
}

async function setUp(cleanup: AsyncDisposableStack, program: Program): Promise<Stage> {
  const executable = resolve(import.meta.dirname, "../dist", program.name);
  if (!existsSync(executable)) throw new BuildError(`dist/${program.name} is missing: run \`npm run build\` first`);
  const isDropped = process.getuid?.() === 0;
  const uid = isDropped ? unprivilegedUid : (process.getuid?.() ?? 0);
  const node = cleanup.use(scratchRoot({ hostname: nodeName, uid }));
  cleanup.use(await startContainerRuntime(node.inside(criSocketPath)));
  chmodSync(node.inside(criSocketPath), 0o666);
  const healthzPort = (await canListen(defaultHealthzPort)) ? defaultHealthzPort : await freePort();
  const controlPlane = await startControlPlane({
    ...(healthzPort === defaultHealthzPort ? {} : { kubeletConfiguration: { healthzPort } }),
  });
  cleanup.defer(() => controlPlane.close());
  const kubelet = cleanup.use(
    await startKubelet({ root: node.path, hostname: nodeName, ...(isDropped ? { uid } : {}) }),
  );
  // A place where the unprivileged user can start it, whatever the checkout's permissions are.
  copyFileSync(executable, node.inside("/usr/bin/kubeadm"), constants.COPYFILE_FICLONE);
  chmodSync(node.inside("/usr/bin/kubeadm"), 0o755);
  const token = await controlPlane.createToken();
  const credential = await controlPlane.createClientCredential({
    commonName: "kubernetes-admin",
    organizations: ["kubeadm:cluster-admins"],
  });
  const admin = connectHttps({
    certificateAuthority: controlPlane.caCertificatePem,
    clientCertificate: credential.certificatePem,
    clientKey: new Secret(credential.privateKeyPem),
  });
  cleanup.defer(() => admin.close());
  return { program, controlPlane, node, kubelet, token, admin, uid, isDropped };
}

/** The arguments of a join, grouped by what belongs together. */
function joinArguments({ controlPlane, node, token }: Stage): readonly (readonly string[])[] {
  return [
    ["join", controlPlane.endpoint],
    ["--token", token],
    ["--discovery-token-ca-cert-hash", controlPlane.caPin],
    ["--node-name", nodeName],
    ["--rootfs", node.path],
    ...ignoredChecks.map((checks) => ["--ignore-preflight-errors", checks]),
  ];
}

function introduce(stage: Stage, setUpMs: number): void {
  const { controlPlane, node, uid, isDropped, token } = stage;
  out.heading("A worker joins a Kubernetes cluster, without privileges");
  out.line();
  out.fact("control plane", `${controlPlane.url}, Kubernetes v1.37.2`);
  out.fact("new node", `${nodeName}, a fresh file system at ${node.path}`);
  out.fact("kubelet", "started repeatedly, as it has no configuration yet");
  out.fact("user", `${uid}${isDropped ? " (the demo itself runs as root, the join does not)" : ""}`);
  out.fact("set up in", `${Math.round(setUpMs)} ms`);
  out.line();
  const shown = joinArguments(stage).map((group) =>
    group.join(" ").replace(token, `${token.split(".")[0]}.[redacted]`),
  );
  out.command([...stage.program.emulator.slice(0, 1), `dist/${stage.program.name}`].join(" "), shown);
  out.line();
}

interface JoinResult {
  readonly status: number | null;
  readonly durationMs: number;
  readonly peakKiB: number;
}

async function runJoin(stage: Stage, signal: AbortSignal): Promise<JoinResult> {
  const started = performance.now();
  const [program = "", ...args] = [
    ...[...stage.program.emulator, stage.node.inside("/usr/bin/kubeadm")],
    ...joinArguments(stage).flat(),
  ];
  const child = spawn(program, args, {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(joinLimitMs)]),
    ...(stage.isDropped ? { uid: stage.uid, gid: stage.uid } : {}),
  });
  let peakKiB = 0;
  const look = setInterval(() => {
    peakKiB = Math.max(peakKiB, highWaterMark(child));
  }, 5);
  const streams = [
    { lines: createInterface(child.stdout), style: undefined },
    { lines: createInterface(child.stderr), style: "yellow" },
  ] as const;
  for (const { lines, style } of streams) {
    lines.on("line", (text) => out.timed(performance.now() - started, text, style));
  }
  try {
    const ended = Promise.withResolvers<number | null>();
    child.once("close", (code) => ended.resolve(code));
    child.once("error", (error) => (signal.aborted ? undefined : ended.reject(error)));
    const exited = Promise.withResolvers<number>();
    child.once("exit", () => exited.resolve(performance.now() - started));
    const status = await ended.promise;
    return { status, durationMs: await exited.promise, peakKiB };
  } finally {
    clearInterval(look);
  }
}

/** VmHWM of a running process, 0 if it has ended. */
function highWaterMark({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function show(stage: Stage, result: JoinResult, signal: AbortSignal): Promise<void> {
  const { controlPlane, node, uid } = stage;
  const joined = performance.now();
  const nodes = await poll({
    until: async () => {
      const rows = await table(stage, "/api/v1/nodes", ["Name", "Status", "Version", "Container-Runtime"], signal);
      return rows[1]?.[1] === "Ready" ? { done: true, value: rows } : { done: false, reason: "the Node is not Ready" };
    },
    everyMs: () => 20,
    deadlineMs: readyLimitMs,
    clock: localClock,
    signal,
    onTimeout: (reason) => new Error(`${reason}; its kubelet said:\n${stage.kubelet.output()}`),
  });
  out.heading("The node, as the API server has it");
  out.table(nodes);

  out.heading("Its certificate signing request");
  const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  out.table(await table(stage, requests, ["Name", "Requestor", "Condition"], signal));

  out.heading(`What was written below ${node.path}, owner ${uid}`);
  const rows = ["/etc/kubernetes", "/var/lib/kubelet"].flatMap((directory) =>
    treeRows(node.path, directory, isKubeletsOwn),
  );
  out.table([["MODE", "BYTES", "PATH"], ...rows]);

  out.heading("How it went");
  out.fact("kubeadm join", `${Math.round(result.durationMs)} ms from start to end of its process`);
  if (result.peakKiB > 0) out.fact("peak memory", `${(result.peakKiB / 1024).toFixed(1)} MiB`);
  out.fact("node ready", `${Math.round(performance.now() - joined)} ms later`);
  out.fact(
    "requests",
    `${controlPlane.requests.matching(() => true).length} to the API server, kubelet and demo included`,
  );
  out.line();
}

/** Directories of the kubelet, which are empty here. */
function isKubeletsOwn(path: string): boolean {
  return /^\/var\/lib\/kubelet\/(checkpoints|device-plugins|plugins|plugins_registry|pod-resources|pods)(\/|$)/.test(
    path,
  );
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

/** The columns that the API server itself returns to kubectl. */
async function table(stage: Stage, path: string, wanted: readonly string[], signal: AbortSignal) {
  const response = await stage.admin.send(
    {
      method: "GET",
      url: stage.controlPlane.url + path,
      headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
      timeoutMs: 5_000,
    },
    signal,
  );
  const { columnDefinitions, rows } = JSON.parse(await response.text()) as Table;
  const indices = wanted.map((name) => columnDefinitions.findIndex((definition) => definition.name === name));
  return [
    wanted.map((name) => name.toUpperCase()),
    ...rows.map(({ cells }) => indices.map((index) => String(cells[index] ?? ""))),
  ];
}

async function keep({ controlPlane, node }: Stage, signal: AbortSignal): Promise<void> {
  const kubeconfig = node.inside("/admin.conf");
  writeFileSync(kubeconfig, controlPlane.adminKubeconfig, { mode: 0o600 });
  out.heading("The cluster stays up until Ctrl-C. In another terminal:");
  out.line();
  out.line(`  export KUBECONFIG=${kubeconfig}`);
  for (const command of [
    "get nodes -o wide",
    `describe node ${nodeName}`,
    "get csr",
    `-n kube-system get configmap kubeadm-config -o yaml`,
    `label node ${nodeName} demo=yes`,
  ]) {
    out.line(`  kubectl ${command}`);
  }
  out.line();
  await new Promise<void>((resolveWait) => {
    const alive = setInterval(() => undefined, 60_000);
    const end = () => {
      clearInterval(alive);
      resolveWait();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  out.line("Ended, and everything removed.");
}

process.exitCode = await main();
