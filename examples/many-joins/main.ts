// Fifty machines join an embedded cluster, eight at a time. Every tenth one is still starting when its turn comes.
//
//   node examples/many-joins/main.ts [MACHINES]
//
// With machines of your own, `ports` is what reaches each of them: its files and commands over ssh, for example.
import { isKubeadmError, joinCluster } from "kubeadm-ts";
import { clusterToJoin } from "../support/cluster-to-join.ts";
import { type Candidate, joinAll } from "./join-all.ts";

const machines = Number(process.argv[2] ?? 50);
const limit = 8;

await using stage = await clusterToJoin();
let running = 0;
let most = 0;

function candidate(number: number): Candidate {
  const name = `w${String(number).padStart(2, "0")}`;
  // Its container runtime: preflight refuses a machine whose runtime is not ready.
  const runtime = { runtimeReady: number % 10 !== 0 };
  const created = () => stage.cluster.machine(name, { runtime });
  let machine: ReturnType<typeof created> | undefined;
  return {
    name,
    join: async (signal) => {
      running += 1;
      most = Math.max(most, running);
      try {
        machine ??= created();
        const { ports } = await machine;
        const result = await joinCluster({ flags: stage.flags, ports, signal });
        // A machine stays up after it has joined; fifty of them need not stay up here.
        await (await machine)[Symbol.asyncDispose]();
        return result;
      } finally {
        running -= 1;
        runtime.runtimeReady = true;
      }
    },
  };
}

const candidates = Array.from({ length: machines }, (_, index) => candidate(index + 1));
const outcomes = await joinAll(candidates, { limit, attempts: 3, attemptMs: 120_000, pauseMs: 200 });

for (const { name, error } of outcomes) {
  if (error !== undefined)
    console.error(`${name}: ${isKubeadmError(error) ? `${error.code}: ${error.remedy}` : error}`);
}
const joined = outcomes.filter(({ result }) => result !== undefined);
const again = joined.filter(({ attempts }) => attempts > 1).map(({ name }) => name);
console.log(JSON.stringify({ joined: joined.length, atOnce: most, again }));
process.exitCode = joined.length === machines ? 0 : 1;
