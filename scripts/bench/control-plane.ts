import { joinArguments } from "../../lab/cluster.ts";
import type { Lab } from "../../lab/lab.ts";
import type { LabHost } from "../../lab/lab-host.ts";
import { writeInitConfiguration } from "./init-configuration.ts";
import type { Bench, Measurement } from "./measurement.ts";
import { memoryRow, peakMemory } from "./peak-memory.ts";
import { inTurn, ours, programs, say, timed } from "./programs.ts";

interface Command {
  readonly name: "init" | "control-plane join";
  /** Of the time. */
  readonly limit: number;
  prepare(lab: Lab, host: LabHost): Promise<readonly string[]>;
  undo(lab: Lab, host: LabHost): Promise<void>;
}

/** A separate cluster, next to the one for the joins. */
const init: Command = {
  name: "init",
  limit: 0.72,
  prepare: async ({ state, cluster }, host) => writeInitConfiguration(host, { ...state, ...cluster }),
  undo: async () => undefined,
};

const join: Command = {
  name: "control-plane join",
  limit: 0.35,
  prepare: async ({ cluster }) => ["join", ...joinArguments(cluster, { controlPlane: true })],
  undo: async (lab, host) => {
    await host.mustRun([programs.upstream, "reset", "-f"]);
    await lab.kubectl(["delete", "node", host.name, "--ignore-not-found"]);
  },
};

/** Control planes have half as many rounds as workers. */
function time(command: Command): Measurement {
  const name = command.name.replace(" ", "-");
  return {
    name,
    summary: `the time of ${command.name}`,
    async measure(bench) {
      const rounds = Math.ceil(bench.rounds / 2);
      const samples = await inTurn(rounds, async ({ program, round }) => {
        const elapsed = await onFreshHost(bench, command, (host, args) => timed(host, program, args));
        say(`${name} ${round} of ${rounds} by ${program}: ${elapsed.toFixed(0)} ms`);
        return elapsed;
      });
      return [{ what: `${command.name}, time`, unit: "ms", samples, limit: command.limit }];
    },
  };
}

function memory(command: Command): Measurement {
  const name = `${command.name.replace(" ", "-")}-memory`;
  return {
    name,
    summary: `the memory of ${command.name}`,
    async measure(bench) {
      const samples = await inTurn(2, async ({ program, round }) => {
        const peak = await onFreshHost(bench, command, (host, args) => peakMemory(host, program, args));
        say(`${name} ${round} of 2 by ${program}: ${peak.toFixed(1)} MiB`);
        return peak;
      });
      return [memoryRow(command.name, samples)];
    },
  };
}

/** The host's store already has the images. */
async function onFreshHost<T>(
  { lab, cluster }: Bench,
  command: Command,
  measure: (host: LabHost, args: readonly string[]) => Promise<T>,
): Promise<T> {
  await cluster();
  const host = await lab.addHost("cp2", { kubeadm: ours });
  const result = await measure(host, await command.prepare(lab, host));
  await command.undo(lab, host);
  await lab.removeHost(host.name);
  return result;
}

export const controlPlane: readonly Measurement[] = [time(init), memory(init), time(join), memory(join)];
