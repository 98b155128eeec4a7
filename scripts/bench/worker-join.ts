import type { Lab } from "../../lab/lab.ts";
import type { LabHost } from "../../lab/lab-host.ts";
import type { Bench, Measurement } from "./measurement.ts";
import { memoryRow, peakMemory } from "./peak-memory.ts";
import { inTurn, mapSamples, order, ours, programs, say, timed } from "./programs.ts";

const name = "w1";

export const workerJoin: Measurement = {
  name: "worker-join",
  summary: "the time of a worker join to a cluster that has been running for a while",
  measure: (bench) =>
    withWorker(bench, async (host) => {
      const { lab, rounds } = bench;
      const join = async (program: keyof typeof programs) => {
        await clear(lab, host);
        return timed(host, program, joinArguments(lab));
      };
      // Warms the page cache.
      for (const program of order) await join(program);
      const samples = await inTurn(rounds, async ({ program, round }) => {
        const elapsed = await join(program);
        say(`worker-join ${round} of ${rounds} by ${program}: ${elapsed.toFixed(0)} ms`);
        return elapsed;
      });
      return [{ what: "worker join, time", unit: "ms", samples, limit: 0.65 }];
    }),
};

/** Measuring a process slows it down, so memory is measured in separate joins. */
export const workerJoinMemory: Measurement = {
  name: "worker-join-memory",
  summary: "the memory and the requests of a worker join",
  measure: (bench) =>
    withWorker(bench, async (host) => {
      const { lab } = bench;
      const found = await inTurn(3, async ({ program, round }) => {
        await clear(lab, host);
        const since = (await lab.auditLog()).length;
        const memory = await peakMemory(host, program, joinArguments(lab));
        await lab.waitForNode(name);
        const rows = (await lab.auditLog()).slice(since).filter((row) => row.sourceAddresses.includes(host.address));
        say(`worker-join-memory ${round} of 3 by ${program}: ${memory.toFixed(1)} MiB`);
        return { memory, requests: rows.filter(isPartOfJoin).length };
      });
      const requests = mapSamples(found, (each) => each.requests);
      const memory = mapSamples(found, (each) => each.memory);
      return [
        memoryRow("worker join", memory),
        { what: "worker join, requests up to the certificate", unit: "", samples: requests, limit: 1 },
      ];
    }),
};

async function withWorker<T>({ lab, cluster }: Bench, use: (host: LabHost) => Promise<T>): Promise<T> {
  await cluster();
  const host = await lab.addHost(name, { kubeadm: ours });
  const result = await use(host);
  await clear(lab, host);
  await lab.removeHost(name);
  return result;
}

function joinArguments(lab: Lab): readonly string[] {
  return ["join", ...lab.joinArguments(), "--ignore-preflight-errors=SystemVerification"];
}

/** Reports whether a request is kubeadm's own, or one for the first certificate, which kubeadm or the kubelet makes. */
function isPartOfJoin({ userAgent, uri }: { readonly userAgent: string; readonly uri: string }): boolean {
  return userAgent.startsWith("kubeadm") || uri.includes("/certificatesigningrequests");
}

async function clear(lab: Lab, host: LabHost): Promise<void> {
  await host.run([programs.upstream, "reset", "-f"]);
  await lab.kubectl(["delete", "node", name, "--ignore-not-found"]);
}
