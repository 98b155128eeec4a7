// Does as doctor says: runs the commands that it prints, as they are printed, in their order.
import { setTimeout as pause } from "node:timers/promises";
import type { LabHost } from "../../../../lab/lab-host.ts";
import { CommandTimeout } from "../../../../lab/run-command.ts";
import type { PrintedFinding, PrintedReport } from "../examine.ts";
import type { FaultHost } from "../fault.ts";
import type { FaultLab } from "../fault-lab.ts";
import { type PrintedCommand, printedCommand } from "./printed-command.ts";

/** A command that was carried out. */
export interface Deed {
  readonly host: FaultHost;
  readonly command: string;
  /** "timeout" if it did not end. */
  readonly status: number | "timeout";
  /** What it printed last. */
  readonly lastWords: string;
}

export interface Obedience {
  /** Whether doctor finds nothing any more. */
  readonly isWhole: boolean;
  readonly deeds: readonly Deed[];
  /** What was printed, but cannot be carried out as it is printed. */
  readonly templates: readonly string[];
  /** Findings that remained, or those that a person has to decide about. */
  readonly findings: readonly PrintedFinding[];
}

interface Patience {
  /** For the machine to become whole after the commands. */
  readonly healsMs: number;
}

/** A cause that was mended uncovers the next one, three times at most. */
const maxRounds = 4;
/** Within that time other findings may be mere steps on the way. */
const settlesMs = 12_000;

/** Obeys doctor on a host until it finds nothing, or has nothing new to say. */
export async function obey(lab: FaultLab, on: FaultHost, { healsMs }: Patience): Promise<Obedience> {
  const deeds: Deed[] = [];
  const templates: string[] = [];
  let report = await lab.examination(on);
  for (let round = 1; round <= maxRounds && report.findingsInCausalOrder.length > 0; round += 1) {
    const commands = commandsOf(report);
    templates.push(...commands.filter(({ isTemplate }) => isTemplate).map(({ text }) => text));
    const doable = commands.filter(({ isTemplate }) => !isTemplate);
    const directory = `/root/obeyed/${round}`;
    for (const command of doable) deeds.push(await carryOut(lab, on, command, directory));
    const after = await untilSomethingNew(lab, on, textsOf(commands), doable.length === 0 ? 0 : healsMs);
    const isNew = textsOf(commandsOf(after)) !== textsOf(commands);
    report = after;
    if (!isNew) break;
  }
  return { isWhole: report.findingsInCausalOrder.length === 0, deeds, templates, findings: rootFindings(report) };
}

/** As on the terminal: what to do about a consequence is to do something about its cause. */
export function rootFindings(report: PrintedReport): readonly PrintedFinding[] {
  return report.findingsInCausalOrder.flatMap((name) => {
    const check = report.checks.find((each) => each.name === name);
    return check === undefined || (check.causes ?? []).length > 0 ? [] : (check.findings ?? []);
  });
}

function commandsOf(report: PrintedReport): readonly PrintedCommand[] {
  return rootFindings(report).flatMap(({ commands = [] }) => commands.map(printedCommand));
}

function textsOf(commands: readonly PrintedCommand[]): string {
  return commands.map(({ text }) => text).join("\n");
}

async function untilSomethingNew(
  lab: FaultLab,
  on: FaultHost,
  obeyed: string,
  healsMs: number,
): Promise<PrintedReport> {
  const end = Date.now() + healsMs;
  let newSince: number | undefined;
  for (;;) {
    const report = await lab.examination(on);
    if (report.findingsInCausalOrder.length === 0 || Date.now() > end) return report;
    const isNew = textsOf(commandsOf(report)) !== obeyed;
    newSince = isNew ? (newSince ?? Date.now()) : undefined;
    if (newSince !== undefined && Date.now() - newSince > settlesMs) return report;
    await pause(1000);
  }
}

/** What a person is told to run has to end on its own, even where nothing answers. */
const commandMs = 90_000;

/** By an administrator, who has a kubeconfig, and says yes. */
async function carryOut(lab: FaultLab, on: FaultHost, command: PrintedCommand, directory: string): Promise<Deed> {
  const host = command.place === "control-plane" && !on.startsWith("cp") ? "cp1" : on;
  const machine = lab.host(host);
  if (command.copies !== undefined)
    return copyFromControlPlane(lab, on, { ...command.copies, text: command.text, directory });
  const script = `mkdir -p ${directory}\ncd ${directory}\n${command.text}`;
  const about = { host, command: command.text };
  try {
    const env = { KUBECONFIG: administratorsKubeconfig(machine) };
    const argv = ["/bin/bash", "-c", script] as const;
    const { exitCode, stdout, stderr } = await machine.run(argv, { timeoutMs: commandMs, env, input: "y\n" });
    return { ...about, status: exitCode, lastWords: lastLine(stderr) || lastLine(stdout) };
  } catch (error) {
    if (error instanceof CommandTimeout) return { ...about, status: "timeout", lastWords: "" };
    throw error;
  }
}

interface Copy {
  readonly text: string;
  readonly from: string;
  readonly to: string;
  readonly directory: string;
}

/** As `scp` does, which the hosts of a lab do not have. Relative paths lead to where earlier commands wrote. */
async function copyFromControlPlane(lab: FaultLab, on: FaultHost, { text, from, to, directory }: Copy): Promise<Deed> {
  const about = { host: on, command: text };
  const source = lab.host("cp1");
  const path = from.startsWith("/") ? from : `${directory}/${from}`;
  if (!source.exists(path)) return { ...about, status: 1, lastWords: `${path}: No such file or directory` };
  await lab.host(on).writeFile(to, await source.readFile(path));
  return { ...about, status: 0, lastWords: "" };
}

function administratorsKubeconfig(machine: LabHost): string {
  const own = "/etc/kubernetes/admin.conf";
  return machine.exists(own) ? own : "/root/cluster-admin.conf";
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
