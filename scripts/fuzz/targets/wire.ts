// What comes over sockets: messages, frames, answers of API servers and of plugins.
import { ApiStatusError } from "../../../src/cluster/cluster.ts";
import * as resources from "../../../src/cluster/resources.ts";
import { restCluster } from "../../../src/cluster/rest-cluster.ts";
import { textLines } from "../../../src/cluster/text-lines.ts";
import { TransportError } from "../../../src/cluster/transport.ts";
import * as cri from "../../../src/cri/cri-messages.ts";
import { decodeProtobuf, protobufType } from "../../../src/embedded/control-plane/apiserver/protobuf/decode.ts";
import { StatusError } from "../../../src/embedded/control-plane/apiserver/status.ts";
import * as etcd from "../../../src/etcd/etcd-messages.ts";
import { walIdentity } from "../../../src/etcd/wal-identity.ts";
import { http2Connection } from "../../../src/grpc/connection.ts";
import { bytes, field, int64, type Message, message, uint64 } from "../../../src/grpc/message.ts";
import { messagesOf } from "../../../src/grpc/message-stream.ts";
import { decodeGrpcMessage, GrpcError, statusOf } from "../../../src/grpc/status.ts";
import { memoryHost } from "../../../src/host/memory.ts";
import { runExecPlugin } from "../../../src/kubeadm/kubeconfig/exec-credential.ts";
import { parseKubeconfig } from "../../../src/kubeadm/kubeconfig/read-kubeconfig.ts";
import type { ByteListener, ByteSocket } from "../../../src/sockets/byte-socket.ts";
import { answer, answerLater, byteTarget, type FuzzTarget, requireSame, textTarget, WrongAnswer } from "../target.ts";

type AnyMessage = Message<never>;

const messages: readonly AnyMessage[] = [...Object.values(cri), ...Object.values(etcd)].flatMap((each) =>
  typeof each === "object" && "decode" in each && "encode" in each ? [each as unknown as AnyMessage] : [],
);

/** The library has no error class of its own; TypeErrors would be defects. */
function decoded(decode: () => unknown): string {
  try {
    decode();
    return "decoded";
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    if (error instanceof WrongAnswer) throw error;
    return error.message.slice(0, 30);
  }
}

/** The first byte chooses the message. */
function grpcMessage(input: Uint8Array): string {
  const chosen = messages[(input[0] ?? 0) % messages.length];
  if (chosen === undefined) throw new Error("there are no messages");
  return decoded(() => {
    const value = chosen.decode(input.subarray(1));
    const written = chosen.encode(value);
    requireSame("a message written again", [...chosen.encode(chosen.decode(written))], [...written]);
  });
}

const member = {
  ID: 1n,
  name: "cp1",
  peerURLs: ["https://192.0.2.1:2380"],
  clientURLs: ["https://192.0.2.1:2379"],
  isLearner: false,
};

function messageSamples(): readonly Uint8Array[] {
  const empty = messages.map((_, index) => Uint8Array.of(index, 0x0a, 0x02, 0x08, 0x01));
  const at = (wanted: unknown) => messages.indexOf(wanted as AnyMessage);
  const lists = etcd.MemberListResponse.encode({ header: undefined, members: [member] } as never);
  const version = cri.VersionResponse.encode({
    ...{ version: "0.1.0", runtimeName: "containerd", runtimeVersion: "v2.4.2", runtimeApiVersion: "v1" },
  } as never);
  return [
    ...empty,
    Uint8Array.of(at(etcd.MemberListResponse), ...lists),
    Uint8Array.of(at(cri.VersionResponse), ...version),
  ];
}

function frame(type: number, flags: number, stream: number, payload: readonly number[]): readonly number[] {
  return [0, payload.length >> 8, payload.length & 255, type, flags, 0, 0, 0, stream, ...payload];
}

/** Literal header fields without indexing. */
function header(name: string, value: string): readonly number[] {
  return [0, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)];
}

const serverFrames: readonly number[] = [
  ...frame(4, 0, 0, [0, 3, 0, 0, 0, 100]),
  ...frame(4, 1, 0, []),
  ...frame(1, 4, 1, [0x88, ...header("content-type", "application/grpc")]),
  ...frame(0, 0, 1, [0, 0, 0, 0, 3, 10, 1, 65]),
  ...frame(1, 5, 1, [...header("grpc-status", "0"), ...header("grpc-message", "a%20b")]),
];

const frameSamples: readonly (readonly number[])[] = [
  serverFrames,
  [...serverFrames, ...frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0])],
  [...frame(4, 0, 0, []), ...frame(3, 0, 1, [0, 0, 0, 8])],
  [...frame(4, 0, 0, []), ...frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]), ...frame(8, 0, 0, [0, 0, 1, 0])],
  [...Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
];

/** A socket whose server sends these bytes in a few parts, and hangs up. */
function socketWith(input: Uint8Array): ByteSocket {
  const state = { destroyed: false };
  let listener: ByteListener | undefined;
  const close = () => {
    if (state.destroyed) return;
    state.destroyed = true;
    listener?.onClose();
  };
  return {
    get destroyed() {
      return state.destroyed;
    },
    write: () => undefined,
    listen: (given) => {
      listener = given;
      const size = Math.max(1, Math.ceil(input.length / 3));
      for (let at = 0; at < input.length; at += size) given.onData(input.slice(at, at + size));
      setImmediate(() => setImmediate(close));
    },
    destroy: close,
  };
}

async function frames(input: Uint8Array): Promise<string> {
  return answerLater(async () => {
    const connection = await http2Connection(socketWith(input));
    try {
      const headers = { ":method": "POST", ":path": "/runtime.v1.RuntimeService/Version", te: "trailers" };
      const { trailers } = await connection.exchange(
        { headers, body: Uint8Array.of(0, 0, 0, 0, 0) },
        new AbortController().signal,
      );
      statusOf(trailers.get("grpc-status") ?? "");
      decodeGrpcMessage(trailers.get("grpc-message") ?? "");
    } finally {
      connection.close();
    }
  }, GrpcError);
}

async function stream(input: Uint8Array): Promise<string> {
  return answerLater(async () => {
    const exchange = async (receive: (part: Uint8Array) => Promise<void>) => {
      for (let at = 0; at < input.length; at += 7) await receive(input.slice(at, at + 7));
    };
    for await (const each of messagesOf({ signal: new AbortController().signal, idleTimeoutMs: 60_000, exchange })) {
      if (each.length > input.length) throw new WrongAnswer("a message is longer than what arrived");
    }
  }, GrpcError);
}

const types = Object.values(resources).filter((each) => typeof each === "object" && "plural" in each);

/** An API server that answers everything with the input; the first line is its status and Retry-After. */
async function apiAnswer(text: string): Promise<string> {
  const end = text.indexOf("\n");
  const [status = "", retryAfter = ""] = text.slice(0, Math.max(end, 0)).split(" ");
  const body = text.slice(end + 1);
  const cluster = restCluster({
    server: "https://192.0.2.1:6443",
    userAgent: "kubeadm",
    send: async () => ({
      status: Number(status) || 200,
      headers: { "retry-after": retryAfter, date: retryAfter },
      text: async () => body,
      lines: () =>
        textLines(
          (async function* () {
            yield Buffer.from(body);
          })(),
          { maxBytes: 1_000_000, onTooLong: () => new Error("too long") },
        ),
    }),
  });
  const { signal } = new AbortController();
  const answers = types.flatMap((type) => [
    answerLater(() => cluster.get(type as never, { name: "a" }, { signal }), TransportError, ApiStatusError),
    answerLater(() => cluster.list(type as never, { signal }), TransportError, ApiStatusError),
  ]);
  const [first = Promise.resolve("")] = answers;
  await Promise.all(answers);
  const watched = answerLater(
    async () => {
      for await (const event of cluster.watch(resources.nodes, { signal })) if (event.object === null) break;
    },
    TransportError,
    ApiStatusError,
  );
  return `${await first} ${await watched}`;
}

const secret = {
  kind: "Secret",
  apiVersion: "v1",
  metadata: { name: "bootstrap-token-abcdef", labels: { a: "b" } },
  data: { "token-id": "YWJjZGVm" },
};
const node = {
  ...{
    kind: "Node",
    apiVersion: "v1",
    metadata: { name: "w1", annotations: {}, uid: "1" },
    spec: { podCIDR: "10.0.0.0/24", taints: [{ key: "a", effect: "NoSchedule" }] },
  },
  status: {
    conditions: [{ type: "Ready", status: "True" }],
    addresses: [{ type: "InternalIP", address: "192.0.2.1" }],
  },
};

const apiSamples: readonly string[] = [
  `200\n${JSON.stringify(secret)}`,
  `200\n${JSON.stringify(node)}`,
  `200\n${JSON.stringify({ kind: "NodeList", items: [node, node], metadata: { continue: "" } })}`,
  `200\n${JSON.stringify({ type: "MODIFIED", object: node })}\n${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410 } })}\n`,
  `429 3\n${JSON.stringify({ kind: "Status", reason: "TooManyRequests", message: "later", details: { retryAfterSeconds: 3 } })}`,
  "503 Wed, 21 Oct 2026 07:28:00 GMT\nservice unavailable",
];

const execKubeconfig = parseKubeconfig(
  JSON.stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "c" },
    clusters: [{ name: "c", cluster: { server: "https://a" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    users: [
      {
        name: "u",
        user: { exec: { command: "plugin", apiVersion: "client.authentication.k8s.io/v1", interactiveMode: "Never" } },
      },
    ],
  }),
);

async function plugin(text: string): Promise<string> {
  const { commands } = memoryHost({ commands: { plugin: { stdout: text } } as never });
  return answerLater(() =>
    runExecPlugin(execKubeconfig, { commands, environment: {}, signal: new AbortController().signal }),
  );
}

const record = message({ type: field(1, int64), data: field(3, bytes) });
const metadata = message({ nodeId: field(1, uint64), clusterId: field(2, uint64) });

function walSample(): Uint8Array {
  const data = record.encode({ type: 1n, data: metadata.encode({ nodeId: 7n, clusterId: 9n }) });
  return Uint8Array.of(data.length, 0, 0, 0, 0, 0, 0, 0, ...data);
}

const kubernetesRequest = Uint8Array.of(
  ...Buffer.from("k8s\0"),
  ...[0x0a, 12, 0x0a, 2, 118, 49, 0x12, 6, ...Buffer.from("Secret"), 0x12, 13],
  ...[0x0a, 3, 0x0a, 1, 115, 0x12, 6, 0x0a, 1, 97, 0x12, 1, 98],
);

export const wireTargets: readonly FuzzTarget[] = [
  byteTarget("grpc-messages", { samples: messageSamples, read: grpcMessage }),
  byteTarget("grpc-streams", {
    samples: () => [
      Uint8Array.of(0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 0, 0),
      Uint8Array.of(0, 0, 0, 1, 0, ...new Array<number>(256).fill(7)),
    ],
    read: stream,
  }),
  byteTarget("http2-frames", { samples: () => frameSamples.map((each) => Uint8Array.from(each)), read: frames }),
  byteTarget("wal", { samples: () => [walSample()], read: (input) => `${walIdentity(input) !== undefined}` }),
  byteTarget("kubernetes-protobuf", {
    samples: () => [kubernetesRequest],
    read: (input) =>
      `${protobufType.length > 0} ${answer(() => void JSON.stringify(decodeProtobuf(input)), StatusError)}`,
  }),
  textTarget("api-answers", {
    samples: () => apiSamples,
    words: [
      '"kind":"Node"',
      '"metadata":',
      '"items":[',
      "null",
      "[]",
      "{}",
      '"name":"../x"',
      '"continue":"a"',
      "\n",
      "429 ",
      "-1",
      '"status":',
    ],
    read: apiAnswer,
  }),
  textTarget("exec-credentials", {
    samples: () => [
      JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", status: { token: "t" } }),
      JSON.stringify({
        kind: "ExecCredential",
        apiVersion: "client.authentication.k8s.io/v1",
        status: { clientCertificateData: "c", clientKeyData: "k" },
      }),
    ],
    words: ["null", '"status":', '"token":', "[]", "1"],
    read: plugin,
  }),
];
