import { abortable } from "../src/async/signal.ts";
import { outputs, type Stream } from "../src/cli/outputs.ts";
import type { Ports } from "../src/cli/ports.ts";
import { KubeadmError } from "../src/errors/kubeadm-error.ts";
import type { ConnectEtcd } from "../src/etcd/etcd.ts";
import { lazyEtcd } from "../src/etcd/lazy-etcd.ts";
import { localTime } from "../src/host/local/local-time.ts";
import { buildInformation } from "./build-information.ts";

/** The ports of the running program. Adapters are loaded when a command asks for them. */
export function processPorts(signal: AbortSignal): Ports {
  return {
    ...outputs(stream(1), stream(2)),
    readLine,
    readInput,
    environment: process.env,
    pid: process.pid,
    localTime,
    everySecond,
    build: buildInformation,
    workingDirectory,
    signal,
    openHost: async () => (await import("../src/host/local/local-host.ts")).localHost(),
    connectTransport: async () => (await import("../src/cluster/https.ts")).connectHttps,
    inspectServer: async () => (await import("../src/cluster/https-inspection.ts")).inspectServer,
    connectContainerRuntime: async () => (await import("../src/cri/grpc-container-runtime.ts")).connectContainerRuntime,
    connectEtcd: async () => lazyEtcd(loadEtcd),
  };
}

async function loadEtcd(): Promise<ConnectEtcd> {
  const [{ etcdBy }, { localTlsSockets }] = await Promise.all([
    import("../src/etcd/grpc-etcd.ts"),
    import("../src/sockets/local-tls-sockets.ts"),
  ]);
  return etcdBy(localTlsSockets);
}

function stream(fd: 1 | 2): Stream {
  let lost: string | undefined;
  return {
    write: (text) => {
      // What comes later may still arrive.
      const reason = write(fd, text);
      lost ??= reason;
    },
    lost: () => lost,
    isTerminal: () => isTerminal(fd),
    // The runtime follows the terminal's changes of size.
    columns: () => streamOf(fd).columns,
  };
}

function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

function everySecond(action: () => void): () => void {
  const timer = setInterval(action, 1_000);
  timer.unref();
  return () => clearInterval(timer);
}

/** Files and pipes are detected without node:tty, which saves 1.5 MB. */
function isTerminal(fd: 1 | 2): boolean {
  try {
    if (!process.getBuiltinModule("node:fs").fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(fd);
}

/** Streams that have refused a write for the moment: the rest goes through the runtime's own queue, in order. */
const queued = new Set<1 | 2>();

/** Reasons for which nobody misses the text: its reader has gone away, or there never was one. */
const unread: readonly string[] = ["EPIPE", "EBADF", "EIO"];

/**
 * Writes immediately, and returns why that failed. `process.stdout` would add 9 MB to `version`, and the console hides
 * that a disk is full.
 */
function write(fd: 1 | 2, text: string): string | undefined {
  if (queued.has(fd)) return enqueue(fd, text);
  let rest = new TextEncoder().encode(text);
  try {
    const { writeSync } = process.getBuiltinModule("node:fs");
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    // A full pipe in non-blocking mode.
    if (error.code === "EAGAIN") return enqueue(fd, rest);
    return unread.includes(String(error.code)) ? undefined : (reasons[String(error.code)] ?? String(error.code));
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on device",
  EDQUOT: "disk quota exceeded",
  EFBIG: "file too large",
  EROFS: "read-only file system",
};

function enqueue(fd: 1 | 2, rest: string | Uint8Array): undefined {
  queued.add(fd);
  streamOf(fd).write(rest);
}

/** The maximum length of an answer that a person types: that of Go's line scanner. */
const longestLine = 64 * 1024;

/** Reads without blocking, so that a signal ends the wait. */
async function readLine(signal: AbortSignal): Promise<string | undefined> {
  const { stdin } = process;
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  let text = "";
  const onData = (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end >= 0) resolve(text.slice(0, end).replace(/\r$/, ""));
    else if (text.length >= longestLine) reject(unreadableInput("bufio.Scanner: token too long"));
  };
  const onEnd = () => resolve(text === "" ? undefined : text);
  try {
    listen(() => stdin.setEncoding("utf8").on("data", onData).once("end", onEnd).once("error", onEnd));
    return await abortable(promise, signal);
  } finally {
    stdin.off("data", onData).pause();
  }
}

/** The stream looks at its file when someone begins to listen. */
function listen(begin: () => unknown): void {
  try {
    begin();
  } catch (error) {
    const isDirectory = error instanceof Error && "code" in error && error.code === "EISDIR";
    throw isDirectory ? unreadableInput("read /dev/stdin: is a directory") : error;
  }
}

function unreadableInput(reason: string): KubeadmError {
  return new KubeadmError("FILE_OPERATION_FAILED", `couldn't read from standard input: ${reason}`, {
    remedy: "Connect standard input to a terminal, a file or a pipe.",
  });
}

async function readInput(maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { stdin } = process;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const onData = (chunk: Uint8Array) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) resolve(undefined);
  };
  const onEnd = () => resolve(Buffer.concat(chunks));
  try {
    listen(() => stdin.on("data", onData).once("end", onEnd).once("error", reject));
    return await abortable(promise, signal);
  } finally {
    stdin.off("data", onData).pause();
  }
}

function streamOf(fd: 1 | 2): NodeJS.WriteStream {
  return fd === 1 ? process.stdout : process.stderr;
}

/** Resolves when all output is written, what a full pipe did not accept included. */
export async function drained(): Promise<void> {
  await Promise.all([...queued].map((fd) => emptied(streamOf(fd))));
}

function emptied(stream: NodeJS.WriteStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.on("error", () => resolve());
  stream.write("", () => resolve());
  return promise;
}
