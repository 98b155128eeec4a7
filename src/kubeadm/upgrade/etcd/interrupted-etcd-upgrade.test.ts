import { describe, expect, it } from "vitest";
import {
  dataDirectory,
  directories,
  type EtcdMachineOptions,
  etcdMachine,
  filesLeft,
  manifest,
  newManifest,
  oldManifest,
  outcomeOn,
} from "../../../../test/fixtures/kubeadm/upgrade/etcd/etcd-machine.ts";
import { upgradeEtcd } from "./upgrade-etcd.ts";

describe("an upgrade of etcd that is interrupted", () => {
  /** The steps of an upgrade, each of which can be the last one: a command that ran, or a file that was written. */
  async function interruptedAt(step: number, options: EtcdMachineOptions) {
    const machine = await etcdMachine(options);
    const abort = new AbortController();
    let count = 0;
    const count1 = async <T>(action: () => Promise<T>): Promise<T> => {
      const result = await action();
      if (++count === step) abort.abort(new Error("killed"));
      if (count >= step) throw new Error("killed");
      return result;
    };
    const { files, commands } = machine.ports;
    const ports = {
      ...machine.ports,
      signal: abort.signal,
      commands: { run: (...given: Parameters<typeof commands.run>) => count1(() => commands.run(...given)) },
      files: {
        ...files,
        write: (...given: Parameters<typeof files.write>) => count1(() => files.write(...given)),
        writeStream: (...given: Parameters<typeof files.writeStream>) => count1(() => files.writeStream(...given)),
        remove: (...given: Parameters<typeof files.remove>) => count1(() => files.remove(...given)),
      },
    };
    const ended = await upgradeEtcd(machine.upgrade, ports)
      .then(({ settle }) => settle())
      .then(
        () => "ended",
        () => "killed",
      );
    return { machine, hasEnded: ended === "ended" || count < step };
  }

  /** A machine whose run was killed right after it has put the new manifest in its place. */
  async function killedAfterManifest(options: EtcdMachineOptions) {
    const machine = await etcdMachine(options);
    const abort = new AbortController();
    const { files } = machine.ports;
    const write: typeof files.write = async (path, content, words) => {
      const outcome = await files.write(path, content, words);
      if (path !== manifest || content !== newManifest) return outcome;
      abort.abort(new Error("killed"));
      throw new Error("killed");
    };
    const ports = { ...machine.ports, files: { ...files, write }, signal: abort.signal };
    await expect(upgradeEtcd(machine.upgrade, ports)).rejects.toThrow("killed");
    const sleep = (ms: number) => machine.host.clock.sleep(ms, machine.ports.signal);
    // The kubelet starts the new Pod.
    for (let seconds = 0; seconds < 30; seconds++) {
      await sleep(1_000);
      await machine.ports.connectRuntime().podSandboxes({ signal: machine.ports.signal, timeoutMs: 1_000 });
    }
    return { machine, sleep };
  }
  const hourMs = 3_600_000;

  it("and has served since is finished, even if its manifest looks newer than its container", async () => {
    const { machine, sleep } = await killedAfterManifest({});
    await sleep(hourMs);
    machine.host.files.put(manifest, { content: newManifest, mode: 0o600 });
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.running("etcd")).toBe(newManifest);
    expect(machine.made("etcd")).toBe(2);
    expect(await machine.data()).toBe("new");
    expect(filesLeft(machine).filter((path) => path.includes(".kubeadm-"))).toEqual([]);
  });

  it("goes back with its data in the next run, although it serves at that moment, if it exits repeatedly", async () => {
    const { machine } = await killedAfterManifest({ newEtcd: "crashes" });
    expect(machine.running("etcd")).toBe(newManifest);
    expect(await outcomeOn(machine)).toMatchObject({
      code: "UPGRADE_ETCD_FAILED",
      message: expect.stringContaining("etcd became healthy, but did not run for 10s without a restart"),
    });
    expect(machine.running("etcd")).toBe(oldManifest);
    expect(await machine.data()).toBe("old");
  });

  it("long ago keeps the data of the new one, and names the copy, if it does not serve now", async () => {
    const { machine, sleep } = await killedAfterManifest({ newEtcd: "does not serve" });
    machine.host.files.put(`${dataDirectory}/member/version`, "new");
    await sleep(hourMs);
    expect(await outcomeOn(machine)).toMatchObject({
      code: "UPGRADE_ROLLBACK_FAILED",
      message: expect.stringContaining("the new one may have stored data since an earlier attempt"),
      remedy: expect.stringContaining(`${directories.etcd}/member`),
    });
    expect(machine.host.files.snapshot()[manifest]).toBe(newManifest);
    expect(await machine.data()).toBe("new");
    expect(await machine.host.files.readText(`${directories.etcd}/member/version`)).toBe("old");
  });

  it("is finished by the next run, whichever step was the last", { timeout: 60_000 }, async () => {
    let step = 1;
    for (; ; step++) {
      const { machine, hasEnded } = await interruptedAt(step, {});
      if (hasEnded) break;
      expect(await outcomeOn(machine), `after step ${step}`).toBe("upgraded");
      expect(machine.running("etcd"), `after step ${step}`).toBe(newManifest);
      expect(machine.founded, `after step ${step}`).toEqual([]);
      expect(await machine.data()).toBe("new");
      expect(await machine.host.files.status(`${directories.etcd}/snapshot.db`)).toBeDefined();
    }
    expect(step).toBeGreaterThan(8);
  });

  it("goes back with its data in the next run, whichever step was the last", { timeout: 60_000 }, async () => {
    let step = 1;
    for (; ; step++) {
      const { machine, hasEnded } = await interruptedAt(step, { newEtcd: "does not serve" });
      if (hasEnded) break;
      expect(await outcomeOn(machine), `after step ${step}`).toMatchObject({ code: "UPGRADE_ETCD_FAILED" });
      expect(machine.running("etcd"), `after step ${step}`).toBe(oldManifest);
      expect(machine.founded, `after step ${step}`).toEqual([]);
      expect(await machine.data(), `after step ${step}`).toBe("old");
    }
    expect(step).toBeGreaterThan(15);
  });
});
