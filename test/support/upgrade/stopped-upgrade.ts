// An upgrade of a real node that is stopped at moments of chance, and run again by the same command until it has ended.
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { expect } from "vitest";
import type { LabHost } from "../../../lab/lab-host.ts";
import { CommandFailed, type CommandResult } from "../../../lab/run-command.ts";
import { columns } from "../columns.ts";
import type { Random } from "../random.ts";
import { mustUpgrade, runUpgrade } from "./upgrade-lab.ts";
import { fingerprintsOf } from "./upgrade-record.ts";

/** SIGINT is what Ctrl-C sends. */
export type StopSignal = "SIGKILL" | "SIGINT";

export interface Stop {
  readonly command: string;
  readonly host: string;
  readonly signal: StopSignal;
  /** Milliseconds since the run began. */
  readonly afterMs: number;
  /** The last line that the run printed. */
  readonly lastLine: string;
  /** What the next run said about this one. */
  readonly next: string;
}

export interface StoppedUpgrade {
  readonly args: readonly [string, ...string[]];
  /** One signal for each run that is stopped. */
  readonly signals: readonly StopSignal[];
  /** How long a run takes that no one stops. */
  readonly wholeMs: number;
  readonly random: Random;
}

/** The program has started by then. */
const earliestMs = 100;
const statuses: Readonly<Record<StopSignal, number>> = { SIGKILL: 137, SIGINT: 130 };
const journal = "/var/lib/kubeadm/journal.json";

/**
 * Runs an upgrade, stops it at a moment of what is left of it, and repeats that for every signal; then lets it end. Fails
 * if a certificate was renewed twice, if a backup is lost, or if one is not of what was there before the first run. Returns
 * the stops: fewer than signals if a run has ended before its moment.
 */
export async function stoppedUpgrade(host: LabHost, upgrade: StoppedUpgrade): Promise<readonly Stop[]> {
  const { args, signals, wholeMs, random } = upgrade;
  const [command] = args;
  const before = await filesOf(host);
  const stops: Stop[] = [];
  const between: NodeFiles[] = [];
  let passedMs = 0;
  let hasEnded = false;
  for (const signal of signals) {
    const afterMs = Math.round(earliestMs + random.next() * Math.max(0, wholeMs - passedMs - earliestMs));
    const run = await stoppedRun(host, args, { signal, afterMs });
    nameNext(stops, run);
    if (run.exitCode !== 0 && run.exitCode !== statuses[signal]) {
      throw new CommandFailed([host.name, "upgrade", ...args], run);
    }
    const files = await filesOf(host);
    // Without its journal a run that has made backups has ended.
    hasEnded = run.exitCode === 0 || (!host.exists(journal) && Object.keys(files.backups).length > 0);
    if (hasEnded) break;
    passedMs += afterMs;
    stops.push({ command, host: host.name, signal, afterMs, lastLine: lastLineOf(run), next: "" });
    between.push(files);
    process.stderr.write(`upgrade ${command} on ${host.name}: ${signal} after ${afterMs} ms at: ${lastLineOf(run)}\n`);
  }
  if (!hasEnded) {
    const isContinued = host.exists(journal);
    const last = await mustUpgrade(host, "ours", args);
    nameNext(stops, last);
    if (isContinued) {
      expect(last.stdout).toContain("Continuing the upgrade");
      for (const path of Object.keys(between.at(-1)?.backups ?? {})) {
        expect(last.stdout, "the backups that are named").toContain(path.slice(0, path.lastIndexOf("/")));
      }
    }
  }
  const after = await filesOf(host);
  expect(host.exists(journal)).toBe(false);
  for (const files of between) {
    for (const [path, fingerprint] of Object.entries(files.certificates)) {
      if (fingerprint === before.certificates[path]) continue;
      expect([path, after.certificates[path]], "renewed once").toEqual([path, fingerprint]);
    }
    expect(after.backups, "the backups that were there").toMatchObject(files.backups);
  }
  expect(savedManifests(after), "the manifests in the backups").toEqual(before.manifests);
  return stops;
}

/** Runs the upgrade until a signal ends it, or it ends before that. */
async function stoppedRun(
  host: LabHost,
  args: readonly string[],
  { signal, afterMs }: Pick<Stop, "signal" | "afterMs">,
): Promise<CommandResult> {
  let hasEnded = false;
  const running = runUpgrade(host, "ours", args).finally(() => {
    hasEnded = true;
  });
  running.catch(() => undefined);
  await sleep(afterMs);
  const kill = ["pkill", "--signal", signal, "-f", "^\\S*kubeadm\\S* upgrade "] as const;
  // On a busy machine it may not have started.
  while (!hasEnded && (await host.run(kill)).exitCode !== 0) await sleep(20);
  return running;
}

function lastLineOf({ stdout, stderr }: CommandResult): string {
  const lines = stripVTControlCharacters(`${stderr}\n${stdout}`).split("\n");
  return lines.findLast((line) => line.trim() !== "") ?? "";
}

/** Completes the last stop by what the run after it said. */
function nameNext(stops: Stop[], { stdout }: CommandResult): void {
  const last = stops.pop();
  if (last !== undefined) stops.push({ ...last, next: beginningOf(stdout) });
}

function beginningOf(stdout: string): string {
  const continued = /Continuing the upgrade .* that stopped .*? ago(?: in (\S+))?/.exec(stdout);
  if (continued !== null)
    return continued[1] === undefined ? "continues between phases" : `continues in ${continued[1]}`;
  return stdout.trim() === "" ? "is stopped before its first line" : "begins";
}

interface NodeFiles {
  /** Path → hash of the certificate. */
  readonly certificates: Readonly<Record<string, string>>;
  /** Path → hash of the content, of backups that stay. */
  readonly backups: Readonly<Record<string, string>>;
  /** Name → hash of the content. */
  readonly manifests: Readonly<Record<string, string>>;
}

const temporary = "/etc/kubernetes/tmp";
const manifests = "/etc/kubernetes/manifests";
/** Old certificates and the copy of etcd's data are removed in the end. */
const keptBackup =
  /\/kubeadm-(?:backup-manifests|backup-etcd|kubelet-config)-[^/]+\/(?:[^/]+\.yaml|snapshot(?:-\d+)?\.db)$/;

async function filesOf(host: LabHost): Promise<NodeFiles> {
  const contents = async (directory: string) =>
    (await host.readTree([directory])).flatMap(({ path, sha256 }) =>
      sha256 === undefined ? [] : [[path, sha256] as const],
    );
  const certificates = Object.entries(await fingerprintsOf(host)).filter(([path]) => !path.startsWith(temporary));
  const backups = (await contents(temporary)).filter(([path]) => keptBackup.test(path));
  const present = (await contents(manifests)).map(([path, hash]) => [nameOf(path), hash] as const);
  return {
    certificates: Object.fromEntries(certificates),
    backups: Object.fromEntries(backups),
    manifests: Object.fromEntries(present),
  };
}

/** Returns the manifests in the backups by their names; two with one name must be the same. */
function savedManifests({ backups }: NodeFiles): Readonly<Record<string, string>> {
  const saved: Record<string, string> = {};
  for (const [path, hash] of Object.entries(backups)) {
    if (!path.includes("/kubeadm-backup-manifests-")) continue;
    const name = nameOf(path);
    expect([path, saved[name] ?? hash]).toEqual([path, hash]);
    saved[name] = hash;
  }
  return saved;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Returns the stops as lines, one for each. */
export function stopTable(stops: readonly Stop[]): readonly string[] {
  const rows = stops.map(({ command, host, signal, afterMs, lastLine, next }, index) => [
    ...[`${index + 1}`, command, host, signal, `${(afterMs / 1000).toFixed(1)} s`, next, lastLine.slice(0, 90)],
  ]);
  return columns([["", "upgrade", "host", "signal", "after", "the next run", "last line"], ...rows]);
}
