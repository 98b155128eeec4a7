import type { CommandResult, Commands } from "../../host/host.ts";
import type { RunningKubelet } from "../start-kubelet.ts";

/** Failed starts since boot: the machine has been up for a minute, without having joined a cluster. */
const earlierStarts = 7;
const failed = '"command failed"';

/**
 * systemctl and journalctl of a machine whose only unit is kubelet.service, enabled, restarted whenever it ends. Same
 * as in systemd, a stop while the unit waits for its next automatic start does not reset NRestarts.
 */
export function unitPrograms(kubelet: Pick<RunningKubelet, "command" | "output"> | undefined): Commands {
  let isActive = true;
  let counted = earlierStarts;
  let starts = 0;
  let consumed = 0;
  const unread = () => kubelet?.output().slice(consumed) ?? "";
  const ends = () => unread().split(failed).length - 1;
  /** Its last event was a failure: it waits for its next start. */
  const waits = () => (unread().trimEnd().split("\n").at(-1) ?? "").includes(failed);
  /** Log lines of the current start, or of the last failed one. */
  const lines = () => {
    const all = unread().trimEnd().split("\n");
    const before = all.slice(0, waits() ? -1 : undefined).findLastIndex((line) => line.includes(failed));
    return all.slice(before + 1).filter((line) => line !== "");
  };
  const act = async (verb: "start" | "stop" | "restart") => {
    if (kubelet === undefined) return;
    if (isActive) counted = waits() ? counted + ends() : 0;
    isActive = verb !== "stop";
    starts += 1;
    consumed = kubelet.output().length;
    await kubelet.command(isActive ? "restart" : "stop");
  };
  const shown = () => [
    "LoadState=loaded",
    "UnitFileState=enabled",
    "NeedDaemonReload=no",
    ...states(isActive, waits()),
    `NRestarts=${counted + ends()}`,
    ...(ends() > 0 ? ["ExecMainCode=1", "ExecMainStatus=1"] : ["ExecMainCode=0", "ExecMainStatus=0"]),
    `InvocationID=${(starts * 1_000_000 + ends() + 1).toString(16).padStart(32, "0")}`,
  ];
  const systemctl = async (verb: string, unit: string): Promise<Partial<CommandResult>> => {
    if (verb === "daemon-reload") return {};
    const isHere = unit === "kubelet" && kubelet !== undefined;
    if (verb === "show") return { stdout: `${(isHere ? shown() : absent).join("\n")}\n` };
    if (!isHere) return { exitCode: 5, stderr: `Failed to ${verb} ${unit}.service: Unit ${unit}.service not found.\n` };
    if (verb !== "start" && verb !== "stop" && verb !== "restart") throw new Error(`systemctl ${verb} is unknown`);
    await act(verb);
    return {};
  };
  return {
    find: async (name) => (programs.has(name) ? `/usr/bin/${name}` : undefined),
    run: async ([program, verb = "", unit = "", ...rest], { signal }) => {
      signal.throwIfAborted();
      const result =
        program === "systemctl"
          ? await systemctl(verb, unit)
          : { stdout: `${lines().slice(-numberAfter("--lines", rest)).join("\n")}\n` };
      return { exitCode: 0, stdout: "", stderr: "", ...result };
    },
  };
}

const programs: ReadonlySet<string> = new Set(["systemctl", "journalctl"]);
const absent = ["LoadState=not-found", "ActiveState=inactive", "SubState=dead"];

function states(isActive: boolean, waits: boolean): readonly string[] {
  if (!isActive) return ["ActiveState=inactive", "SubState=dead"];
  return waits ? ["ActiveState=activating", "SubState=auto-restart"] : ["ActiveState=active", "SubState=running"];
}

function numberAfter(flag: string, words: readonly string[]): number {
  return Number(words[words.indexOf(flag) + 1]);
}
