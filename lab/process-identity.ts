import { readFileSync } from "node:fs";

/** A process id is used again by the system, its start time is not: only both together name a process. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as /proc/PID/stat has it. */
  readonly startTime: string;
}

interface Stat {
  readonly state: string;
  readonly startTime: string;
}

function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field, the program's name, may hold blanks and brackets: what counts begins after the last bracket.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  const startTime = fields[19];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}

export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime };
}

export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== "Z" && stat.state !== "X";
}

/** Does nothing when the process is gone, or its id belongs to another by now. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
