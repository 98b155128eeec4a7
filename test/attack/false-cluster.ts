// A cluster that is not the one meant: what an attacker on the path of a join puts up.
import { spawn } from "node:child_process";
import { chownSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { entriesBelow } from "../../src/embedded/entries-below.ts";
import { scratchRoot } from "../../src/embedded/index.ts";
import { Secret } from "../../src/errors/secret.ts";
import { parseBootstrapToken } from "../../src/kubeadm/config/fields/bootstrap-token.ts";
import { signatureKeyPrefix, signClusterInfo } from "../../src/kubeadm/discovery/cluster-info-signature.ts";
import { publicKeyPin } from "../../src/pki/certificate.ts";
import { generateKeys, type KeyPair, privateKeyPem } from "../../src/pki/keys.ts";
import { type CertificateAuthority, type ExtendedKeyUsage, issueCertificate } from "../../src/pki/x509.ts";
import { testAuthority } from "../fixtures/pki/authority.ts";

export const stolenToken = "abcdef.0123456789abcdef";
const address = "127.0.0.1";
const runLimitMs = 50_000;
const isRoot = process.getuid?.() === 0;
/** "nobody": where root runs the tests, what is attacked is still an ordinary user's. */
const uid = isRoot ? 65534 : (process.getuid?.() ?? 0);

export interface TlsIdentity {
  /** PEM chain, leaf first. */
  readonly certificate: string;
  readonly key: string;
}

export interface LeafSettings {
  readonly names?: readonly string[];
  readonly usages?: readonly ExtendedKeyUsage[];
  readonly keys?: KeyPair;
}

/** A certificate of a server at the loopback address, unless other names are given. */
export async function serverIdentity(ca: CertificateAuthority, settings: LeafSettings = {}): Promise<TlsIdentity> {
  const { names, usages = ["server auth"], keys = await generateKeys("ECDSA-P256") } = settings;
  const certificate = await issueCertificate({
    ca,
    subject: { commonName: "kube-apiserver" },
    publicKey: keys.publicKey,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    keyUsages: ["digital signature"],
    extendedKeyUsages: usages,
    ...(names === undefined ? { ipAddresses: [address] } : { dnsNames: names }),
  });
  return { certificate, key: privateKeyPem(keys.privateKey) };
}

/** The cluster that is meant, and the attacker's. */
export interface Authorities {
  readonly real: CertificateAuthority;
  readonly evil: CertificateAuthority;
}

export async function twoAuthorities(): Promise<Authorities> {
  const [real, evil] = await Promise.all([testAuthority(), testAuthority()]);
  return { real, evil };
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly clientCertificate: string | undefined;
}

export interface FalseServer extends AsyncDisposable {
  /** host:port */
  readonly endpoint: string;
  readonly asked: readonly Asked[];
  /** TCP connections, whatever came of them. */
  connections(): number;
}

/** Speaks HTTPS under the identity; the connections from `passesFrom` on go through to another server. */
export async function falseServer(
  identity: TlsIdentity,
  answer: (path: string) => Answer,
  pass?: { readonly from: number; readonly to: string },
): Promise<FalseServer> {
  const asked: Asked[] = [];
  const options: ServerOptions = {
    cert: identity.certificate,
    key: identity.key,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const https = createServer(options, (request, response) => {
    const path = request.url ?? "";
    const socket = request.socket as unknown as { getPeerX509Certificate?(): { subject: string } | undefined };
    const { authorization } = request.headers;
    asked.push({ path, authorization, clientCertificate: socket.getPeerX509Certificate?.()?.subject });
    const { status = 200, headers = {}, body } = answer(path);
    response.writeHead(status, { "content-type": "application/json", connection: "close", ...headers }).end(body);
  });
  https.on("tlsClientError", () => undefined);
  const open = new Set<Socket>();
  let connections = 0;
  const front = createTcpServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
    connections += 1;
    if (pass === undefined || connections < pass.from) return void https.emit("connection", socket);
    const [host = "", port = ""] = pass.to.split(":");
    const through = connect(Number(port), host).on("error", () => socket.destroy());
    socket.pipe(through).pipe(socket);
  });
  await new Promise<void>((listening) => front.listen(0, address, listening));
  return {
    endpoint: `${address}:${(front.address() as AddressInfo).port}`,
    asked,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => front.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** cluster-info as an API server gives it, signed for the stolen token unless another signature is given. */
export function clusterInfoAnswer(kubeconfig: string, signature?: string): Answer {
  const token = parseBootstrapToken(new Secret(stolenToken));
  const data = { kubeconfig, [signatureKeyPrefix + token.id]: signature ?? signClusterInfo(kubeconfig, token) };
  const metadata = { name: "cluster-info", namespace: "kube-public" };
  return { body: JSON.stringify({ kind: "ConfigMap", apiVersion: "v1", metadata, data }) };
}

/** What a cluster that plays along answers: cluster-info, and objects of its own to anyone who shows a token. */
export function falseCluster(clusterInfo: Answer): (path: string) => Answer {
  return (path) => {
    if (path.includes("/configmaps/cluster-info")) return clusterInfo;
    const status = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "Forbidden",
      message: "no",
      code: 403,
    };
    return { status: 403, body: JSON.stringify(status) };
  };
}

export const pinOf = ({ certificate }: CertificateAuthority): string => publicKeyPin(certificate);

export interface Ran {
  readonly status: number;
  readonly output: string;
  /** Paths of all files that are new on the machine afterwards, with their contents. */
  readonly files: readonly (readonly [string, string])[];
}

export interface RunSettings {
  readonly environment?: Readonly<Record<string, string>>;
  /** Flags besides. */
  readonly flags?: readonly string[];
  /** On this very machine, without what a cluster may have left on it, instead of one of its own; the files are elsewhere then. */
  readonly isHere?: boolean;
  /** Files that are on the machine before. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The program at work on its own machine, as an ordinary user. */
export async function runOnMachine(program: string, args: readonly string[], settings: RunSettings = {}): Promise<Ran> {
  using root = scratchRoot({ hostname: "w1", uid });
  for (const [path, content] of Object.entries(settings.files ?? {})) {
    writeFileSync(root.inside(path), content);
    if (isRoot) chownSync(root.inside(path), uid, uid);
  }
  const { isHere = false, environment = {} } = settings;
  const placed = (text: string) => (isHere && settings.files?.[text] !== undefined ? root.inside(text) : text);
  const words = [program, ...(isHere ? [] : ["--rootfs", root.path]), ...args.map(placed)];
  const [first, ...others] = isHere ? withoutCluster(words) : words;
  if (first === undefined) throw new Error("no program");
  const child = spawn(first, others, {
    cwd: "/",
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, placed(value)])),
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runLimitMs,
    killSignal: "SIGKILL",
    ...(isRoot && !isHere ? { uid, gid: uid } : {}),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const status = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve(code ?? -1));
  });
  const given = new Set(Object.keys(settings.files ?? {}).map((path) => root.inside(path)));
  const files = entriesBelow(root.path)
    .filter((path) => !given.has(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => [path.slice(root.path.length), readFileSync(path, "latin1")] as const);
  return { status, output, files };
}

/** What kubeadm and the kubelet leave on a machine. */
const ofCluster = ["/etc/kubernetes", "/var/lib/kubeadm", "/var/lib/kubelet"];

/** The command on this machine as it would be without a cluster, still as an ordinary user. */
function withoutCluster(words: readonly string[]): readonly string[] {
  const present = ofCluster.filter((directory) => existsSync(directory));
  if (!isRoot && present.length === 0) return words;
  const hide = present.map((directory) => `mount -t tmpfs -o mode=0755 none ${directory} && `).join("");
  const drop = isRoot ? `setpriv --reuid ${uid} --regid ${uid} --clear-groups ` : "";
  const namespaces = ["--mount", ...(isRoot ? [] : ["--user", "--map-root-user"])];
  return ["unshare", ...namespaces, "sh", "-c", `${hide}exec ${drop}"$@"`, "sh", ...words];
}

/** A join that leaves out the checks of the machine: discovery comes first then. */
export async function joinOnMachine(program: string, discovery: object, settings: RunSettings = {}): Promise<Ran> {
  const configuration = {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "JoinConfiguration",
    discovery,
    nodeRegistration: { name: "w1", criSocket: "unix:///run/containerd.sock" },
    // Long enough to be led on to a second connection on a busy machine.
    timeouts: { discovery: "5s", kubernetesAPICall: "5s", kubeletHealthCheck: "5s", tlsBootstrap: "5s" },
  };
  const files = { "/etc/join.yaml": JSON.stringify(configuration), ...settings.files };
  return runOnMachine(
    program,
    ["join", "--config", "/etc/join.yaml", "--skip-phases", "preflight", ...(settings.flags ?? [])],
    {
      ...settings,
      files,
    },
  );
}

/** What the attacker has of the machine: its trust, its token, or its join. */
export function spoilsOf(ran: Ran, server: FalseServer, { evil }: Authorities): string | undefined {
  const sent = server.asked.find(({ authorization }) => authorization !== undefined);
  if (sent !== undefined) return `the machine sent its token: ${sent.path}`;
  const lines = evil.certificatePem.split("\n").slice(1, 4);
  const data = Buffer.from(evil.certificatePem).toString("base64").slice(60, 200);
  const trusting = ran.files.find(([, text]) => [...lines, data].some((part) => text.includes(part)));
  if (trusting !== undefined) return `${trusting[0]} trusts the attacker's CA`;
  return ran.status === 0 ? "the machine has joined" : undefined;
}
