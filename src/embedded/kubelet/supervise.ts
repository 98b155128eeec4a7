import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { localClock } from "../../host/local/clock.ts";
import { changeNear } from "./change-near.ts";
import { readEnvironmentFile, wordsOf } from "./environment-file.ts";
import { KubeletExit } from "./kubelet-exit.ts";
import { type LifeOptions, liveOnce } from "./life.ts";

const environmentFile = "/var/lib/kubelet/kubeadm-flags.env";
const extraArgumentFiles = ["/etc/default/kubelet", "/etc/sysconfig/kubelet"];
/** How long a configuration may exist without its environment file, which kubeadm writes right after it. */
const environmentGraceMs = 500;

export interface SuperviseOptions extends LifeOptions {
  /** RestartSec of the unit, in milliseconds: the pause after a run that ended without a command. */
  readonly restartDelayMs: number;
  /** Path of the kubelet's configuration file on the node. */
  readonly configuration: string;
}

/**
 * What systemd does with kubelet.service, and kubeadm through systemd: a kubelet that exits is restarted, and so is one
 * whose environment file was rewritten (the last thing kubeadm does before `systemctl restart`). Until there is a
 * configuration, the kubelet is in its loop of failing starts. Ends with the signal.
 */
export async function supervise(options: SuperviseOptions): Promise<never> {
  const { signal, log } = options;
  for (;;) {
    await environmentWritten(options);
    const seen = stampOf(options.rooted(environmentFile));
    const over = new AbortController();
    const life = AbortSignal.any([signal, over.signal]);
    const restart = restartWanted(options, seen, life).then(() => over.abort());
    restart.catch(() => undefined);
    try {
      await liveOnce({ ...options, argv: argumentsOf(options), signal: life });
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof KubeletExit) log.error("command failed", error.message);
      else if (!over.signal.aborted) throw error;
    } finally {
      over.abort();
    }
    await pause(options, seen);
  }
}

/** The command line of the unit: its own flags, then those of the environment files. */
export function argumentsOf(options: Pick<SuperviseOptions, "rooted" | "argv">): readonly string[] {
  const { rooted, argv } = options;
  const own = readEnvironmentFile(rooted(environmentFile)).get("KUBELET_KUBEADM_ARGS") ?? "";
  const extra = extraArgumentFiles.map((path) => readEnvironmentFile(rooted(path)).get("KUBELET_EXTRA_ARGS") ?? "");
  return [...argv, ...wordsOf(own), ...extra.flatMap(wordsOf)];
}

/** kubeadm keeps the kubelet stopped between the two files; a start in that moment would miss the flags. */
async function environmentWritten({ rooted, configuration, signal }: SuperviseOptions): Promise<void> {
  const environment = rooted(environmentFile);
  if (!existsSync(rooted(configuration))) return;
  const deadline = localClock.monotonic() + environmentGraceMs;
  while (!existsSync(environment) && localClock.monotonic() < deadline) await changeNear(dirname(environment), signal);
}

/** RestartSec, cut short when there is a new configuration to start with. */
async function pause(options: SuperviseOptions, seen: string): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([options.signal, over.signal]);
  const stopping = (error: unknown) => {
    if (!over.signal.aborted) throw error;
  };
  try {
    await Promise.race([
      localClock.sleep(options.restartDelayMs, either).catch(stopping),
      restartWanted(options, seen, either).catch(stopping),
    ]);
  } finally {
    over.abort();
  }
}

/** Resolves when the environment file differs from `seen`, or the configuration was written without one. */
async function restartWanted(options: SuperviseOptions, seen: string, signal: AbortSignal): Promise<void> {
  const environment = options.rooted(environmentFile);
  const configuration = options.rooted(options.configuration);
  const hadConfiguration = existsSync(configuration);
  let configuredAt = Number.POSITIVE_INFINITY;
  for (;;) {
    const present = stampOf(environment);
    if (present !== seen && present !== "") return;
    const now = localClock.monotonic();
    if (!hadConfiguration && configuredAt === Number.POSITIVE_INFINITY && existsSync(configuration)) configuredAt = now;
    if (now - configuredAt > environmentGraceMs) return;
    await changeNear(dirname(environment), signal);
  }
}

/** Different for each version of the file; empty if there is none. */
function stampOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? "" : `${status.ino}-${status.mtimeMs}-${status.ctimeMs}`;
}
