// The program on a machine of an embedded cluster: its command line, with the machine's ports.
import { fork } from "node:child_process";
import { join } from "node:path";
import { interruption } from "../../../src/cli/interruption.ts";
import { main } from "../../../src/cli/main.ts";
import type { ClusterMachine, MachinePorts } from "../../../src/embedded/index.ts";
import { memoryPorts } from "../../fixtures/cli/memory-ports.ts";

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends the run as Ctrl-C does when it aborts. */
  readonly signal?: AbortSignal;
}

const runLimitMs = 150_000;

/** Runs `kubeadm` with these arguments on the machine, as root, in this process. */
export function kubeadm(
  machine: { readonly ports: MachinePorts },
  args: readonly string[],
  settings: RunSettings = {},
): Promise<Outcome> {
  return startKubeadm(machine, args, settings).ended;
}

export interface RunningKubeadm {
  /** Everything that it has said so far, stdout before stderr. */
  output(): string;
  readonly ended: Promise<Outcome>;
}

/** The same, for those who look at it while it runs. */
export function startKubeadm(
  { ports }: { readonly ports: MachinePorts },
  args: readonly string[],
  { environment = {}, signal }: RunSettings = {},
): RunningKubeadm {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(interruption("SIGTERM")), runLimitMs);
  signal?.addEventListener("abort", () => limit.abort(interruption("SIGINT")), { once: true });
  const { machine } = ports.host;
  const host = { ...ports.host, machine: { ...machine, environment: { ...machine.environment, ...environment } } };
  const memory = memoryPorts({
    signal: limit.signal,
    environment: host.machine.environment,
    connectTransport: async () => ports.connectTransport,
    inspectServer: async () => ports.inspectServer,
    connectContainerRuntime: async () => ports.connectContainerRuntime,
    connectEtcd: async () => ports.connectEtcd,
  });
  const run = async (): Promise<Outcome> => {
    try {
      const status = await main(args, { ...memory, openHost: async () => host });
      return { status, stdout: memory.stdout.text(), stderr: memory.stderr.text() };
    } finally {
      clearTimeout(timer);
    }
  };
  return { output: () => memory.stdout.text() + memory.stderr.text(), ended: run() };
}

/** Runs it in its own process until `until` holds, and kills that then: kill -9. */
export async function kubeadmKilled(
  machine: ClusterMachine,
  args: readonly string[],
  until: () => boolean | Promise<boolean>,
): Promise<void> {
  const { hostname, place, hostnames, root } = machine;
  const child = fork(join(import.meta.dirname, "kubeadm-process.ts"), {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.on("message", (request: KubeletRequest) => {
    void machine.kubelet?.command(request.kubelet).then(() => child.connected && child.send({ done: true }));
  });
  const setup: ProcessSetup = { args, hostname, place, hostnames: [...hostnames], root: root.path };
  child.send(setup);
  try {
    while (!(await until())) {
      if (child.exitCode !== null)
        throw new Error(`kubeadm ended with ${child.exitCode} before it was killed:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** What the process is told first. */
export interface ProcessSetup {
  readonly args: readonly string[];
  readonly hostname: string;
  readonly place: ClusterMachine["place"];
  readonly hostnames: readonly (readonly [string, string])[];
  readonly root: string;
}

/** What it asks for: only the process that started the kubelet can command it. */
export interface KubeletRequest {
  readonly kubelet: "stop" | "restart";
}
