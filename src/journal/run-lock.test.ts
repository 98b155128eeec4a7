import { describe, expect, it } from "vitest";
import type { Clock } from "../async/clock.ts";
import { localClock } from "../host/local/clock.ts";
import { memoryClock } from "../host/memory/clock.ts";
import { memoryHost } from "../host/memory.ts";
import { findActiveRun, lockMachine, type RunOwner } from "./run-lock.ts";

/** A machine on which processes with these pids run; the program under test is one of them. */
function machine(...running: readonly number[]) {
  return machineWith(localClock, ...running);
}

function machineWith(clock: Clock, ...running: readonly number[]) {
  const host = { ...memoryHost(), clock };
  const alive = new Set(running);
  const asked: number[] = [];
  const processes = {
    identity: async (pid: number) => {
      asked.push(pid);
      return alive.has(pid) ? `process ${pid}` : undefined;
    },
  };
  const waited: RunOwner[] = [];
  const lock = (pid: number, waitMs = 0, signal = new AbortController().signal) =>
    lockMachine("join", waitMs, {
      files: host.files,
      clock: host.clock,
      machine: { pid },
      processes,
      signal,
      onWaiting: (owner) => waited.push(owner),
    });
  return { host, alive, asked, processes, waited, lock };
}

const own = "/var/lib/kubeadm";

describe("the lock of a machine", () => {
  it("is free on a machine where nothing ran, and leaves nothing when it is released", async () => {
    const { host, lock } = machine(1);
    const held = await lock(1);
    expect((await host.files.status(own))?.mode).toBe(0o700);
    expect((await host.files.status("/var/lib"))?.mode).toBe(0o755);
    await held.release();
    expect(await host.files.status(own)).toBeUndefined();
  });

  it("is released though its file cannot be removed: the process that ends means the same", async () => {
    const { alive, host, lock } = machine(1, 2);
    const held = await lock(1);
    host.files.fail(own, "EIO", { operations: ["remove"], times: 1 });
    await held.release();
    alive.delete(1);
    await expect(lock(2)).resolves.toBeDefined();
  });

  describe("with a run of another pid namespace", () => {
    /** Program 1 of namespace "a" has locked the machine; program 1 of namespace "b" wants to. */
    async function locked(outlook: "alive" | "ended" | "unseen") {
      const { host, lock, processes } = machine(1);
      const find = async () => outlook;
      const lockIn = (own: string) =>
        lockMachine("join", 0, {
          files: host.files,
          clock: host.clock,
          machine: { pid: 1 },
          processes: { ...processes, namespaces: { own: async () => own, find } },
          signal: new AbortController().signal,
          onWaiting: () => undefined,
        });
      void lock;
      await lockIn("pid:[1]");
      return { host, lockIn, find, processes };
    }

    it.each(["alive", "unseen"] as const)("keeps the lock of one that is %s", async (outlook) => {
      const { host, lockIn } = await locked(outlook);
      await expect(lockIn("pid:[2]")).rejects.toMatchObject({ code: "RUN_ACTIVE" });
      expect(await host.files.list(own)).toHaveLength(1);
    });

    it("says how to continue after one that no one can see", async () => {
      const { host, lockIn } = await locked("unseen");
      const [name] = await host.files.list(own);
      await expect(lockIn("pid:[2]")).rejects.toMatchObject({
        message: expect.stringContaining("pid 1 in another container"),
        remedy: expect.stringContaining(`remove ${own}/${name}`),
      });
    });

    it("replaces one that has ended", async () => {
      const { lockIn } = await locked("ended");
      await expect(lockIn("pid:[2]")).resolves.toBeDefined();
    });

    it("is not mistaken for the program itself, which has the same pid", async () => {
      const { host, find, processes } = await locked("alive");
      const namespaces = { own: async () => "pid:[2]", find };
      const ports = { files: host.files, machine: { pid: 1 }, processes: { ...processes, namespaces } };
      expect(await findActiveRun(ports)).toMatchObject({ pid: 1, namespace: "pid:[1]" });
      const same = { ...ports, processes: { ...processes, namespaces: { own: async () => "pid:[1]", find } } };
      expect(await findActiveRun(same)).toBeUndefined();
    });
  });

  it("refuses a second run, and says which one is first", async () => {
    const { host, lock, processes } = machine(1, 2);
    await lock(1);
    await expect(lock(2)).rejects.toMatchObject({
      code: "RUN_ACTIVE",
      message: expect.stringContaining('"kubeadm join", pid 1, since 20'),
    });
    const active = (pid: number) => findActiveRun({ files: host.files, processes, machine: { pid } });
    expect(await active(2)).toMatchObject({ pid: 1, command: "join" });
    expect(await active(1)).toBeUndefined();
    expect(await host.files.list(own)).toHaveLength(1);
  });

  it("is released by the death of its owner", async () => {
    const { alive, lock, host } = machine(1, 2);
    await lock(1);
    alive.delete(1);
    await lock(2);
    expect(await host.files.list(own)).toHaveLength(1);
  });

  it("does not count for another process with the pid of a dead owner", async () => {
    const { host, lock } = machine(1);
    await lock(1);
    const reused = { identity: async () => "a later process" };
    const { files, clock } = host;
    const ports = { files, clock, machine: { pid: 2 }, processes: reused, signal: new AbortController().signal };
    await expect(lockMachine("init", 0, { ...ports, onWaiting: () => undefined })).resolves.toBeDefined();
  });

  it("is waited for as long as --wait says", async () => {
    const { host, lock, waited } = machine(1, 2);
    const first = await lock(1);
    const second = lock(2, 20_000);
    await host.clock.sleep(300, new AbortController().signal);
    await first.release();
    await expect(second).resolves.toBeDefined();
    expect(waited.map(({ pid }) => pid)).toEqual([1]);
  });

  it.each([
    ["fails immediately without --wait", 0, 1],
    ["ends a wait of less than a second in time", 200, 2],
    ["looks once a second while it waits", 60_000, 61],
  ])("%s, and writes nothing, while another run continues", async (_, waitMs, looks) => {
    const clock = memoryClock({ automatic: true });
    const { asked, host, lock, waited } = machineWith(clock, 1, 2);
    await lock(1);
    asked.length = 0;
    // An announcement would end the wait with this failure, and others would take it for an active run.
    host.files.fail(own, "ENOSPC", { operations: ["write", "remove"] });
    await expect(lock(2, waitMs)).rejects.toMatchObject({ code: "RUN_ACTIVE", details: { pid: 1 } });
    expect(clock.monotonic()).toBe(waitMs);
    expect(asked).toEqual(Array.from({ length: looks }, () => 1));
    expect(waited).toHaveLength(waitMs === 0 ? 0 : 1);
  });

  it("is given to one of many that start at the same time", async () => {
    const pids = [1, 2, 3, 4, 5];
    const { lock } = machine(...pids);
    const outcomes = await Promise.allSettled(pids.map((pid) => lock(pid)));
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(1);
  });

  it.each([
    ["cut off", "{"],
    ["of another kind", "[1]"],
    ["without a pid", '{"command":"join"}'],
    ["empty", ""],
  ])("skips a file that is %s", async (_, content) => {
    const { host, lock } = machine(1);
    await host.files.write(`${own}/run-9-aaaaaaaa.json`, content, { mode: 0o600 });
    await expect(lock(1)).resolves.toBeDefined();
  });

  it("ends its wait when the run is interrupted", async () => {
    const { lock } = machine(1, 2);
    await lock(1);
    await expect(lock(2, 60_000, AbortSignal.abort(new Error("interrupted")))).rejects.toThrow("interrupted");
  });
});
