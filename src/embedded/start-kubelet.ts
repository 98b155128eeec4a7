import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { UnitCommand } from "./kubelet/unit.ts";
import type { NetworkPlace } from "./network/loopback-network.ts";

/** The behavior of an embedded kubelet. By default it works as a healthy kubelet. */
export interface KubeletOptions {
  /** The node's file system; the path of a scratchRoot(). */
  readonly root: string;
  /** The machine's hostname; --hostname-override in kubeadm-flags.env takes precedence, as in the real kubelet. */
  readonly hostname: string;
  /** Id of the user to run as; only root can set another than its own. */
  readonly uid?: number;
  /** Its release: v1.37.2 by default. `kubelet --version` on the machine is an option of scratchRoot. */
  readonly version?: string;
  /** If set, it exits right after each start with this log line: a crash loop. */
  readonly crashMessage?: string;
  /** By default "serve"; "refuse": nothing listens on the healthz port; "fail": it answers with status 500. */
  readonly healthz?: "serve" | "refuse" | "fail";
  /** If true, it becomes healthy but never requests its client certificate. */
  readonly neverBootstrap?: boolean;
  /** Milliseconds from each start to its first action; 0 by default. */
  readonly startDelayMs?: number;
  /** Milliseconds from the Node's registration to Ready; 200 by default. */
  readonly readyDelayMs?: number;
  /**
   * Milliseconds that a static Pod waits whose predecessor still ran when its manifest appeared; 0 by default. The real
   * kubelet looks after such a Pod every 10 to 15 seconds. One that appears after the end of its predecessor starts
   * immediately.
   */
  readonly podRestartDelayMs?: number;
  /** Milliseconds from its end to its next start (RestartSec of the unit); 100 by default. */
  readonly restartDelayMs?: number;
  /** The place of its machine in an embedded cluster's network; this machine's own network by default. */
  readonly place?: NetworkPlace;
  /**
   * If true, it starts and stops only by `command`, as under systemd; otherwise it restarts when its environment file
   * is written.
   */
  readonly isManaged?: boolean;
}

/** An embedded kubelet that runs. Disposal stops it. */
export interface RunningKubelet extends AsyncDisposable {
  /** Process id. */
  readonly pid: number;
  /** Returns its log so far. */
  output(): string;
  /** Runs `systemctl stop` or `restart` for a managed kubelet; resolves when the command is done. */
  command(command: UnitCommand): Promise<void>;
  /** Ends its process; resolves when it has ended. */
  stop(): Promise<void>;
}

const killAfterMs = 2_000;

/** A program that fails before it stops its kubelets must not leave them running. One listener for all: there may be many. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts an embedded kubelet, a separate process that behaves as the real kubelet as far as a join depends on it: it
 * fails and restarts until its configuration exists, answers /healthz, bootstraps its client certificate, registers its
 * Node and renews the Lease. Resolves when the process runs. Throws the error of node:child_process if it cannot be
 * started.
 */
export async function startKubelet(options: KubeletOptions): Promise<RunningKubelet> {
  // NODE_OPTIONS and similar variables of a test runner are not for the kubelet.
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", programPath(), ...argumentsOf(options)],
    {
      cwd: "/",
      env: { PATH: process.env["PATH"] ?? "" },
      stdio: options.isManaged === true ? ["ignore", "ignore", "pipe", "ipc"] : ["ignore", "ignore", "pipe"],
    },
  );
  if (child.stderr === null) throw new Error("the kubelet has no stderr");
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const pid = await spawned(child);
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    await ended;
    clearTimeout(timer);
  };
  const command = async (wanted: UnitCommand) => {
    const done = new Promise((resolve) => child.once("message", resolve));
    child.send(wanted);
    await Promise.race([done, ended]);
  };
  running.add(child);
  void ended.then(() => running.delete(child));
  return { pid, output: () => output, command, stop, [Symbol.asyncDispose]: stop };
}

let program = fileURLToPath(new URL(`./kubelet/main${extname(import.meta.filename)}`, import.meta.url));

/** Path of the embedded kubelet's program: TypeScript in a checkout, JavaScript in the built library, or what was set. */
export function programPath(): string {
  return program;
}

/** Sets the program that starts: a suite that starts hundreds of kubelets bundles it, since most of a start is loading modules. */
export function useProgram(path: string): void {
  program = path;
}

async function spawned(child: ChildProcess): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  return child.pid ?? 0;
}

function argumentsOf(options: KubeletOptions): readonly string[] {
  const { root, hostname, uid, crashMessage, healthz, neverBootstrap } = options;
  const number = (flag: string, value: number | undefined) => (value === undefined ? [] : [`--${flag}=${value}`]);
  return [
    `--root=${root}`,
    `--hostname=${hostname}`,
    ...number("uid", uid),
    ...(options.version === undefined ? [] : [`--release=${options.version}`]),
    ...(options.place === undefined
      ? []
      : [
          `--address=${options.place.address}`,
          `--carrier=${options.place.carrier}`,
          `--first-port=${options.place.firstPort}`,
        ]),
    ...(options.isManaged === true ? ["--managed"] : []),
    ...(crashMessage === undefined ? [] : [`--crash-message=${crashMessage}`]),
    ...(healthz === undefined ? [] : [`--healthz=${healthz}`]),
    ...(neverBootstrap === true ? ["--never-bootstrap"] : []),
    ...number("start-delay-ms", options.startDelayMs),
    ...number("ready-delay-ms", options.readyDelayMs),
    ...number("pod-restart-delay-ms", options.podRestartDelayMs),
    ...number("restart-delay-ms", options.restartDelayMs),
  ];
}
