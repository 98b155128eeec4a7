// A machine that is to join, and its own cluster for it: whatever a test does to either harms no other test.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { ControlPlane, ControlPlaneOptions } from "../../src/embedded/control-plane/index.ts";
import { entriesBelow } from "../../src/embedded/entries-below.ts";
import {
  type ContainerRuntimeScript,
  criSocketPath,
  type KubeletOptions,
  type RunningKubelet,
  type ScratchRoot,
  scratchRoot,
  startContainerRuntime,
  startControlPlane,
  startKubelet,
} from "../../src/embedded/index.ts";
import { freePort } from "../support/free-port.ts";
import { watchSlowness } from "../support/slowness.ts";

/** "nobody": where root runs the tests, what is tested is still an ordinary user's. */
const unprivilegedUid = 65534;
const isRoot = process.getuid?.() === 0;
const uid = isRoot ? unprivilegedUid : (process.getuid?.() ?? 0);
export const nodeName = "w1";
const runLimitMs = 120_000;

/**
 * What only root, or a chroot that only root can make, would satisfy; everything else is really checked. The port is tried
 * by listening on it, which joins that run at the same time on one machine keep each other from.
 */
const ignoredChecks = [
  "IsPrivilegedUser",
  "KubeletVersion",
  "SystemVerification",
  "FileExisting-losetup",
  "FileExisting-mount",
  "FileExisting-cp",
  "Port-10250",
];

export interface WorldOptions {
  readonly controlPlane?: ControlPlaneOptions;
  /** How its kubelet is to differ from one that works; false where there is none. */
  readonly kubelet?: Partial<KubeletOptions> | false;
  readonly runtime?: ContainerRuntimeScript;
}

export interface World extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  /** Of the cluster, and known to it. */
  readonly token: string;
  readonly root: ScratchRoot;
  readonly kubelet: RunningKubelet | undefined;
  write(path: string, content: string | Buffer, mode?: number): void;
  /** Disposed of with the world. */
  keep(resource: AsyncDisposable): void;
}

export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const { kubelet = false } = options;
  const kubeletConfiguration = { healthzPort: await freePort() };
  const controlPlane = await startControlPlane({
    encryptionAlgorithm: "ECDSA-P256",
    kubeletConfiguration,
    ...options.controlPlane,
  });
  stack.defer(() => controlPlane.close());
  const root = stack.use(scratchRoot({ hostname: nodeName, uid }));
  stack.use(await startContainerRuntime(root.inside(criSocketPath), options.runtime));
  chmodSync(root.inside(criSocketPath), 0o666);
  const running =
    kubelet === false
      ? undefined
      : stack.use(
          await startKubelet({
            root: root.path,
            hostname: nodeName,
            readyDelayMs: 0,
            ...(isRoot ? { uid } : {}),
            ...kubelet,
          }),
        );
  const token = await controlPlane.createToken();
  const kept = stack.move();
  return {
    controlPlane,
    token,
    root,
    kubelet: running,
    write: (path, content, mode = 0o600) => writeInside(root, path, { content, mode }),
    keep: (resource) => void kept.use(resource),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function writeInside(root: ScratchRoot, path: string, file: { content: string | Buffer; mode: number }): void {
  const missing: string[] = [];
  for (let at = dirname(root.inside(path)); !existsSync(at); at = dirname(at)) missing.push(at);
  mkdirSync(dirname(root.inside(path)), { recursive: true });
  writeFileSync(root.inside(path), file.content);
  chmodSync(root.inside(path), file.mode);
  for (const made of [...missing, root.inside(path)]) if (isRoot) lchownSync(made, uid, uid);
}

export interface Said {
  readonly stream: "stdout" | "stderr";
  readonly atMs: number;
  readonly text: string;
}

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  /** How many times as long as on a quiet machine it has taken. */
  readonly slowness: number;
  /** What was said when, in the order of its arrival. */
  readonly said: readonly Said[];
}

export interface RunningKubeadm {
  readonly process: ChildProcess;
  readonly ended: Promise<Outcome>;
  output(): string;
}

export interface StartOptions {
  readonly program: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Also insist on what an ordinary user cannot satisfy. */
  readonly checksEverything?: boolean;
  /** The arguments say which root to work on; the world's otherwise. */
  readonly keepsRoot?: boolean;
}

/** The program at work on the world's machine. */
export function startKubeadm(world: World, args: readonly string[], options: StartOptions): RunningKubeadm {
  const { program, environment = {}, checksEverything = false, keepsRoot = false } = options;
  const checks = checksEverything || args[0] !== "join" ? [] : ["--ignore-preflight-errors", ignoredChecks.join(",")];
  const started = performance.now();
  const watch = watchSlowness();
  const root = keepsRoot ? [] : ["--rootfs", world.root.path];
  const child = spawn(program, [...args, ...checks, ...root], {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runLimitMs,
    killSignal: "SIGKILL",
    ...(isRoot ? { uid, gid: uid } : {}),
  });
  const said: Said[] = [];
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      said.push({ stream, atMs: performance.now() - started, text });
    });
  }
  const textOf = (stream: Said["stream"]) => {
    return said.flatMap((part) => (part.stream === stream ? [part.text] : [])).join("");
  };
  const ended = new Promise<Outcome>((resolve, reject) => {
    let durationMs = 0;
    child.once("error", reject);
    child.once("exit", () => {
      durationMs = performance.now() - started;
    });
    child.once("close", (status) => {
      const [stdout, stderr] = [textOf("stdout"), textOf("stderr")];
      resolve({ status: status ?? -1, stdout, stderr, durationMs, slowness: watch.factor(), said });
      watch[Symbol.dispose]();
    });
  });
  return { process: child, ended, output: () => said.map(({ text }) => text).join("") };
}

/** Everything on the machine, one line each: mode, path, and for files a digest of what is in them. */
export function machineTree(root: ScratchRoot): readonly string[] {
  return entriesBelow(root.path).map((entry) => {
    const status = lstatSync(entry);
    const what = status.isSymbolicLink()
      ? `-> ${readlinkSync(entry)}`
      : status.isFile()
        ? createHash("sha256").update(readFileSync(entry)).digest("hex").slice(0, 12)
        : "";
    return `${(status.mode & 0o7777).toString(8)} ${entry.slice(root.path.length)} ${what}`;
  });
}

export interface JoinTimeouts {
  readonly discovery?: string;
  readonly kubernetesAPICall?: string;
  readonly kubeletHealthCheck?: string;
  readonly tlsBootstrap?: string;
}

/** For a join that has to succeed, on a busy machine too. */
export const patient: JoinTimeouts = {
  discovery: "60s",
  kubernetesAPICall: "60s",
  kubeletHealthCheck: "60s",
  tlsBootstrap: "60s",
};

export interface JoinSettings {
  readonly endpoint?: string;
  readonly token?: string;
  readonly pins?: readonly string[];
  /** Text of a kubeconfig to discover with, instead of the token. */
  readonly discoveryFile?: string;
  /** Bootstraps with the credentials of that kubeconfig too. */
  readonly isFileAlone?: boolean;
  readonly timeouts?: JoinTimeouts;
  readonly controlPlane?: unknown;
}

/** A kubeconfig with the world's token that leads to a server behind a proxy, and verifies it as the world's. */
export function discoveryFileWithProxy(world: World, server: string, proxy: string): string {
  const { caCertificatePem, endpoint } = world.controlPlane;
  const cluster = {
    server: `https://${server}`,
    "proxy-url": `http://${proxy}`,
    "tls-server-name": endpoint.replace(/:\d+$/, ""),
    "certificate-authority-data": Buffer.from(caCertificatePem).toString("base64"),
  };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: { token: world.token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

const configurationPath = "/etc/join.yaml";
const discoveryFilePath = "/etc/discovery.conf";

/** Writes a configuration and gives the arguments that join with it; what is not said fits the world. */
export function joinArguments(world: World, settings: JoinSettings = {}): readonly string[] {
  const { endpoint, token = world.token, pins, discoveryFile, isFileAlone = false, timeouts = {} } = settings;
  const bootstrapToken = {
    apiServerEndpoint: endpoint ?? world.controlPlane.endpoint,
    token,
    caCertHashes: pins ?? [world.controlPlane.caPin],
  };
  if (discoveryFile !== undefined) world.write(discoveryFilePath, discoveryFile);
  const discovery =
    discoveryFile === undefined
      ? { bootstrapToken }
      : { file: { kubeConfigPath: discoveryFilePath }, ...(isFileAlone ? {} : { tlsBootstrapToken: token }) };
  const configuration = {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "JoinConfiguration",
    discovery,
    nodeRegistration: { name: nodeName },
    // A case gives the step that it lets fail a shorter time: on a busy machine another one would fail before.
    timeouts: { discovery: "30s", kubernetesAPICall: "30s", kubeletHealthCheck: "4s", tlsBootstrap: "4s", ...timeouts },
  };
  world.write(configurationPath, `${JSON.stringify(configuration, undefined, 2)}\n`);
  return ["join", "--config", configurationPath];
}
