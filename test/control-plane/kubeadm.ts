// The program on a machine of an embedded cluster: its command line, in this process, with the machine's ports.
import { interruption } from "../../src/cli/interruption.ts";
import { main } from "../../src/cli/main.ts";
import { memoryPorts } from "../../src/cli/memory-ports.ts";
import type { ClusterMachine } from "../../src/testing/index.ts";

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

const runLimitMs = 20_000;

/** Runs `kubeadm` with these arguments on the machine, as root. */
export async function kubeadm(
  { ports: { host, ...machine } }: ClusterMachine,
  args: readonly string[],
  { environment = {}, signal }: RunSettings = {},
): Promise<Outcome> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(interruption("SIGTERM")), runLimitMs);
  signal?.addEventListener("abort", () => limit.abort(interruption("SIGINT")), { once: true });
  const ports = memoryPorts({
    signal: limit.signal,
    environment: { ...host.machine.environment, ...environment },
    connectTransport: async () => machine.connectTransport,
    inspectServer: async () => machine.inspectServer,
    connectContainerRuntime: async () => machine.connectContainerRuntime,
  });
  try {
    const openHost = async () => ({
      ...host,
      machine: { ...host.machine, environment: { ...host.machine.environment, ...environment } },
    });
    const status = await main(args, { ...ports, openHost });
    return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text() };
  } finally {
    clearTimeout(timer);
  }
}
