// Which failures of a workflow a suite tries, and a command in which one of them happens.
import { readFileSync, writeFileSync } from "node:fs";
import type { ClusterMachine } from "../../../src/embedded/index.ts";
import { kubeadm, type Outcome } from "../control-plane/kubeadm.ts";
import type { Random } from "../random.ts";
import { watchSlowness } from "../slowness.ts";
import { type Failure, failing, fileFailures, requestFailures } from "./failing-machine.ts";
import { uninterrupted } from "./interrupted-machine.ts";

/** Of a run that fails: its timeouts are `shortTimeout` each. */
const longestRunMs = 45_000;
const usualTimeout = /"(30|40)s"/g;
const shortTimeout = '"4s"';

/** Every write and every request fails in a way, each at its place; so do the other kinds. */
export function everyFailure(steps: readonly string[], numbers: Random): readonly Failure[] {
  const { files, requests } = countsOf(steps);
  return [
    ...Array.from({ length: files }, (_, at) => fileFailure(at, numbers)),
    ...Array.from({ length: requests }, (_, at) => requestFailure(at, numbers)),
    ...otherFailures(steps, numbers),
  ];
}

/** One failure of each way, each at a step that the numbers choose. */
export function failureOfEachWay(steps: readonly string[], numbers: Random): readonly Failure[] {
  const { files, requests } = countsOf(steps);
  return [
    ...fileFailures.map((how) => fileFailure(below(files, numbers), numbers, how)),
    ...requestFailures.map((how) => requestFailure(below(requests, numbers), numbers, how)),
  ];
}

/** The runtime and etcd do not respond from their first step on, a service not from any step on. */
export function otherFailures(steps: readonly string[], numbers: Random): readonly Failure[] {
  const { services } = countsOf(steps);
  const other = (kind: "service" | "etcd" | "runtime", at = 0): Failure => {
    return { kind, how: "unavailable", at, lasts: true };
  };
  return [
    other("runtime"),
    ...(services > 0 ? [other("service", below(services, numbers))] : []),
    ...(steps.some(isOfEtcd) ? [other("etcd")] : []),
  ];
}

function below(count: number, numbers: Random): number {
  return Math.floor(numbers.next() * count);
}

function fileFailure(at: number, numbers: Random, how = fileFailures[at % fileFailures.length] ?? "EIO"): Failure {
  return { kind: "file", how, at, lasts: numbers.next() < 0.5 };
}

function requestFailure(
  at: number,
  numbers: Random,
  how = requestFailures[at % requestFailures.length] ?? 503,
): Failure {
  return { kind: "request", how, at, lasts: numbers.next() < 0.5 };
}

const isOfEtcd = (step: string) => step.endsWith("etcd member");

function countsOf(steps: readonly string[]) {
  const count = (pattern: RegExp) => steps.filter((step) => pattern.test(step) && !isOfEtcd(step)).length;
  return {
    files: count(/^(write|make|link|remove) /),
    requests: count(/^[A-Z]/),
    services: count(/^(start|stop|restart|reload) /),
  };
}

export interface CommandOnMachine {
  readonly machine: ClusterMachine;
  readonly args: readonly string[];
}

/**
 * Runs a command in which something fails, and once more without the cause if it has failed. Throws if it fails in another
 * way than it should, or if the second run fails. Returns the outcome of the first run.
 */
export async function failsOnce(failure: Failure, { machine, args }: CommandOnMachine): Promise<Outcome> {
  const program = uninterrupted(machine);
  const restore = shortened({ machine, args });
  const started = performance.now();
  using watch = watchSlowness();
  const first = await kubeadm(failing(program, failure), args);
  const took = performance.now() - started;
  const longest = longestRunMs * watch.factor();
  program.end();
  restore();
  if (first.status === 0) return first;
  if (!/^code: [A-Z_]+$/m.test(first.stderr)) throw new Error(`no code: ${first.stderr}`);
  if (first.stderr.includes("code: INTERNAL")) throw new Error(`a defect: ${first.stderr}`);
  if (took > longest) throw new Error(`took ${Math.round(took)} ms to fail: ${first.stderr}`);
  const second = await kubeadm(uninterrupted(machine), args);
  if (second.status !== 0) throw new Error(`after "${first.stderr.trim()}": ${second.stderr.trim()}`);
  return first;
}

/** Writes short timeouts; the result puts the usual ones back. Timeouts are no part of what makes two runs the same run. */
function shortened({ machine, args }: CommandOnMachine): () => void {
  const path = args[args.indexOf("--config") + 1];
  if (!args.includes("--config") || path === undefined) return () => undefined;
  const file = machine.root.inside(path);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replaceAll(usualTimeout, shortTimeout));
  return () => writeFileSync(file, text);
}
