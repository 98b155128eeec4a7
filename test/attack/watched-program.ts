// The program as its attacker sees it: what it says, what memory it takes, whether a Ctrl-C still ends it.
import { spawn } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type ScratchRoot, scratchRoot } from "../../src/embedded/index.ts";
import { watchSlowness } from "../support/slowness.ts";

/** What the program may take: some times what a join has in peace. */
export const mostMiB = 400;
/** On a quiet machine. A Ctrl-C that takes longer than this does not work. */
const promptlyMs = 6_000;

/** On a quiet machine. No attack may keep the program longer than this. */
const longestRunMs = 45_000;
/** No attack may keep a processor busy for longer than this: many times what any command takes in peace. */
export const mostProcessorMs = 10_000;

const isRoot = process.getuid?.() === 0;
/** "nobody": where root runs the tests, what is attacked is still an ordinary user's. */
const uid = isRoot ? 65534 : (process.getuid?.() ?? 0);

export interface Watched {
  /** Undefined where the program had to be killed. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The most memory that it had, in MiB. */
  readonly peakMiB: number;
  /** Its CPU time: what it needs does not depend on what else the machine does. */
  readonly processorMs: number;
  /** The same from the interruption on; 0 without one. */
  readonly processorMsAfterInterruption: number;
  /** From the interruption to the end; undefined without one. */
  readonly interruptedMs: number | undefined;
  /** Whether the interruption ended it in time, or there was none. */
  readonly endsPromptly: boolean;
}

export interface WatchOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that are on the machine before. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Makes more of the machine. */
  readonly prepare?: (root: ScratchRoot) => AsyncDisposable | Promise<AsyncDisposable | undefined> | undefined;
  /** Resolves when the weapon is at work; the program is then interrupted. */
  readonly interruptWhen?: Promise<unknown>;
}

export async function watchProgram(
  program: string,
  args: readonly string[],
  { environment = {}, files = {}, prepare, interruptWhen }: WatchOptions,
): Promise<Watched> {
  using root = scratchRoot({ hostname: "w1", uid });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(root.inside(path)), { recursive: true });
    writeFileSync(root.inside(path), content);
    if (isRoot) chownSync(root.inside(path), uid, uid);
  }
  await using _ = await prepare?.(root);
  const child = spawn(program, ["--rootfs", root.path, ...args], {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(isRoot ? { uid, gid: uid } : {}),
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("latin1").on("data", (text: string) => (output[name] += text));
  }
  let interruptedAt: number | undefined;
  let peakMiB = 0;
  let processorMs = 0;
  let processorMsBefore: number | undefined;
  using watch = watchSlowness();
  const started = performance.now();
  const looking = setInterval(() => {
    peakMiB = Math.max(peakMiB, peakOf(child.pid ?? 0));
    processorMs = Math.max(processorMs, processorMsOf(child.pid ?? 0));
    const isHeld = performance.now() - started > longestRunMs * watch.factor();
    if (processorMs > mostProcessorMs || isHeld) child.kill("SIGKILL");
  }, 50);
  void interruptWhen?.then(() => {
    interruptedAt = performance.now();
    processorMsBefore = processorMsOf(child.pid ?? 0);
    child.kill("SIGINT");
  });
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", (code) => resolve(code));
    });
    const interruptedMs = interruptedAt === undefined ? undefined : performance.now() - interruptedAt;
    const text = (bytes: string) => Buffer.from(bytes, "latin1").toString("utf8");
    return {
      status: status ?? undefined,
      stdout: text(output.stdout),
      stderr: text(output.stderr),
      peakMiB,
      processorMs,
      processorMsAfterInterruption: Math.max(0, processorMs - (processorMsBefore ?? processorMs)),
      interruptedMs,
      endsPromptly: (interruptedMs ?? 0) <= promptlyMs * watch.factor(),
    };
  } finally {
    clearInterval(looking);
  }
}

/** User and system time, in ticks of a hundredth of a second (proc(5)); 0 when it has ended. */
function processorMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [user, system] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13);
    return (Number(user) + Number(system)) * 10;
  } catch {
    return 0;
  }
}

function peakOf(pid: number): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** A join that leaves out the checks of the machine. Each step may take so long as is given. */
export function joinFiles(discovery: object, timeout = "4s"): Readonly<Record<string, string>> {
  const configuration = {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "JoinConfiguration",
    discovery,
    nodeRegistration: { name: "w1", criSocket: "unix:///run/containerd.sock" },
    timeouts: {
      discovery: timeout,
      kubernetesAPICall: timeout,
      kubeletHealthCheck: timeout,
      tlsBootstrap: timeout,
    },
  };
  return { "/etc/join.yaml": JSON.stringify(configuration) };
}

export const joinArguments = ["join", "--config", "/etc/join.yaml", "--skip-phases", "preflight"] as const;
