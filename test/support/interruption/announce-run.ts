import type { MachinePorts } from "../../../src/embedded/index.ts";
import { journalDirectory } from "../../../src/journal/places.ts";
import { uninterrupted } from "./interrupted-machine.ts";

/** Announces a join by another program on the machine, which is active until `end`. */
export async function announceRun(machine: {
  readonly ports: MachinePorts;
}): Promise<{ readonly pid: number; readonly since: string; end(): void }> {
  const { ports, end } = uninterrupted(machine);
  const { pid } = ports.host.machine;
  const since = "2026-01-01T00:00:00.000Z";
  const owner = { pid, process: "a program", command: "join", since };
  const path = `${journalDirectory}/run-${pid}-00000000.json`;
  await ports.host.files.write(path, JSON.stringify(owner), { mode: 0o600 });
  return { pid, since, end };
}
