// The compiled programs themselves, this one and upstream's, in the same storm: many processes discover a cluster that refuses
// them at first. Only discovery, which needs no machine: `kubeadm join phase preflight` changes nothing.
import { spawn } from "node:child_process";
import { startControlPlane } from "../../src/embedded/control-plane/index.ts";
import type { Figure } from "../results/result.ts";
import { largestShare } from "./waves.ts";

interface Program {
  readonly name: "this program" | "upstream's";
  readonly path: string;
}

interface Refusals {
  readonly processes: number;
  readonly retryAfterSeconds: number;
}

const limitMs = 120_000;
const waveMs = 100;

/** Each process is refused twice, on average, before it may read cluster-info. */
export async function refusedDiscoveries(program: Program, { processes, retryAfterSeconds }: Refusals) {
  const controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
  const token = await controlPlane.createToken({ ttlSeconds: 3600 });
  const path = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
  controlPlane.faults.add({
    match: { path },
    times: 2 * processes,
    action: { kind: "status", code: 429, retryAfterSeconds },
  });
  const args = [
    ...["join", "phase", "preflight", controlPlane.endpoint, "--token", token],
    ...["--discovery-token-ca-cert-hash", controlPlane.caPin, "--ignore-preflight-errors=all"],
  ];
  const outcomes = await Promise.all(Array.from({ length: processes }, () => ended(program.path, args)));
  const asked = controlPlane.requests.matching((request) => request.path.startsWith(path));
  await controlPlane.close();
  const first = outcomes.find(({ status }) => status !== 0);
  if (first !== undefined) console.log(`${program.name}: ${first.stderr.trim().split("\n").at(-1)}`);
  return figuresOf(program, {
    processes,
    succeeded: outcomes.filter(({ status }) => status === 0).length,
    // The first request of each process shows only how fast processes start.
    arrivals: asked
      .map(({ time }) => time.getTime())
      .toSorted((a, b) => a - b)
      .slice(processes),
  });
}

function figuresOf(
  { name }: Program,
  counts: { readonly processes: number; readonly succeeded: number; readonly arrivals: readonly number[] },
): readonly Figure[] {
  const { processes, succeeded, arrivals } = counts;
  const of = (what: string) => `refused discovery by ${processes} processes, ${name}: ${what}`;
  return [
    { what: of("that succeeded"), value: succeeded },
    { what: of("further requests of a process, mean"), value: Math.round((10 * arrivals.length) / processes) / 10 },
    {
      what: of(`largest share of these that arrived within ${waveMs} ms`),
      value: Math.round(100 * largestShare(arrivals, waveMs)) / 100,
    },
  ];
}

/** As an ordinary user: preflight then finds more, and can do less. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

async function ended(program: string, args: readonly string[]) {
  const child = spawn(program, args, {
    ...{
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: ["ignore", "ignore", "pipe"],
      timeout: limitMs,
    },
    ...user,
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const status = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  return { status, stderr };
}
