import { abortable } from "../src/async/signal.ts";
import type { Output, Ports } from "../src/cli/ports.ts";
import { printable } from "../src/errors/printable-text.ts";
import type { ConnectEtcd } from "../src/etcd/etcd.ts";
import { lazyEtcd } from "../src/etcd/lazy-etcd.ts";
import { localTime } from "../src/host/local/local-time.ts";
import type { RuntimeCalls } from "../src/host/local/runtime-calls.ts";
import { buildInformation } from "./build-information.ts";

/** The ports of the running program. Adapters are loaded when a command asks for them. */
export function processPorts(signal: AbortSignal): Ports {
  return {
    stdout: output(1),
    stderr: output(2),
    readLine,
    environment: process.env,
    pid: process.pid,
    localTime,
    build: buildInformation,
    workingDirectory: () => process.cwd(),
    signal,
    openHost: async () => (await import("../src/host/local/local-host.ts")).localHost(await runtimeCalls()),
    connectTransport: async () =>
      "Bun" in globalThis
        ? (await import("../src/cluster/https-bun.ts")).connectHttpsByFetch
        : (await import("../src/cluster/https-node.ts")).connectHttps,
    inspectServer: async () => (await import("../src/cluster/https-inspection.ts")).inspectServer,
    connectContainerRuntime: async () => {
      const { containerRuntimesBy } = await import("../src/cri/grpc-container-runtime.ts");
      return containerRuntimesBy((await runtimeCalls()).sockets);
    },
    connectEtcd: async () => lazyEtcd(loadEtcd),
  };
}

async function loadEtcd(): Promise<ConnectEtcd> {
  const { etcdBy } = await import("../src/etcd/grpc-etcd.ts");
  return etcdBy(
    "Bun" in globalThis
      ? (await import("../src/sockets/bun-tls-sockets.ts")).bunTlsSockets
      : (await import("../src/sockets/node-tls-sockets.ts")).nodeTlsSockets,
  );
}

async function runtimeCalls(): Promise<RuntimeCalls> {
  return "Bun" in globalThis
    ? (await import("../src/host/local/bun-calls.ts")).bunCalls
    : (await import("../src/host/local/node-calls.ts")).nodeCalls;
}

function output(fd: 1 | 2): Output {
  const write = "Bun" in globalThis ? writeInBun : writeInNode;
  return {
    write: (text) => write(fd, printable(text)),
    control: (sequence) => write(fd, sequence),
    isTerminal: () => isTerminal(fd),
  };
}

/** A file or a pipe is none, which costs 1.5 MB less to find out than asking node:tty. */
function isTerminal(fd: 1 | 2): boolean {
  try {
    if (!process.getBuiltinModule("node:fs").fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(fd);
}

/** Bears a reader that has gone away; only parts of lines need the stream itself. */
function writeInNode(fd: 1 | 2, text: string): void {
  if (!text.endsWith("\n")) streamOf(fd).write(text);
  // biome-ignore lint/suspicious/noConsole: the console is what ignores a closed pipe.
  else (fd === 1 ? console.log : console.error)(text.slice(0, -1));
}

/**
 * Whole lines of stdout by the console, which is native: `process.stdout` would add 9 MB to `version`. What goes to stderr
 * must not, since the console paints it red on a terminal.
 */
function writeInBun(fd: 1 | 2, text: string): void {
  if (fd === 1 && text.endsWith("\n")) {
    // biome-ignore lint/suspicious/noConsole: see above.
    console.log(text.slice(0, -1));
    return;
  }
  let rest = new TextEncoder().encode(text);
  try {
    const { writeSync } = process.getBuiltinModule("node:fs");
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    // A pipe that is full and does not block; any other failure means that nobody reads any more, and the work goes on.
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") streamOf(fd).write(rest);
  }
}

/** A line is an answer of a person; what is longer than this is no answer. */
const longestLine = 4096;

/** Reads without blocking, so that a signal ends the wait. */
async function readLine(signal: AbortSignal): Promise<string | undefined> {
  const { stdin } = process;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let text = "";
  const onData = (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end >= 0) resolve(text.slice(0, end).replace(/\r$/, ""));
    else if (text.length > longestLine) resolve(text);
  };
  const onEnd = () => resolve(text === "" ? undefined : text);
  stdin.setEncoding("utf8").on("data", onData).once("end", onEnd).once("error", onEnd);
  try {
    return await abortable(promise, signal);
  } finally {
    stdin.off("data", onData).pause();
  }
}

function streamOf(fd: 1 | 2): NodeJS.WriteStream {
  return fd === 1 ? process.stdout : process.stderr;
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
