// A client of a cluster, as its own process: only a process can be in the network of the lab's hosts. Writes and reads
// objects 20 times a second, as programs with client-go do: over HTTP/2 connections that stay open. A request is sent once
// more if its connection is lost, or if the answer says when (Retry-After: "apiserver is shutting down"). Reads the target
// from the first line of its standard input, and prints what became of the requests when that ends.
import { type ClientHttp2Session, connect } from "node:http2";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { TrafficRecord, TrafficTarget } from "./traffic.ts";

const everyMs = 50;
const connectMs = 5_000;
/** The deadline of a leader election's request. */
const answerMs = 10_000;

/** The request may be sent once more. */
class ConnectionLost extends Error {}

/** The API server wants the request to be sent once more. */
class Deferred extends Error {
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const target = JSON.parse(String((await input.next()).value)) as TrafficTarget;
const startedAt = performance.now();
const counts = { requests: 0, retried: 0, deferred: 0, slowestMs: 0 };
const failures: string[] = [];

class Connection {
  #current: Promise<ClientHttp2Session> | undefined;

  session(): Promise<ClientHttp2Session> {
    if (this.#current !== undefined) return this.#current;
    const current = openSession();
    const forget = () => {
      if (this.#current === current) this.#current = undefined;
    };
    current.then((session) => {
      // After this it answers what it has, and takes no more.
      session.once("goaway", forget);
      session.once("close", forget);
      if (session.closed) forget();
    }, forget);
    this.#current = current;
    return current;
  }
}

function openSession(): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const { url, ca, certificate: cert, key } = target;
    const session = connect(url, { ca, cert, key });
    const lose = (reason: string) => {
      reject(new ConnectionLost(reason));
      session.destroy();
    };
    const late = setTimeout(lose, connectMs, "no TLS connection in time");
    session.on("error", ({ message }: Error) => lose(message));
    session.on("close", () => {
      clearTimeout(late);
      lose("the connection was closed");
    });
    session.once("connect", () => {
      clearTimeout(late);
      resolve(session);
    });
  });
}

interface Request {
  readonly method: "GET" | "PATCH";
  readonly path: string;
  readonly body?: string;
}

/** Returns the object's version. */
async function sendOnce(connection: Connection, { method, path, body }: Request): Promise<number> {
  const session = await connection.session();
  return new Promise((resolve, reject) => {
    const content = body === undefined ? {} : { "content-type": "application/merge-patch+json" };
    let stream: ReturnType<ClientHttp2Session["request"]>;
    try {
      stream = session.request({ ":method": method, ":path": path, ...content });
    } catch (error) {
      // It was closed meanwhile.
      return reject(new ConnectionLost(String(error)));
    }
    let status = 0;
    let retryAfter: string | undefined;
    let text = "";
    let isWhole = false;
    const late = setTimeout(() => {
      reject(new Error(`no answer within ${answerMs} ms`));
      stream.destroy();
    }, answerMs);
    stream.setEncoding("utf8");
    stream.on("response", (headers) => {
      status = headers[":status"] ?? 0;
      retryAfter = headers["retry-after"];
    });
    stream.on("data", (chunk: string) => {
      text += chunk;
    });
    stream.on("end", () => {
      isWhole = true;
    });
    stream.on("error", ({ message }) => reject(new ConnectionLost(message)));
    stream.on("close", () => {
      clearTimeout(late);
      const version = versionIn(text);
      if (!isWhole || status === 0 || (status === 200 && version === undefined)) {
        return reject(new ConnectionLost("the connection was lost before the answer was whole"));
      }
      if (version !== undefined && status === 200) return resolve(version);
      const message = `${status} ${text.slice(0, 300)}`;
      reject(retryAfter === undefined ? new Error(message) : new Deferred(message, Number(retryAfter) * 1_000));
    });
    stream.end(body);
  });
}

/** Returns the version of an object; undefined for another text, and for a part of one. */
function versionIn(text: string): number | undefined {
  try {
    const { metadata } = JSON.parse(text) as { metadata?: { resourceVersion?: string } };
    return metadata?.resourceVersion === undefined ? undefined : Number(metadata.resourceVersion);
  } catch {
    return undefined;
  }
}

async function send(connection: Connection, request: Request): Promise<number> {
  counts.requests += 1;
  const sentAt = performance.now();
  const version = await sendOnce(connection, request).catch(async (error: unknown) => {
    if (error instanceof ConnectionLost) counts.retried += 1;
    else if (error instanceof Deferred) {
      counts.deferred += 1;
      await delay(error.afterMs);
    } else throw error;
    return sendOnce(connection, request);
  });
  counts.slowestMs = Math.max(counts.slowestMs, performance.now() - sentAt);
  return version;
}

async function writeAndRead(connection: Connection, round: number): Promise<void> {
  const at = ((performance.now() - startedAt) / 1000).toFixed(1);
  const path = target.paths[round % target.paths.length] ?? "";
  let step = "write";
  try {
    const body = JSON.stringify({ data: { round: `${round}` } });
    const written = await send(connection, { method: "PATCH", path, body });
    step = "read";
    const read = await send(connection, { method: "GET", path });
    if (read < written) throw new Error(`version ${read} after ${written} was written`);
  } catch (error) {
    failures.push(`${step} at ${at} s: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** They take turns: usually, each API server has one of them. */
const connections = [new Connection(), new Connection(), new Connection()] as const;
const underWay = new Set<Promise<void>>();
let round = 0;
const timer = setInterval(() => {
  round += 1;
  const work = writeAndRead(connections[round % connections.length] ?? connections[0], round);
  underWay.add(work);
  void work.finally(() => underWay.delete(work));
}, everyMs);

await input.next();
clearInterval(timer);
await Promise.all(underWay);
const record: TrafficRecord = { ...counts, failures };
process.stdout.write(`${JSON.stringify(record)}\n`, () => process.exit());
