// `npm run storm`: many workers join the embedded control plane at once, while something is wrong with it.
import { once } from "node:events";
import { chmodSync, copyFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type ControlPlane, startControlPlane } from "../src/embedded/control-plane/index.ts";
import { writtenFor } from "../test/differ/of-release.ts";
import { findPrograms } from "../test/differ/programs.ts";
import { openRunDirectory } from "../test/support/temporary/run-directory.ts";
import { allHold, atMost, type Figure, startResult } from "./results/result.ts";
import { type Balancer, startBalancer } from "./storm/balancer.ts";
import type { Joiners } from "./storm/joiners.ts";
import { refusedDiscoveries } from "./storm/programs.ts";
import { largestShare, quantile, retriesOf } from "./storm/waves.ts";
import type { WorkerResult } from "./storm/worker.ts";

const help = `Usage: npm run storm -- [--workers N] [--only NAME …]

Lets many workers join the embedded control plane at the same time, over real connections, through a load balancer. The
machines are in memory, and their kubelets do nothing but start. Prints what was asked and when.

  --workers N   How many (default 200)
  --only NAME   Only this storm; may be given several times
  --help        Show this.

Storms:
  calm          Nothing is wrong
  restart       The API server ends all connections, and serves none for three seconds
  dead-backend  One of three backends of the load balancer is dead
  refusals      API Priority and Fairness refuses requests with 429 and Retry-After
  programs      The same for twenty processes of this program and of upstream's, of which each discovers the cluster
`;

interface Storm {
  readonly name: string;
  /** Whether one of three backends of the load balancer is dead. */
  readonly hasDeadBackend?: boolean;
  /** Requests of kubeadm for one join, at most. */
  readonly mostRequests: number;
  readonly weather: (controlPlane: ControlPlane, balancer: Balancer, workers: number) => Promise<void>;
}

const retryAfterSeconds = 2;

const storms: readonly Storm[] = [
  { name: "calm", mostRequests: 12, weather: async () => undefined },
  {
    name: "restart",
    mostRequests: 30,
    weather: async (_, balancer) => {
      await sleep(1_000);
      const restore = balancer.cutOff();
      await sleep(3_000);
      restore();
    },
  },
  { name: "dead-backend", hasDeadBackend: true, mostRequests: 30, weather: async () => undefined },
  {
    name: "refusals",
    mostRequests: 20,
    weather: async ({ faults }, _, workers) => {
      // Every worker is refused at least once, whatever it asks.
      const path = /^\/api\/v1\/namespaces\/(kube-public|kube-system)\//;
      faults.add({ match: { path }, times: 2 * workers, action: { kind: "status", code: 429, retryAfterSeconds } });
    },
  },
];

const threads = 8;

const programsStorm = "programs";

/** Of both programs, at places where an ordinary user may start them. */
async function compareRefusals(): Promise<readonly Figure[] | string> {
  const programs = await findPrograms(writtenFor);
  if (programs === undefined) return "upstream's program is not there, and no Go toolchain to build it";
  await using directory = await openRunDirectory();
  chmodSync(directory.path, 0o755);
  const copied = (name: string, from: string) => {
    const path = join(directory.path, name);
    copyFileSync(from, path);
    chmodSync(path, 0o755);
    return path;
  };
  const refusals = { processes: 20, retryAfterSeconds };
  return [
    ...(await refusedDiscoveries({ name: "this program", path: copied("ours", programs.ours) }, refusals)),
    ...(await refusedDiscoveries({ name: "upstream's", path: copied("upstream", programs.upstream) }, refusals)),
  ];
}

/** Starts a thread, and resolves when it is ready to join its workers. */
async function startJoiners(joiners: Joiners): Promise<{ join(): Promise<readonly WorkerResult[]> }> {
  const thread = new Worker(new URL("./storm/joiners.ts", import.meta.url), { workerData: joiners });
  await once(thread, "message");
  return {
    join: async () => {
      thread.postMessage("join");
      const [results] = (await once(thread, "message")) as [readonly WorkerResult[]];
      await thread.terminate();
      return results;
    },
  };
}

async function run(storm: Storm, count: number): Promise<readonly Figure[]> {
  const controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
  const { hostname: host, port } = new URL(controlPlane.url);
  const backend = { host, port: Number(port) };
  // Nothing listens on a port that was just closed.
  const dead = { host: "127.0.0.1", port: 1 };
  await using balancer = await startBalancer(storm.hasDeadBackend === true ? [backend, dead, backend] : [backend]);
  const cluster = {
    endpoint: controlPlane.endpoint,
    port: balancer.port,
    token: await controlPlane.createToken({ ttlSeconds: 3600 }),
    caPin: controlPlane.caPin,
  };
  const names = Array.from({ length: count }, (_, index) => `w${String(index + 1).padStart(3, "0")}`);
  const joiners = await Promise.all(
    Array.from({ length: threads }, (_, thread) =>
      startJoiners({ cluster, names: names.filter((_name, index) => index % threads === thread) }),
    ),
  );
  const weather = storm.weather(controlPlane, balancer, count);
  const started = performance.now();
  const workers = (await Promise.all(joiners.map((each) => each.join()))).flat();
  const seconds = (performance.now() - started) / 1_000;
  await weather;
  await controlPlane.close();
  for (const { name, error } of workers.filter((each) => each.error !== undefined).slice(0, 5)) {
    console.log(`${storm.name}: ${name}: ${error}`);
  }
  return figuresOf(storm, workers, { seconds, deadConnections: balancer.refused });
}

/** Milliseconds in which a part of the retries counts as one wave, and the largest part that may be in one. */
const waveMs = 100;
const largestWave = 0.5;

function figuresOf(
  { name, mostRequests }: Storm,
  workers: readonly WorkerResult[],
  { seconds, deadConnections }: { readonly seconds: number; readonly deadConnections: number },
): readonly Figure[] {
  const joined = workers.filter(({ error }) => error === undefined).length;
  const requests = workers.map((each) => each.requests.length);
  const retries = retriesOf(workers);
  const asked = retries.filter(({ retryAfterMs }) => retryAfterMs !== undefined);
  const early = asked.filter(({ afterMs, retryAfterMs = 0 }) => afterMs < retryAfterMs - 5);
  const pauses = retries.map(({ afterMs }) => Math.round(afterMs));
  const of = (what: string) => `${name}: ${what}`;
  const round = (value: number) => Math.round(value * 100) / 100;
  return [
    { what: of("workers that joined"), value: joined, goal: `${workers.length}`, holds: joined === workers.length },
    { what: of("time until all had joined"), value: round(seconds), unit: "s" },
    {
      what: of("time of a join, median"),
      value: Math.round(
        quantile(
          workers.map((each) => each.durationMs),
          0.5,
        ),
      ),
      unit: "ms",
    },
    { what: of("requests of a join, median"), value: quantile(requests, 0.5) },
    atMost(of("requests of a join, most"), Math.max(...requests), mostRequests),
    { what: of("connections to the dead backend"), value: deadConnections },
    { what: of("retries"), value: retries.length },
    ...(retries.length === 0
      ? []
      : [
          {
            what: of("pause before a retry, 5 %, 50 % and 95 %"),
            value: [0.05, 0.5, 0.95].map((each) => quantile(pauses, each)).join(", "),
            unit: "ms",
          },
          atMost(
            of(`share of the pauses in one window of ${waveMs} ms`),
            round(largestShare(pauses, waveMs)),
            largestWave,
          ),
        ]),
    ...(asked.length === 0
      ? []
      : [
          { what: of("refusals with Retry-After that were followed by a retry"), value: asked.length },
          {
            what: of("of these, retries before the time that the server asked for"),
            value: early.length,
            goal: "0",
            holds: early.length === 0,
          },
        ]),
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      workers: { type: "string", default: "200" },
      only: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  });
  const names = [...storms.map(({ name }) => name), programsStorm];
  const unknown = values.only.some((name) => !names.includes(name));
  if (values.help || unknown || !/^[1-9]\d*$/.test(values.workers)) {
    (values.help ? process.stdout : process.stderr).write(help);
    return values.help ? 0 : 2;
  }
  const write = startResult({ name: "storm", command: "npm run storm" });
  const figures: Figure[] = [];
  const chosen = storms.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  const add = (found: readonly Figure[]) => {
    for (const { what, value, unit = "", goal, holds } of found) {
      const judgement = goal === undefined ? "" : ` (${goal}${holds === false ? ": DOES NOT HOLD" : ""})`;
      console.log(`${what}: ${value} ${unit}`.trim() + judgement);
    }
    figures.push(...found);
  };
  for (const storm of chosen) add(await run(storm, Number(values.workers)));
  const isCompared = values.only.length === 0 || values.only.includes(programsStorm);
  const compared = isCompared ? await compareRefusals() : "another storm was chosen";
  if (typeof compared !== "string") add(compared);
  const skipped = [
    ...storms
      .filter((storm) => !chosen.includes(storm))
      .map(({ name }) => ({ what: name, why: "another storm was chosen" })),
    ...(typeof compared === "string" ? [{ what: "the refusals beside upstream's program", why: compared }] : []),
    {
      what: "whole joins of 200 by upstream's program",
      why: "each of its processes needs a machine of its own: it takes no machine in memory",
    },
    { what: "20 workers at once on a real cluster", why: "there is no suite for it yet" },
  ];
  console.log(`written to ${relative(process.cwd(), write({ figures, skipped }))}`);
  return allHold(figures) ? 0 : 1;
}

process.exitCode = await main();
