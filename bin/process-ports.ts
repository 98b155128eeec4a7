import type { Output, Ports } from "../src/cli/ports.ts";

/** The ports of the running program. Adapters are loaded when a command asks for them. */
export function processPorts(signal: AbortSignal): Ports {
  return {
    // biome-ignore lint/suspicious/noConsole: `process.stdout` costs 9 MB in the compiled program; `console` is native there.
    stdout: output(1, console.log, (text) => process.stdout.write(text)),
    // biome-ignore lint/suspicious/noConsole: as above.
    stderr: output(2, console.error, (text) => process.stderr.write(text)),
    environment: process.env,
    pid: process.pid,
    platform: `${process.platform}/${goArchitectures[process.arch] ?? process.arch}`,
    workingDirectory: () => process.cwd(),
    signal,
    openHost: async () => (await import("../src/host/local/local-host.ts")).localHost(),
    connectTransport: async () =>
      "Bun" in globalThis
        ? (await import("../src/cluster/https-bun.ts")).connectHttpsByFetch
        : (await import("../src/cluster/https-node.ts")).connectHttps,
    inspectServer: async () => (await import("../src/cluster/https-inspection.ts")).inspectServer,
    connectContainerRuntime: async () => (await import("../src/cri/grpc-container-runtime.ts")).connectContainerRuntime,
  };
}

const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64" };

/** Whole lines go through `console`, which also bears a reader that has gone away; only parts of lines need the stream. */
function output(fd: 1 | 2, writeLine: (line: string) => void, writePart: (text: string) => unknown): Output {
  return {
    write: (text) => {
      if (text.endsWith("\n")) writeLine(text.slice(0, -1));
      else writePart(text);
    },
    isTerminal: () => process.getBuiltinModule("node:tty").isatty(fd),
  };
}

/** Resolves when everything written has left the process. Bun's console writes at once; Node.js queues what a pipe refuses. */
export async function drained(): Promise<void> {
  if (!("Bun" in globalThis)) await Promise.all([process.stdout, process.stderr].map(emptied));
}

function emptied(stream: NodeJS.WriteStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.on("error", () => resolve());
  stream.write("", () => resolve());
  return promise;
}
