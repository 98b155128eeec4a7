import { describe, expect, it } from "vitest";
import type { Event } from "../events/event.ts";
import { eventsTo } from "../events/events.ts";
import { type MemoryHost, memoryHost } from "../host/memory.ts";
import { defined } from "../values/defined.ts";
import { readJournal } from "./journal-file.ts";
import { openRun, type Replacement } from "./open-run.ts";
import { journalPath } from "./places.ts";
import type { RunRecord } from "./run-record.ts";

const secret = { mode: 0o600, secret: true };
const once = async () => true;
const january = "2026-01-01T00:00:00.000Z";
const replacement: Replacement = { of: () => true, keepsStart: (phase) => phase === "control-plane" };

interface Opened {
  readonly record: RunRecord;
  readonly told: readonly Event[];
}

let programs = 0;

/** Opens an upgrade to a version, in its own process: previous ones have ended. A second passes before. */
async function opened(
  host: MemoryHost,
  version: string,
  more: { readonly program?: string; readonly replacement?: Replacement | undefined } = { replacement },
): Promise<Opened> {
  const { signal } = new AbortController();
  await host.clock.sleep(1_000, signal);
  programs += 1;
  const pid = programs;
  const processes = { identity: async (each: number) => (each === pid ? `program ${pid}` : undefined) };
  const told: Event[] = [];
  const record = await openRun(
    {
      run: {
        ...{ command: "upgrade apply", role: "control-plane", nodeName: "cp1", target: version },
        configuration: { version },
      },
      program: more.program ?? "kubeadm 1",
      waitMs: 0,
      continues: (phase) => phase === "control-plane" || phase === "kubelet-config",
      mayChange: () => false,
      ...defined({ replacement: more.replacement }),
    },
    {
      host: { ...host, processes, machine: { ...host.machine, pid } },
      events: eventsTo((event) => told.push(event), host.clock.now),
      signal,
    },
  );
  if (record === undefined) throw new Error("the machine cannot be locked");
  return { record, told };
}

const phases = ["preflight", "control-plane", "kubelet-config", "post-upgrade"] as const;

/** Runs the phases up to one, in which the run is killed. Each writes its own file. */
async function killedIn(last: (typeof phases)[number], { record }: Opened): Promise<void> {
  for (const phase of phases) {
    if ((await record.begin(phase, policies[phase], once)) === "done") continue;
    if (phase !== "preflight") await record.files.write(`/etc/${phase}`, `of ${record.resumed === undefined}`, secret);
    if (phase === last) return;
    record.end(phase);
  }
}

const policies = {
  preflight: "repeat",
  "control-plane": "continue",
  "kubelet-config": "continue",
  "post-upgrade": "once",
} as const;

const machine = () => memoryHost({ clock: { start: new Date(january), automatic: true } });
const journalOf = async ({ files }: MemoryHost) => {
  const journal = await readJournal(files);
  if (journal === undefined) throw new Error("there is no journal");
  return journal;
};
const resumedIn = ({ told }: Opened) => told.flatMap((event) => (event.type === "run.resumed" ? [event.phase] : []));

describe("a run that replaces another one", () => {
  it.each(phases.slice(1))("changes nothing before a phase begins: the other was killed in %s", async (phase) => {
    const host = machine();
    await killedIn(phase, await opened(host, "v1"));
    const before = host.files.snapshot();
    const { record } = await opened(host, "v2");
    await record.begin("preflight", "repeat", once);
    await record.fail("UPGRADE_NOT_CONFIRMED");
    const withoutLocks = (files: object) => Object.entries(files).filter(([path]) => !path.includes("/run-"));
    expect(withoutLocks(host.files.snapshot())).toEqual(withoutLocks(before));
  });

  it.each([
    ["its own start and no backups, if the control plane was done", "kubelet-config", false],
    ["the start and the backups of the other, if the control plane was not done", "control-plane", true],
  ] as const)("has %s", async (_, phase, isKept) => {
    const host = machine();
    await killedIn(phase, await opened(host, "v1"));
    const { startedAt } = await journalOf(host);
    const { record } = await opened(host, "v2");
    expect(record.resumed?.journal.startedAt === startedAt).toBe(isKept);
    expect(record.keptPaths().includes("/etc/control-plane")).toBe(isKept);
    await killedIn("control-plane", { record, told: [] });
    const journal = await journalOf(host);
    expect(journal.startedAt === startedAt).toBe(isKept);
    expect(journal.startedAt).toBe(record.resumed?.journal.startedAt);
    expect(journal.run.target).toBe("v2");
  });

  it.each([
    ["another version", { replacement }],
    ["another version of the program", { replacement, program: "kubeadm 2" }],
  ])("does the phases that are done again, and undoes none of them: %s", async (_, more) => {
    const host = machine();
    await killedIn("post-upgrade", await opened(host, "v1"));
    const { record } = await opened(host, "program" in more ? "v1" : "v2", more);
    for (const phase of phases.slice(0, 3)) {
      expect(await record.begin(phase, policies[phase], once), phase).toBe("run");
      if (phase !== "preflight") expect(await host.files.readText(`/etc/${phase}`)).toBe("of true");
    }
    // The interrupted phase is undone, as in a run that continues.
    expect(await host.files.status("/etc/post-upgrade")).toBeUndefined();
  });

  it("is itself continued in the phase in which it has stopped", async () => {
    const host = machine();
    await killedIn("post-upgrade", await opened(host, "v1"));
    const second = await opened(host, "v2");
    expect(resumedIn(second)).toEqual(["post-upgrade"]);
    await killedIn("control-plane", second);
    expect(resumedIn(await opened(host, "v2"))).toEqual(["control-plane"]);
  });

  it("names no phase if all were done", async () => {
    const host = machine();
    const first = await opened(host, "v1");
    await killedIn("post-upgrade", first);
    first.record.end("post-upgrade");
    // Nothing waits for the end of a phase to be on disk, but it is soon.
    await expect.poll(async () => (await readJournal(host.files))?.phases.at(-1)?.state).toBe("done");
    const third = await opened(host, "v2");
    expect(resumedIn(third)).toEqual([undefined]);
    expect(third.record.stoppedIn("control-plane")).toBe(false);
  });
});

describe("a run that may not replace another one", () => {
  it("is refused, and leaves the journal unchanged", async () => {
    const host = machine();
    await killedIn("post-upgrade", await opened(host, "v1"));
    const before = await host.files.readText(journalPath);
    await expect(opened(host, "v2", {})).rejects.toMatchObject({ code: "RUN_UNFINISHED" });
    expect(await host.files.readText(journalPath)).toBe(before);
  });

  it("continues with what another version of the program has done", async () => {
    const host = machine();
    await killedIn("post-upgrade", await opened(host, "v1"));
    const { record } = await opened(host, "v1", { program: "kubeadm 2" });
    expect(await record.begin("kubelet-config", "once", once)).toBe("done");
  });
});

it("a run continues without a damaged journal, after a warning with its code", async () => {
  const host = machine();
  await killedIn("control-plane", await opened(host, "v1"));
  const text = await host.files.readText(journalPath);
  await host.files.write(journalPath, text.slice(0, -2), secret);
  const { record, told } = await opened(host, "v1");
  expect(record.resumed).toBeUndefined();
  expect(told).toContainEqual(expect.objectContaining({ type: "warning", area: "journal", code: "JOURNAL_DAMAGED" }));
});
