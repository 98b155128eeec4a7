import type { FaultAction } from "../../src/embedded/control-plane/index.ts";
import { freePort } from "../support/free-port.ts";
import type { FaultCase } from "./fault-case.ts";
import { blackHole, hangingUp, type MetServer, mute, plainHttp, website } from "./servers.ts";
import { joinArguments as argumentsOf, discoveryFileWithProxy, type JoinSettings, type World } from "./world.ts";

/** Discovery is what fails: it is given up after seconds. */
const joinArguments = (world: World, { timeouts, ...settings }: JoinSettings = {}) =>
  argumentsOf(world, { ...settings, timeouts: { discovery: "3s", ...timeouts } });

const clusterInfo = { resource: "configmaps", name: "cluster-info" } as const;

/** A join with the server in the API server's place. */
const meeting = (make: () => Promise<MetServer>, settings: JoinSettings = {}) => ({
  arguments: async (world: World) => {
    const server = await make();
    world.keep(server);
    return joinArguments(world, { endpoint: server.endpoint, ...settings });
  },
});

/** Every read of cluster-info goes wrong like this. */
const answering = (action: FaultAction, settings: JoinSettings = {}) => ({
  arguments: (world: World) => {
    world.controlPlane.faults.add({ match: clusterInfo, action });
    return joinArguments(world, settings);
  },
});

const html = "<html><body>It works!</body></html>";

const connections: readonly FaultCase[] = [
  {
    name: "nobody listens",
    arguments: async (world) => joinArguments(world, { endpoint: `127.0.0.1:${await freePort()}` }),
    code: "DISCOVERY_UNREACHABLE",
    error: ["connection refused"],
    remedy: ["Nothing listens on 127.0.0.1:"],
    atLeastMs: 2_900,
    waitsFor: "connection refused",
    withinMs: 6_000,
  },
  {
    name: "a proxy that is dead",
    arguments: (world) => joinArguments(world, { endpoint: "192.0.2.10:6443" }),
    environment: { HTTPS_PROXY: "http://127.0.0.1:1" },
    code: "DISCOVERY_UNREACHABLE",
    error: ["proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused"],
    remedy: ["the proxy in HTTPS_PROXY", "NO_PROXY=192.0.2.10,"],
    waitsFor: "proxyconnect tcp",
    withinMs: 6_000,
  },
  {
    name: "a proxy of the discovery file that never says a word",
    arguments: async (world) => {
      const proxy = await mute();
      world.keep(proxy);
      return joinArguments(world, {
        discoveryFile: discoveryFileWithProxy(world, "192.0.2.10:6443", proxy.endpoint),
      });
    },
    code: "DISCOVERY_TIMEOUT",
    error: ["no response yet from 192.0.2.10:6443 through the proxy http://127.0.0.1:"],
    remedy: ["Check that the proxy allows the request: `curl -kx http://127.0.0.1:", "`proxy-url`"],
    atLeastMs: 2_900,
    waitsFor: "no response yet from 192.0.2.10:6443 through the proxy",
    withinMs: 6_000,
  },
  {
    name: "packets that get lost",
    ...meeting(blackHole),
    code: "DISCOVERY_UNREACHABLE",
    error: ["does not reply to connection attempts"],
    remedy: ["are dropped", "firewalls"],
    atLeastMs: 2_900,
    waitsFor: "does not reply to connection attempts",
    withinMs: 5500,
  },
  {
    name: "a server that takes the connection and never says a word",
    ...meeting(mute),
    code: "DISCOVERY_TIMEOUT",
    error: ["does not complete the TLS handshake"],
    remedy: ["doesn't speak TLS, or hangs"],
    atLeastMs: 2_900,
    waitsFor: "does not complete the TLS handshake",
    withinMs: 5500,
  },
  {
    name: "a server that closes each connection",
    ...meeting(hangingUp),
    code: "DISCOVERY_UNREACHABLE",
    error: ["connection reset by peer"],
    remedy: ["accepts connections and drops them"],
    atLeastMs: 2_900,
    waitsFor: "connection reset by peer",
    withinMs: 6_000,
  },
  {
    name: "a name that does not resolve",
    arguments: (world) => joinArguments(world, { endpoint: "nowhere.invalid:6443" }),
    code: "DISCOVERY_UNREACHABLE",
    error: ["lookup nowhere.invalid: no such host"],
    remedy: ["getent hosts nowhere.invalid"],
    waitsFor: "no such host",
    withinMs: 6_000,
  },
  {
    name: "a port that speaks HTTP without TLS",
    ...meeting(plainHttp, { timeouts: { discovery: "30s" } }),
    code: "DISCOVERY_NOT_KUBERNETES",
    error: ["first record does not look like a TLS handshake"],
    remedy: ["listens on port 6443"],
    waitsFor: "does not look like a TLS handshake",
    withinMs: 10_000,
  },
  {
    name: "a website",
    ...meeting(() => website({ answer: (_request, response) => response.end(html) })),
    code: "DISCOVERY_NOT_KUBERNETES",
    error: ["is not an object of the Kubernetes API"],
    remedy: ["listens on port 6443"],
    waitsFor: "not an object of the Kubernetes API",
    withinMs: 10_000,
  },
  {
    name: "a website that does not have the page",
    ...meeting(() => website({ answer: (_request, response) => response.writeHead(404).end(html) })),
    code: "DISCOVERY_NOT_KUBERNETES",
    error: ["HTTP status 404 and no Status object"],
    remedy: ["listens on port 6443"],
    waitsFor: "HTTP status 404",
    withinMs: 10_000,
  },
];

const answers: readonly FaultCase[] = [
  {
    name: "401",
    ...answering({ kind: "status", code: 401 }, { timeouts: { discovery: "30s" } }),
    code: "DISCOVERY_FORBIDDEN",
    error: ["Unauthorized"],
    remedy: ["refuses anonymous requests", "--discovery-file"],
    waitsFor: "Unauthorized",
    withinMs: 10_000,
  },
  {
    name: "403",
    ...answering({ kind: "status", code: 403 }, { timeouts: { discovery: "30s" } }),
    code: "DISCOVERY_FORBIDDEN",
    error: ["forbidden"],
    remedy: ["anonymous access", "--discovery-file"],
    waitsFor: "forbidden",
    withinMs: 10_000,
  },
  {
    name: "404",
    ...answering({ kind: "status", code: 404 }),
    code: "DISCOVERY_CLUSTER_INFO_INVALID",
    error: ["could not find the requested resource"],
    remedy: ["kubeadm init phase bootstrap-token"],
    waitsFor: "could not find",
    withinMs: 6_000,
  },
  {
    name: "429 with Retry-After",
    ...answering({ kind: "status", code: 429, retryAfterSeconds: 1 }),
    code: "CLUSTER_REQUEST_FAILED",
    error: ["too many requests"],
    remedy: ["try again later"],
    waitsFor: "too many requests",
    withinMs: 6_000,
  },
  {
    name: "500",
    ...answering({ kind: "status", code: 500 }),
    code: "CLUSTER_REQUEST_FAILED",
    error: ["Internal error occurred"],
    remedy: ["/readyz?verbose"],
    waitsFor: "Internal error",
    withinMs: 6_000,
  },
  {
    name: "503",
    ...answering({ kind: "status", code: 503 }),
    code: "CLUSTER_REQUEST_FAILED",
    error: ["currently unable to handle the request"],
    remedy: ["/readyz?verbose"],
    waitsFor: "unable to handle",
    withinMs: 6_000,
  },
  {
    name: "answers that break off",
    ...answering({ kind: "truncate" }),
    code: "DISCOVERY_UNREACHABLE",
    error: ["connection reset by peer"],
    remedy: ["accepts connections and drops them"],
    waitsFor: "connection reset",
    withinMs: 6_000,
  },
  {
    name: "connections that break off before the answer",
    ...answering({ kind: "reset" }),
    code: "DISCOVERY_UNREACHABLE",
    error: ["connection reset by peer"],
    remedy: ["accepts connections and drops them"],
    waitsFor: "connection reset",
    withinMs: 6_000,
  },
  {
    name: "answers that do not come",
    ...answering({ kind: "hang" }),
    code: "DISCOVERY_TIMEOUT",
    error: ["accepts the request, but does not respond to it"],
    remedy: ["API server and its etcd"],
    waitsFor: "does not respond to it",
    withinMs: 6_000,
  },
  {
    name: "answers that take longer than the whole wait",
    ...answering({ kind: "delay", ms: 20_000 }),
    code: "DISCOVERY_TIMEOUT",
    error: ["accepts the request, but does not respond to it"],
    remedy: ["API server and its etcd"],
    waitsFor: "does not respond to it",
    withinMs: 6_000,
  },
  {
    name: "an answer that is no JSON",
    ...answering({ kind: "answer", status: 200, contentType: "application/json", body: "{" }),
    code: "DISCOVERY_NOT_KUBERNETES",
    error: ["is not an object of the Kubernetes API"],
    remedy: ["listens on port 6443"],
    waitsFor: "not an object of the Kubernetes API",
    withinMs: 10_000,
  },
];

const identities: readonly FaultCase[] = [
  {
    name: "a pin of another cluster",
    arguments: (world) => joinArguments(world, { pins: [`sha256:${"ab".repeat(32)}`] }),
    code: "DISCOVERY_CA_PIN_MISMATCH",
    error: ['none of the public keys "sha256:'],
    remedy: ["The cluster's CA: CN=kubernetes", "Pinned: sha256:abababab"],
    withinMs: 4_000,
  },
  {
    name: "a token that the cluster does not know",
    arguments: (world) => joinArguments(world, { token: "zzzzzz.0123456789abcdef" }),
    code: "DISCOVERY_TOKEN_UNKNOWN",
    error: ['token ID "zzzzzz"'],
    remedy: ["The cluster signs for", "kubeadm token create"],
    waitsFor: "other tokens have signatures",
    withinMs: 6_000,
  },
  {
    name: "a token that has expired",
    arguments: async (world) => {
      const token = await world.controlPlane.createToken({ ttlSeconds: 1 });
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      return joinArguments(world, { token });
    },
    code: "DISCOVERY_TOKEN_UNKNOWN",
    error: ["could not find a JWS signature"],
    remedy: ["has expired", "kubeadm token create"],
    waitsFor: "this one has expired, was deleted, or is mistyped",
    withinMs: 6_000,
  },
  {
    name: "a token whose second half is wrong",
    arguments: (world) => joinArguments(world, { token: `${world.token.split(".")[0]}.wrongwrongwrong0` }),
    code: "DISCOVERY_SIGNATURE_INVALID",
    error: ["can't trust this API Server"],
    remedy: ["Create a new token", "do not join"],
    withinMs: 4_000,
  },
  {
    name: "cluster-info without any signature, as no controller manager runs",
    world: { controlPlane: { stoppedControllers: ["bootstrapsigner"] } },
    arguments: (world) => joinArguments(world),
    code: "DISCOVERY_SIGNATURE_MISSING",
    error: ["could not find a JWS signature"],
    remedy: ["Create a new token", "kube-controller-manager"],
    waitsFor: "all tokens have expired, or the bootstrap signer",
    withinMs: 6_000,
  },
  {
    name: "cluster-info that was edited after it was signed",
    ...answering({
      kind: "edit",
      edit: (body) => {
        const data = body["data"] as Record<string, string>;
        return { ...body, data: { ...data, kubeconfig: `${data["kubeconfig"]}# edited\n` } };
      },
    }),
    code: "DISCOVERY_SIGNATURE_INVALID",
    error: ["failed to verify JWS signature"],
    remedy: ["cluster-info was changed on the way to this machine: do not join"],
    withinMs: 4_000,
  },
  {
    name: "cluster-info without its kubeconfig",
    ...answering({
      kind: "edit",
      edit: (body) => {
        const { kubeconfig: _, ...data } = body["data"] as Record<string, string>;
        return { ...body, data };
      },
    }),
    code: "DISCOVERY_CLUSTER_INFO_INVALID",
    error: ["there is no kubeconfig key"],
    remedy: ["kubeadm init phase bootstrap-token"],
    withinMs: 4_000,
  },
  {
    name: "a discovery file with the CA of another cluster",
    arguments: async (world) => {
      const other = await website({ answer: (_request, response) => response.end(html) });
      world.keep(other);
      const data = Buffer.from(other.caCertificatePem).toString("base64");
      return joinArguments(world, {
        discoveryFile: kubeconfig(world.controlPlane.url, data),
        timeouts: { discovery: "30s" },
      });
    },
    code: "DISCOVERY_TLS_UNTRUSTED",
    error: [
      "signed by unknown authority",
      "the server's chain ends at CN=kubernetes",
      "the CA it must chain to is CN=someone else's CA",
    ],
    remedy: ["/etc/kubernetes/pki/ca.crt"],
    waitsFor: "unknown authority",
    withinMs: 10_000,
  },
  {
    name: "a certificate for another name",
    arguments: async (world) => {
      const other = await website({
        answer: (_request, response) => response.end(html),
        names: ["api.example.com"],
      });
      world.keep(other);
      const data = Buffer.from(other.caCertificatePem).toString("base64");
      return joinArguments(world, { discoveryFile: kubeconfig(`https://${other.endpoint}`, data) });
    },
    code: "DISCOVERY_TLS_UNTRUSTED",
    error: ["is not valid for 127.0.0.1", "it is valid for DNS:api.example.com"],
    remedy: ["Join using a name or address in the certificate (DNS:api.example.com)"],
    waitsFor: "is not valid for 127.0.0.1",
    withinMs: 6_000,
  },
  {
    name: "a certificate that has expired",
    arguments: (world) => withCertificate(world, -2, -1),
    code: "DISCOVERY_TLS_UNTRUSTED",
    error: ["certificate has expired", "this machine's clock says"],
    remedy: ["kubeadm certs renew all"],
    waitsFor: "certificate has expired",
    withinMs: 6_000,
  },
  {
    name: "a certificate that is not valid yet, as this machine's clock is behind",
    arguments: (world) => withCertificate(world, 1, 2),
    code: "DISCOVERY_CLOCK_SKEW",
    error: ["certificate is not yet valid", "this machine's clock says"],
    remedy: ["Synchronize the clock"],
    waitsFor: "not yet valid",
    withinMs: 6_000,
  },
  {
    name: "a discovery file without credentials, and no token",
    arguments: (world) => {
      const data = Buffer.from(world.controlPlane.caCertificatePem).toString("base64");
      const args = joinArguments(world, { discoveryFile: kubeconfig(world.controlPlane.url, data) });
      world.write(
        "/etc/join.yaml",
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration: {name: w1}\n" +
          "discovery: {file: {kubeConfigPath: /etc/discovery.conf}}\n",
      );
      return args;
    },
    code: "BOOTSTRAP_CREDENTIALS_MISSING",
    error: ["could not find authentication credentials"],
    remedy: ["--tls-bootstrap-token"],
    withinMs: 4_000,
  },
];

async function withCertificate(world: World, fromDays: number, toDays: number): Promise<readonly string[]> {
  const at = (days: number) => new Date(Date.now() + days * 24 * 3_600_000);
  const other = await website({
    answer: (_request, response) => response.end(html),
    notBefore: at(fromDays),
    notAfter: at(toDays),
  });
  world.keep(other);
  const data = Buffer.from(other.caCertificatePem).toString("base64");
  return joinArguments(world, { discoveryFile: kubeconfig(`https://${other.endpoint}`, data) });
}

function kubeconfig(server: string, authority: string): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {certificate-authority-data: ${authority}, server: "${server}"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
users: [{name: u, user: {}}]
current-context: x
`;
}

export const discoveryCases: readonly FaultCase[] = [...connections, ...answers, ...identities];
