import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { gatewayAddress, planAddresses } from "../../../lab/addresses.ts";
import { CONFIG_FILE, cgroupVersion, UPSTREAM } from "../../../lab/cluster.ts";
import { ignoredChecks } from "../../../lab/cluster-config.ts";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost, TreeEntry } from "../../../lab/lab-host.ts";
import { deleteNode, eventually, type Fields } from "./cluster-actions.ts";
import { httpsIdentity } from "./https-server.ts";
import { programCopy } from "./program-copy.ts";
import type { Machine, RunningKubeadm, RunSettings, ServedText, Stage, StageCluster } from "./stage.ts";

const joinLimitMs = 240_000;

export interface LabStage extends Stage, AsyncDisposable {
  readonly lab: Lab;
  addMachine(options?: { readonly hostname?: string }): Promise<LabMachine>;
}

export interface LabMachine extends Machine {
  readonly host: LabHost;
}

/** A cluster created by upstream's program, and hosts with a real kubelet. */
export async function labStage(name: string): Promise<LabStage> {
  await using stack = new AsyncDisposableStack();
  const program = stack.use(programCopy()).path;
  const lab = stack.use(await Lab.open({ name, say: (text) => void process.stderr.write(`${text}\n`) }));
  await lab.initCluster();
  const cluster = labCluster(lab);
  const pauseImage = await findPauseImage(lab);
  const kept = stack.move();
  let made = 0;
  return {
    kind: "lab",
    lab,
    cluster,
    addMachine: async ({ hostname } = {}) => {
      made += 1;
      return addMachine(hostname ?? `m${made}`, { lab, cluster, program, pauseImage });
    },
    serveText: (text, path) => serveText(lab, text, path),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const verbs = { GET: "get", POST: "create", PUT: "replace", DELETE: "delete" } as const;

function labCluster(lab: Lab): StageCluster {
  const { endpoint, caCertHash, controlPlane } = lab.cluster;
  const host = lab.host(controlPlane);
  const request: StageCluster["request"] = async (method, path, body) => {
    const input = body === undefined ? [] : ["--filename", "-"];
    const result = await lab.kubectl([verbs[method], "--raw", path, ...input], { input: JSON.stringify(body ?? "") });
    if (result.exitCode !== 0 && result.stderr.includes("(NotFound)")) return undefined;
    if (result.exitCode !== 0) throw new Error(`${method} ${path}: ${result.stderr}`);
    return JSON.parse(result.stdout) as unknown;
  };
  return {
    endpoint,
    caPin: caCertHash,
    get caCertificatePem() {
      return certificateAuthority(lab);
    },
    request,
    clientCredential: async (commonName, organization) => {
      // Without the cluster's configuration upstream's program asks the Internet for a version, for up to 10 s.
      const args = ["--config", CONFIG_FILE, "--client-name", commonName, "--org", organization];
      const { users } = parse(await host.mustRun([UPSTREAM, "kubeconfig", "user", ...args])) as KubeconfigUsers;
      const user = users[0]?.user ?? {};
      return {
        certificatePem: decoded(user["client-certificate-data"]),
        privateKeyPem: decoded(user["client-key-data"]),
      };
    },
  };
}

interface KubeconfigUsers {
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

function decoded(base64 = ""): string {
  return Buffer.from(base64, "base64").toString();
}

interface MachineSurroundings {
  readonly lab: Lab;
  readonly cluster: StageCluster;
  readonly program: string;
  readonly pauseImage: string;
}

async function addMachine(hostname: string, surroundings: MachineSurroundings): Promise<LabMachine> {
  const { lab, cluster, program, pauseImage } = surroundings;
  const madeAt = Date.now();
  const host = await lab.addHost(hostname, { kubeadm: program });
  const nodes = new Set<string>();
  const ignored = ignoredChecks(cgroupVersion());
  const leave = async (name: string) => {
    await host.mustRun([UPSTREAM, "reset", "--force"], { timeoutMs: joinLimitMs });
    expect(host.exists("/etc/kubernetes/kubelet.conf")).toBe(false);
    await deleteNode(cluster, name);
    nodes.delete(name);
  };
  return {
    host,
    hostname,
    nameArguments: [],
    checkArguments: ignored.length === 0 ? [] : ["--ignore-preflight-errors", ignored.join(",")],
    start: (args, settings) => run(host, args, settings),
    write: (path, content, mode = 0o644) => host.writeFile(path, content, mode),
    read: async (path) => (await host.readFile(path)).toString("utf8"),
    exists: (path) => host.exists(path),
    tree: async (...directories) => {
      const entries = await host.readTree(directories);
      return entries.filter(({ path }) => !directories.includes(path)).map(treeLine);
    },
    requests: async () => {
      const rows = await lab.auditLog();
      return rows
        .filter(({ sourceAddresses, receivedMs }) => receivedMs >= madeAt && sourceAddresses.includes(host.address))
        .map(({ verb, uri, code, user, userAgent }) => ({ verb, path: uri, code, user, userAgent }));
    },
    becomesNode: async (name) => {
      nodes.add(name);
      await lab.waitForNode(name);
      await runsPod(cluster, name, pauseImage);
    },
    leave,
    [Symbol.asyncDispose]: async () => {
      for (const name of nodes) await leave(name);
      await lab.removeHost(hostname);
    },
  };
}

function run(host: LabHost, args: readonly string[], settings: RunSettings = {}): RunningKubeadm {
  let output = "";
  const result = host.run(["kubeadm", ...args], {
    timeoutMs: joinLimitMs,
    env: { ...settings.environment },
    onOutput: (_stream, chunk) => {
      output += chunk.toString("utf8");
    },
  });
  return {
    output: () => output,
    ended: result.then(({ exitCode, stdout, stderr }) => ({ status: exitCode, stdout, stderr })),
  };
}

function treeLine({ mode, path, type, target, sha256 }: TreeEntry): string {
  const what = type === "link" ? `-> ${target}` : (sha256 ?? "");
  return `${mode.toString(8)} ${path} ${what}`;
}

/** The kubelet of the Node really starts containers. The image is in every host's store. */
async function runsPod(cluster: StageCluster, nodeName: string, image: string): Promise<void> {
  const pods = "/api/v1/namespaces/default/pods";
  const name = `on-${nodeName}`;
  await cluster.request("POST", pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      nodeName,
      tolerations: [{ operator: "Exists" }],
      automountServiceAccountToken: false,
      containers: [{ name: "pause", image, imagePullPolicy: "Never" }],
    },
  });
  await eventually(`pod ${name} to run`, async () => {
    const { status } = (await cluster.request("GET", `${pods}/${name}`)) as { status: Fields };
    return status["phase"] === "Running";
  });
  await cluster.request("DELETE", `${pods}/${name}?gracePeriodSeconds=0`);
}

/** By the name that upstream's program has for it. */
async function findPauseImage(lab: Lab): Promise<string> {
  const version = ["--kubernetes-version", lab.state.kubernetes];
  const list = await lab.host(lab.cluster.controlPlane).mustRun([UPSTREAM, "config", "images", "list", ...version]);
  const image = list.split("\n").find((line) => line.includes("/pause:"));
  if (image === undefined) throw new Error(`upstream names no pause image:\n${list}`);
  return image;
}

function certificateAuthority(lab: Lab): string {
  const host = lab.host(lab.cluster.controlPlane);
  return readFileSync(host.path("/etc/kubernetes/pki/ca.crt"), "utf8");
}

/** Served from the bridge, every host's neighbor, by a process in its network. */
export async function serveText(lab: Lab, text: string, path: string): Promise<ServedText> {
  const address = gatewayAddress(planAddresses(lab.state.subnet));
  const identity = await httpsIdentity(address);
  const script = resolve(import.meta.dirname, "https-server.ts");
  const enter = `--net=${lab.networkNamespace}`;
  const child = spawn("nsenter", [enter, process.execPath, script], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  child.stdin.end(JSON.stringify({ identity, page: { address, port: 0, path, text } }));
  const [port] = await Promise.race([
    once(child.stdout.setEncoding("utf8"), "data"),
    exited.then((): never => {
      throw new Error("the HTTPS server ended");
    }),
  ]);
  return {
    url: `https://${address}:${String(port).trim()}${path}`,
    caCertificatePem: identity.caCertificatePem,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
