import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { createServer, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { brotliCompress, deflate, gzip, zstdCompress } from "node:zlib";
import { type Attack, attacksBy } from "./attack.ts";
import { clusterInfoAnswer, serverIdentity, stolenToken, type TlsIdentity, twoAuthorities } from "./false-cluster.ts";
import { joinArguments, joinFiles, mostMiB, type Watched, watchProgram } from "./watched-program.ts";

const address = "127.0.0.1";
type Weapon = (socket: Socket) => void;

interface HostileServer extends AsyncDisposable {
  readonly endpoint: string;
  /** How often the weapon was used. */
  uses(): number;
  /** Resolves a moment after the weapon was first used. */
  readonly used: Promise<void>;
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket.on("error", () => undefined).on("close", () => open.delete(socket)));
  });
  await new Promise<void>((done) => server.listen(0, address, done));
  return {
    endpoint: `${address}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** TLS, then the weapon in the place of an answer; `raw`: no TLS either. */
async function hostileServer(identity: TlsIdentity, weapon: Weapon, raw = false): Promise<HostileServer> {
  const { promise: used, resolve } = Promise.withResolvers<void>();
  let uses = 0;
  const use = (socket: Socket) => {
    uses++;
    weapon(socket);
    setTimeout(resolve, 400);
  };
  const server = raw
    ? createTcpServer(use)
    : createServer({ cert: identity.certificate, key: identity.key }, (socket: TLSSocket) => {
        socket.on("error", () => undefined);
        socket.on("data", (bytes: Buffer) => bytes.includes("\r\n\r\n") && use(socket));
      });
  server.on("tlsClientError", () => undefined);
  return { ...(await listening(server)), uses: () => uses, used };
}

function repeatedly(stream: Writable, everyMs: number, part: string): void {
  const timer = setInterval(() => stream.write(part), everyMs);
  stream.once("close", () => clearInterval(timer));
}

function endlessly(stream: Writable, part: string): void {
  const bulk = part.repeat(Math.ceil(65_536 / part.length));
  const fill = () => {
    while (!stream.destroyed && stream.write(bulk));
  };
  stream.on("drain", fill);
  fill();
}

const head = (more = "") => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${more}`;
const sized = (body: Uint8Array | string, more = "", status = "200 OK") => {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`;
};

/** Used repeatedly while it holds the program: also a Ctrl-C has to end it. */
const holding: Readonly<Record<string, Weapon>> = {
  "sends a body byte by byte": (socket) => {
    socket.write(head("content-length: 100000\r\n\r\n"));
    repeatedly(socket, 200, "x");
  },
  "sends a chunked body byte by byte": (socket) => {
    socket.write(head("transfer-encoding: chunked\r\n\r\n"));
    repeatedly(socket, 200, "1\r\nx\r\n");
  },
  "sends the head of an answer byte by byte": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nx-a: ");
    repeatedly(socket, 200, "x");
  },
  "sends headers without end, slowly": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    repeatedly(socket, 200, "x-a: b\r\n");
  },
  "promises a body and sends none": (socket) => void socket.write(head("content-length: 100000\r\n\r\n")),
  "says nothing": () => undefined,
  "says without end that it will continue": (socket) => repeatedly(socket, 100, "HTTP/1.1 100 Continue\r\n\r\n"),
  "sends a body without end": (socket) => {
    socket.write(head("connection: close\r\n\r\n"));
    endlessly(socket, "x");
  },
  "sends a chunked body without end": (socket) => {
    socket.write(head("transfer-encoding: chunked\r\n\r\n"));
    endlessly(socket, `1000\r\n${"x".repeat(0x1000)}\r\n`);
  },
  "sends headers without end, fast": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    endlessly(socket, `x-a: ${"b".repeat(1_000)}\r\n`);
  },
  "sends one header without end": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nx-a: ");
    endlessly(socket, "b");
  },
  "refuses with a Status without end": (socket) => {
    socket.write('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n{"kind":"Status","message":"');
    endlessly(socket, "-----BEGIN PRIVATE KEY-----");
  },
};

const zeros = Buffer.alloc(256 * 1_024 * 1_024);
/** Packed on threads: the servers of other attacks answer meanwhile. */
const bombs: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  gzip: () => promisify(gzip)(zeros),
  deflate: () => promisify(deflate)(zeros),
  br: () => promisify(brotliCompress)(zeros.subarray(0, 64 * 1_024 * 1_024), { params: { 1: 5 } }),
  zstd: () => promisify(zstdCompress)(zeros),
};

function filled(part: string, bytes = 1_000_000): string {
  return part.repeat(Math.ceil(bytes / part.length));
}

function status(message: string, more: object = {}): string {
  return JSON.stringify({ kind: "Status", reason: "Forbidden", message, ...more });
}

const clusterInfo = (data: unknown, more: object = {}) =>
  JSON.stringify({ kind: "ConfigMap", apiVersion: "v1", metadata: { name: "cluster-info" }, data, ...more });
const signed = (kubeconfig: string) => clusterInfoAnswer(kubeconfig).body;

/** Whole answers whose content is the weapon. */
const contents: Readonly<Record<string, { readonly body: () => string; readonly status?: string }>> = {
  "refuses with a megabyte of beginnings of keys": {
    status: "403 Forbidden",
    body: () => status(filled("-----BEGIN PRIVATE KEY-----", 900_000)),
  },
  "refuses with a megabyte of blanks and line breaks": {
    status: "403 Forbidden",
    body: () => status(filled("   \n", 600_000)),
  },
  "answers with a list in lists, a million deep": { body: () => filled("[") },
  "answers with a ConfigMap that nests without end": {
    body: () => `{"kind":"ConfigMap","deep":${filled("[", 5_000)}${filled("]", 5_000)}}`,
  },
  "answers with data that is a list": { body: () => clusterInfo(["x"]) },
  "answers with numbers for texts": { body: () => clusterInfo({ kubeconfig: 5, "jws-kubeconfig-abcdef": 7 }) },
  "answers with null for texts": { body: () => clusterInfo({ kubeconfig: null, "jws-kubeconfig-abcdef": null }) },
  "answers with a prototype": {
    body: () => `{"kind":"ConfigMap","__proto__":{"data":{"kubeconfig":"x"}},"data":{"__proto__":{"a":1}}}`,
  },
  "answers with metadata that is a number": { body: () => clusterInfo({}, { metadata: 5 }) },
  "answers with a kind that is a list": { body: () => clusterInfo({}, { kind: ["ConfigMap"] }) },
  "answers with half an object": { body: () => clusterInfo({ kubeconfig: "x" }).slice(0, -3) },
  "answers with signatures of a hundred thousand tokens": {
    body: () =>
      clusterInfo(Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`jws-kubeconfig-${index}`, "x"]))),
  },
  "signs a kubeconfig of lists in lists": { body: () => signed(filled("[", 900_000)) },
  "signs a kubeconfig that costs its tokens at its depth": {
    body: () => signed(`${"[".repeat(190)}${filled("a,", 400_000)}${"]".repeat(190)}`),
  },
  "signs a kubeconfig of aliases": {
    body: () => signed(`a: &a [${filled("x,", 300_000)}]\nb: [${filled("*a,", 300_000)}]\n`),
  },
  "signs a kubeconfig with a server of slashes": {
    body: () =>
      signed(
        `apiVersion: v1\nkind: Config\nclusters:\n- name: ""\n  cluster:\n    server: https://${address}:1/${filled("/", 400_000)}x\n`,
      ),
  },
  "signs a kubeconfig with a CA of blanks": {
    body: () =>
      signed(
        `apiVersion: v1\nkind: Config\nclusters:\n- name: ""\n  cluster:\n    server: https://${address}:1\n    certificate-authority-data: "${filled(" ", 400_000)}!"\n`,
      ),
  },
};

function damage(ran: Watched): string | undefined {
  if (ran.status === undefined) return "the program did not end";
  if (ran.stderr.includes("code: INTERNAL")) return "the program ended as with a defect";
  if (ran.peakMiB > mostMiB) return `the program took ${Math.round(ran.peakMiB)} MiB`;
  if (ran.stderr.length + ran.stdout.length > 100_000) return "the program wrote more than anyone reads";
  return ran.status === 0 ? "the machine has joined" : undefined;
}

function interruption(ran: Watched): string | undefined {
  if (ran.status === undefined) return "a Ctrl-C did not end the program";
  if (ran.interruptedMs === undefined) return undefined;
  return !ran.endsPromptly ? `a Ctrl-C took ${Math.round(ran.interruptedMs)} ms` : undefined;
}

function byToken(endpoint: string): object {
  return {
    bootstrapToken: { token: stolenToken, apiServerEndpoint: endpoint, caCertHashes: [`sha256:${"a".repeat(64)}`] },
  };
}

/** Nothing but a Ctrl-C ends it before. */
const endless = "300s";

interface AttackSettings {
  /** No TLS either. */
  readonly raw?: boolean;
  /** Whether a Ctrl-C is tried, too. */
  readonly isHold?: boolean;
  /** What the weapon needs and takes time to make. */
  readonly prepare?: () => Promise<void>;
}

/** The join with a token, once to its end and once with a Ctrl-C as soon as the weapon is at work. */
function attack(
  name: string,
  weapon: Weapon,
  { raw = false, isHold = false, prepare = async () => undefined }: AttackSettings = {},
): Attack {
  return {
    name,
    timeoutMs: 300_000,
    run: async ({ program }) => {
      await prepare();
      const identity = await serverIdentity((await twoAuthorities()).evil);
      const run = async (isInterrupted: boolean) => {
        await using server = await hostileServer(identity, weapon, raw);
        const ran = await watchProgram(program, joinArguments, {
          files: joinFiles(byToken(server.endpoint), isInterrupted ? endless : undefined),
          ...(isInterrupted ? { interruptWhen: server.used } : {}),
        });
        return { isUsed: server.uses() > 0, ran };
      };
      const [toItsEnd, interrupted] = await Promise.all([run(false), isHold ? run(true) : undefined]);
      return {
        carriedOut: toItsEnd.isUsed && (interrupted === undefined || interrupted.ran.interruptedMs !== undefined),
        won: damage(toItsEnd.ran) ?? (interrupted === undefined ? undefined : interruption(interrupted.ran)),
      };
    },
  };
}

/** A discovery file behind a URL that the machine trusts, and that never comes to its end. */
function slowDiscoveryFile(name: string, weapon: Weapon): Attack {
  return {
    name,
    timeoutMs: 300_000,
    run: async ({ program }) => {
      const { evil } = await twoAuthorities();
      const identity = await serverIdentity(evil);
      const run = async (isInterrupted: boolean) => {
        await using server = await hostileServer(identity, weapon);
        const ran = await watchProgram(program, joinArguments, {
          files: {
            ...joinFiles(
              { file: { kubeConfigPath: `https://${server.endpoint}/discovery.conf` }, tlsBootstrapToken: stolenToken },
              isInterrupted ? endless : undefined,
            ),
            "/etc/ssl/certs/ca-certificates.crt": evil.certificatePem,
          },
          ...(isInterrupted ? { interruptWhen: server.used } : {}),
        });
        return { isUsed: server.uses() > 0, ran };
      };
      const [toItsEnd, interrupted] = await Promise.all([run(false), run(true)]);
      return {
        carriedOut: toItsEnd.isUsed && interrupted.ran.interruptedMs !== undefined,
        won: damage(toItsEnd.ran) ?? interruption(interrupted.ran),
      };
    },
  };
}

attacksBy(
  "a server that keeps its callers waiting",
  "keep the program from ending",
  [
    ...Object.entries(holding).map(([name, weapon]) => attack(name, weapon, { isHold: true })),
    attack("begins a handshake and stops", (socket) => void socket.write(Buffer.from([22, 3, 3, 64, 0, 2])), {
      raw: true,
      isHold: true,
    }),
    slowDiscoveryFile("sends a discovery file byte by byte", holding["sends a body byte by byte"] ?? (() => undefined)),
    slowDiscoveryFile("redirects the discovery file without end", (socket) => {
      const where = "location: /discovery.conf\r\ncontent-length: 0\r\n\r\n";
      setTimeout(() => socket.write(`HTTP/1.1 302 Found\r\n${where}`), 1_000);
    }),
  ],
  { sideBySide: true },
);

attacksBy(
  "a server whose answer is a bomb",
  "exhaust memory or time, or crash the program",
  [
    ...Object.entries(bombs).map(([encoding, bomb]) => {
      let body: Uint8Array = new Uint8Array();
      const send: Weapon = (socket) => {
        socket.write(sized(body, `content-encoding: ${encoding}\r\n`));
        socket.write(body);
      };
      const prepare = async () => {
        body = await bomb();
      };
      return attack(`packs it with ${encoding}`, send, { prepare });
    }),
    ...Object.entries(contents).map(([name, { body, status = "200 OK" }]) => {
      let text: string | undefined;
      return attack(
        name,
        (socket) => {
          text ??= body();
          socket.write(sized(text, "", status) + text);
        },
        { isHold: false },
      );
    }),
  ],
  { sideBySide: true },
);
