import { spawn } from "node:child_process";
import { parse } from "yaml";
import { type ClusterMachine, type EmbeddedCluster, embeddedCluster } from "../../src/embedded/index.ts";
import { carriedEndpoint } from "../../src/embedded/network/loopback-network.ts";
import { Secret } from "../../src/errors/secret.ts";
import { kubeadm, startKubeadm } from "../support/control-plane/kubeadm.ts";
import { becomesReady, certificateKey, initArguments, succeeded, writeInside } from "../support/control-plane/stage.ts";
import { httpsIdentity, serveHttps } from "../support/join/https-server.ts";
import type { Outcome, RunningKubeadm } from "../support/join/stage.ts";
import { kubectl } from "./kubectl.ts";
import type { WalkMachine, WalkWorld } from "./walk-world.ts";

/** The page's pipeline reads RSA keys only. */
const recorded = { cluster: { encryptionAlgorithm: "RSA-2048" } };

/** An address of the machines' network that no machine has. */
const webServer = "192.0.2.99";

/** Machines without root: `kubeadm` is this program, `kubectl` a small one of the tests, all else a real shell. */
export async function embeddedWorld(): Promise<WalkWorld & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await embeddedCluster());
  const machines = new Map<string, ClusterMachine>();
  const served: AsyncDisposable[] = [];
  stack.defer(async () => {
    for (const each of served) await each[Symbol.asyncDispose]();
  });
  const machineOf = async (name: string) => {
    const machine = machines.get(name) ?? (await cluster.machine(name));
    machines.set(name, machine);
    return machine;
  };
  const request: WalkWorld["request"] = async (method, path, body) => {
    const answer = await administratorsRequest(await machineOf("cp1"), { method, path, body });
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    return JSON.parse(answer.text) as unknown;
  };
  const kept = stack.move();
  return {
    makeCluster: async (name) => {
      const machine = await machineOf(name);
      const outcome = await kubeadm(machine, ["init", ...initArguments(cluster, machine, recorded), "--upload-certs"]);
      succeeded(outcome, machine);
      return {
        endpoint: cluster.endpoint,
        certificateKey,
        caPin: /--discovery-token-ca-cert-hash (sha256:[0-9a-f]{64})/.exec(outcome.stdout)?.[1] ?? "",
      };
    },
    machine: async (name) => walkMachine(await machineOf(name), { cluster, request }),
    request,
    serveText: async (text, path) => {
      const { place } = await machineOf("cp1");
      const identity = await httpsIdentity(webServer);
      const { host: address, port: anyPort } = carriedEndpoint(place, { host: webServer, port: 0 });
      const { port, close } = await serveHttps(identity, { address, port: anyPort, path, text });
      const server = {
        url: `https://${webServer}:${port}${path}`,
        caCertificatePem: identity.caCertificatePem,
        [Symbol.asyncDispose]: close,
      };
      served.push(server);
      return server;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface Surroundings extends Pick<WalkWorld, "request"> {
  readonly cluster: EmbeddedCluster;
}

function walkMachine(machine: ClusterMachine, { cluster, request }: Surroundings): WalkMachine {
  return {
    hostname: machine.hostname,
    address: machine.address,
    type: (commandLine) => type(machine, commandLine, { request }),
    read: async (path) => machine.read(path),
    write: async (path, content, mode) => writeInside(machine, path, content, mode),
    becomesNode: async (nodeName) => void (await becomesReady(cluster, nodeName)),
    leave: async (nodeName) => {
      succeeded(await kubeadm(machine, ["reset", "--force"]), machine);
      await request("DELETE", `/api/v1/nodes/${nodeName}`);
    },
  };
}

const home = "/root";

function type(machine: ClusterMachine, commandLine: string, { request }: Pick<WalkWorld, "request">): RunningKubeadm {
  const [, program = "", rest = "", teed, written] =
    /^(kubeadm|kubectl) (.*?)(?: \| tee (\S+)| > (\S+))?$/.exec(commandLine) ?? [];
  const keep = (outcome: Outcome): Outcome => {
    const file = teed ?? written;
    if (file !== undefined) writeInside(machine, file.startsWith("/") ? file : `${home}/${file}`, outcome.stdout);
    return written === undefined ? outcome : { ...outcome, stdout: "" };
  };
  if (program === "kubeadm") {
    const running = startKubeadm(machine, words(rest));
    return { ...running, ended: running.ended.then(keep) };
  }
  const ended = program === "kubectl" ? kubectl(words(rest), { request }).then(keep) : inShell(machine, commandLine);
  return { output: () => "", ended };
}

/** Quotes keep blanks together. */
function words(text: string): readonly string[] {
  const found = text.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  return found.map((word) => word.replaceAll("'", ""));
}

/** A real shell, for which the machine's files are those below its root. */
async function inShell({ root }: ClusterMachine, commandLine: string): Promise<Outcome> {
  const text = commandLine.replaceAll("/etc/kubernetes/", root.inside("/etc/kubernetes/"));
  const child = spawn("bash", ["-c", text], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => (said[stream] += chunk));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ status: code ?? -1, ...said }));
  });
}

interface AdministratorsRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body: unknown;
}

/** With the credentials of the machine's admin.conf. */
async function administratorsRequest(machine: ClusterMachine, { method, path, body }: AdministratorsRequest) {
  const { clusters, users } = parse(machine.read("/etc/kubernetes/admin.conf")) as AdminKubeconfig;
  const [{ cluster } = { cluster: {} }, { user } = { user: {} }] = [clusters[0], users[0]];
  const connection = machine.ports.connectTransport({
    certificateAuthority: decoded(cluster["certificate-authority-data"]),
    clientCertificate: decoded(user["client-certificate-data"]),
    clientKey: new Secret(decoded(user["client-key-data"])),
  });
  try {
    const response = await connection.send(
      {
        method,
        url: `${cluster["server"]}${path}`,
        headers: { accept: "application/json", "content-type": "application/json" },
        timeoutMs: 10_000,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      AbortSignal.timeout(10_000),
    );
    return { status: response.status, text: await response.text() };
  } finally {
    connection.close();
  }
}

interface AdminKubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

function decoded(base64 = ""): string {
  return Buffer.from(base64, "base64").toString();
}
