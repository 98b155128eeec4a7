import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { type ControlPlane, requester } from "../../../src/embedded/control-plane/index.ts";
import { entriesBelow } from "../../../src/embedded/entries-below.ts";
import {
  criSocketPath,
  type RunningKubelet,
  type ScratchRoot,
  scratchRoot,
  startContainerRuntime,
  startControlPlane,
  startKubelet,
} from "../../../src/embedded/index.ts";
import { freePort } from "../free-port.ts";
import { deleteNode, eventually } from "./cluster-actions.ts";
import { httpsIdentity, serveHttps } from "./https-server.ts";
import { programCopy } from "./program-copy.ts";
import type { Machine, Outcome, RunningKubeadm, RunSettings, Stage, StageCluster } from "./stage.ts";

/** "nobody": where root runs the tests, what is tested is still an ordinary user's. */
const unprivilegedUid = 65534;
const isRoot = process.getuid?.() === 0;
const uid = isRoot ? unprivilegedUid : (process.getuid?.() ?? 0);
const runLimitMs = 60_000;

/**
 * What only root, or a chroot that only root can make, would satisfy, and the port, which a kubelet of this machine may
 * hold; everything else is really checked.
 */
const ignoredChecks = [
  "Port-10250",
  "IsPrivilegedUser",
  "KubeletVersion",
  "SystemVerification",
  "FileExisting-losetup",
  "FileExisting-mount",
  "FileExisting-cp",
];

/** Of the cluster that upstream's join was recorded on. */
const recordedSettings = { cgroupDriver: "cgroupfs", failCgroupV1: false, failSwapOn: false };

export interface EmbeddedStage extends Stage, AsyncDisposable {
  readonly controlPlane: ControlPlane;
  addMachine(options?: { readonly hostname?: string }): Promise<EmbeddedMachine>;
}

export interface EmbeddedMachine extends Machine {
  /** The command line that runs the program on it. */
  argv(args: readonly string[]): readonly [string, ...string[]];
}

/** Whom programs of a machine run as, for node:child_process. */
export const programUser: { readonly uid?: number } = isRoot ? { uid } : {};

/** A control plane in this process, and machines that are directories with an embedded kubelet. Needs no privilege. */
export async function embeddedStage(): Promise<EmbeddedStage> {
  await using stack = new AsyncDisposableStack();
  const program = stack.use(programCopy()).path;
  const healthzPort = await freePort();
  const controlPlane = await startControlPlane({ kubeletConfiguration: { ...recordedSettings, healthzPort } });
  stack.defer(() => controlPlane.close());
  const admin = requester(
    controlPlane,
    await controlPlane.createClientCredential({
      commonName: "kubernetes-admin",
      organizations: ["kubeadm:cluster-admins"],
    }),
  );
  const cluster: StageCluster = {
    endpoint: controlPlane.endpoint,
    caPin: controlPlane.caPin,
    caCertificatePem: controlPlane.caCertificatePem,
    request: async (method, path, body) => {
      const { status, text } = await admin.send(method, path, body);
      if (status === 404) return undefined;
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
      return JSON.parse(text) as unknown;
    },
    clientCredential: (commonName, organization) =>
      controlPlane.createClientCredential({ commonName, organizations: [organization] }),
  };
  const kept = stack.move();
  let made = 0;
  return {
    kind: "embedded",
    controlPlane,
    cluster,
    addMachine: ({ hostname } = {}) => {
      made += 1;
      return addMachine({ hostname: hostname ?? `m${made}`, program, controlPlane, cluster });
    },
    serveText: async (text, path) => {
      const address = "127.0.0.1";
      const identity = await httpsIdentity(address);
      const { port, close } = await serveHttps(identity, { address, port: 0, path, text });
      const url = `https://${address}:${port}${path}`;
      return { url, caCertificatePem: identity.caCertificatePem, [Symbol.asyncDispose]: close };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface MachineRequest {
  readonly hostname: string;
  readonly program: string;
  readonly controlPlane: ControlPlane;
  readonly cluster: StageCluster;
}

async function addMachine({ hostname, program, controlPlane, cluster }: MachineRequest): Promise<EmbeddedMachine> {
  await using stack = new AsyncDisposableStack();
  const root = stack.use(scratchRoot({ hostname, uid }));
  stack.use(await startContainerRuntime(root.inside(criSocketPath)));
  chmodSync(root.inside(criSocketPath), 0o666);
  const boot = () => startKubelet({ root: root.path, hostname, readyDelayMs: 0, ...(isRoot ? { uid } : {}) });
  let kubelet: RunningKubelet = await boot();
  stack.defer(() => kubelet.stop());
  const nodes = new Set<string>();
  stack.defer(async () => {
    for (const name of nodes) await deleteNode(cluster, name);
  });
  const before = controlPlane.requests.all.length;
  const kept = stack.move();
  return {
    hostname,
    nameArguments: ["--node-name", hostname],
    checkArguments: ["--ignore-preflight-errors", ignoredChecks.join(",")],
    argv: (args) => [program, "--rootfs", root.path, ...args],
    start: (args, settings) => run([program, "--rootfs", root.path, ...args], settings),
    write: async (path, content, mode = 0o644) => writeInside(root, path, { content, mode }),
    read: async (path) => readFileSync(root.inside(path), "utf8"),
    exists: (path) => existsSync(root.inside(path)),
    tree: async (...directories) => directories.flatMap((directory) => treeLines(root, directory)),
    requests: async () =>
      controlPlane.requests.all.slice(before).map(({ verb, path, code, user, userAgent }) => {
        return { verb, path, code, user, userAgent };
      }),
    becomesNode: async (name) => {
      nodes.add(name);
      await eventually(`node ${name} to be Ready; its kubelet said ${kubelet.output()}`, async () => {
        const node = await cluster.request("GET", `/api/v1/nodes/${name}`);
        return isReady(node);
      });
    },
    leave: async (name) => {
      await kubelet.stop();
      for (const directory of ["/etc/kubernetes", "/var/lib/kubelet"]) {
        for (const entry of entriesBelow(root.inside(directory))) rmSync(entry, { recursive: true, force: true });
      }
      await deleteNode(cluster, name);
      kubelet = await boot();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function isReady(node: unknown): boolean {
  const { status } = (node ?? {}) as { status?: { conditions?: readonly { type: string; status: string }[] } };
  return status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
}

function run([program, ...args]: readonly [string, ...string[]], settings: RunSettings = {}): RunningKubeadm {
  const child = spawn(program, args, {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...settings.environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runLimitMs,
    ...(isRoot ? { uid, gid: uid } : {}),
  });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => (said[stream] += chunk));
  }
  const ended = new Promise<Outcome>((resolveEnd, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolveEnd({ status: code ?? -1, ...said }));
  });
  return { ended, output: () => said.stdout + said.stderr };
}

function writeInside(root: ScratchRoot, path: string, file: { content: string; mode: number }): void {
  const missing: string[] = [];
  for (let at = dirname(root.inside(path)); !existsSync(at); at = dirname(at)) missing.push(at);
  mkdirSync(dirname(root.inside(path)), { recursive: true });
  writeFileSync(root.inside(path), file.content, { mode: file.mode });
  for (const made of [...missing, root.inside(path)]) if (isRoot) lchownSync(made, uid, uid);
}

function treeLines(root: ScratchRoot, directory: string): readonly string[] {
  if (!existsSync(root.inside(directory))) return [];
  return entriesBelow(root.inside(directory)).map((entry) => {
    const status = lstatSync(entry);
    const what = status.isSymbolicLink()
      ? `-> ${readlinkSync(entry)}`
      : status.isFile()
        ? createHash("sha256").update(readFileSync(entry)).digest("hex")
        : "";
    return `${(status.mode & 0o7777).toString(8)} ${entry.slice(root.path.length)} ${what}`;
  });
}
