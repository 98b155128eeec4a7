import { shiftedByRuntime } from "../async/clock.ts";
import { TransportError } from "../cluster/transport.ts";
import { memoryContainerRuntimes } from "../cri/memory.ts";
import { EtcdError } from "../etcd/etcd.ts";
import { type MemoryHost, memoryHost } from "../host/memory.ts";
import { outputs, type Stream } from "./outputs.ts";
import type { Output, Ports } from "./ports.ts";

export interface MemoryPorts extends Ports {
  readonly stdout: MemoryOutput;
  readonly stderr: MemoryOutput;
}

interface MemoryOutput extends Output {
  /** Everything written so far. */
  text(): string;
}

/** Ports that reach nothing outside: a machine in memory, no network, no container runtime. For tests. */
export function memoryPorts(
  options: Partial<Omit<Ports, "stdout" | "stderr" | "openHost">> & {
    readonly host?: MemoryHost;
    readonly terminal?: boolean;
    readonly columns?: number;
    /** Why nothing that is written to standard output arrives. */
    readonly stdoutLost?: string;
    /** Lines that are typed. */
    readonly input?: readonly string[];
  } = {},
): MemoryPorts {
  const { host = memoryHost(), terminal = false, columns, stdoutLost, input = [], ...ports } = options;
  const lines = [...input];
  const [stdout, stderr] = [memoryStream(terminal, columns, stdoutLost), memoryStream(terminal, columns)];
  const both = outputs(stdout, stderr);
  return {
    stdout: { ...both.stdout, text: stdout.text },
    stderr: { ...both.stderr, text: stderr.text },
    readLine: async () => lines.shift(),
    readInput: async (maxBytes) => {
      const bytes = new TextEncoder().encode(lines.join("\n"));
      return bytes.length > maxBytes ? undefined : bytes;
    },
    environment: {},
    pid: 4242,
    localTime: shiftedByRuntime,
    everySecond: () => () => undefined,
    build: {
      gitCommit: "0123456789abcdef0123456789abcdef01234567",
      gitTreeState: "clean",
      buildDate: "2026-01-02T03:04:05Z",
      runtimeVersion: "node24.0.0",
      compiler: "none",
      platform: "linux/amd64",
    },
    workingDirectory: () => "/root",
    signal: new AbortController().signal,
    openHost: async () => host,
    connectTransport: async () => () => ({
      send: async ({ url }) => {
        throw new TransportError("unreachable", url, "there is no network here");
      },
      close: () => undefined,
    }),
    inspectServer: async () => async () => undefined,
    connectContainerRuntime: async () => memoryContainerRuntimes({}),
    connectEtcd: async () => () => {
      throw new EtcdError("unavailable", "there is no etcd here");
    },
    ...ports,
  };
}

function memoryStream(terminal: boolean, columns?: number, lost?: string): Stream & { text(): string } {
  let written = "";
  return {
    write: (text) => {
      written += text;
    },
    isTerminal: () => terminal,
    columns: () => columns,
    lost: () => (written === "" ? undefined : lost),
    text: () => written,
  };
}
