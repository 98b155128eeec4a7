// A load balancer over the API servers of a cluster, and a client that writes and reads through it all the time.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import { gatewayAddress, planAddresses } from "../../../../lab/addresses.ts";
import type { Lab } from "../../../../lab/lab.ts";
import type { LabHost } from "../../../../lab/lab-host.ts";

export interface TrafficTarget {
  readonly url: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Of the objects. */
  readonly paths: readonly string[];
}

export interface TrafficRecord {
  readonly requests: number;
  /** Requests whose connection was lost, and that were sent once more. */
  readonly retried: number;
  /** Requests that were sent once more when the answer said (Retry-After). */
  readonly deferred: number;
  /** What became of the requests without a good answer, with seconds since the start. */
  readonly failures: readonly string[];
  /** The longest time until a good answer. */
  readonly slowestMs: number;
}

export interface Traffic extends AsyncDisposable {
  /** Sends no more, waits for the answers, and returns what became of the requests. */
  stop(): Promise<TrafficRecord>;
}

/** Starts a load balancer in the network of the hosts. */
export async function startLoadBalancer(lab: Lab, hosts: readonly LabHost[]) {
  const address = gatewayAddress(planAddresses(lab.state.subnet));
  const balancer = start(lab, "serve-load-balancer.ts", [address, ...hosts.map((host) => host.address)]);
  expect(await balancer.nextLine()).toBe("listening");
  return { endpoint: `${address}:6443`, [Symbol.asyncDispose]: balancer[Symbol.asyncDispose] };
}

/**
 * Requests at the same time are for different objects, as those of clients are. Writes of one object would compete, and a slow
 * API server would lose to the others repeatedly.
 */
const names = Array.from({ length: 40 }, (_, index) => `traffic-${index}`);

/** Starts to write and read ConfigMaps, as the cluster's administrator. */
export async function startTraffic(lab: Lab): Promise<Traffic> {
  const items = names.map((name) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
  }));
  const list = { apiVersion: "v1", kind: "List", items };
  const created = await lab.kubectl(["create", "-f", "-"], { input: JSON.stringify(list) });
  expect(created).toMatchObject({ exitCode: 0 });
  const client = start(lab, "send-traffic.ts", []);
  client.write(JSON.stringify(await targetIn(lab)));
  return {
    stop: async () => {
      client.end();
      return JSON.parse(await client.nextLine()) as TrafficRecord;
    },
    [Symbol.asyncDispose]: client[Symbol.asyncDispose],
  };
}

async function targetIn(lab: Lab): Promise<TrafficTarget> {
  const { stdout } = await lab.kubectl(["config", "view", "--raw", "--output", "json"]);
  const { clusters, users } = JSON.parse(stdout) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
    readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
  };
  const { server = "", "certificate-authority-data": ca } = clusters[0]?.cluster ?? {};
  const { "client-certificate-data": certificate, "client-key-data": key } = users[0]?.user ?? {};
  const decoded = (data = "") => Buffer.from(data, "base64").toString("utf8");
  const paths = names.map((name) => `/api/v1/namespaces/default/configmaps/${name}`);
  return { url: server, ca: decoded(ca), certificate: decoded(certificate), key: decoded(key), paths };
}

interface Started extends AsyncDisposable {
  nextLine(): Promise<string>;
  write(line: string): void;
  end(): void;
}

/** Starts a script in the network of the lab's hosts, which ends with its standard input. */
function start(lab: Lab, script: string, args: readonly string[]): Started {
  const path = resolve(import.meta.dirname, script);
  const argv = [`--net=${lab.networkNamespace}`, process.execPath, path, ...args];
  const child: ChildProcess = spawn("nsenter", argv, { stdio: ["pipe", "pipe", "inherit"] });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error(`${script} has no standard input and output`);
  const exited = once(child, "exit");
  // The pipe breaks if it has ended before.
  stdin.on("error", () => undefined);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${script} has ended`);
      return value;
    },
    write: (line) => void stdin.write(`${line}\n`),
    end: () => void stdin.end(),
    [Symbol.asyncDispose]: async () => {
      stdin.end();
      await exited;
    },
  };
}
