import { describe, expect, it } from "vitest";
import {
  dataDirectory,
  directories,
  type EtcdMachineOptions,
  etcdMachine,
  manifest,
  manifestOf,
} from "../../../../test/fixtures/kubeadm/upgrade/etcd/etcd-machine.ts";
import { restoreMissingEtcd } from "./restore-missing-etcd.ts";
import { upgradeEtcd } from "./upgrade-etcd.ts";

const oldManifest = manifestOf("3.6.8-0");

/** A machine whose upgrade of etcd was killed while the manifest was away: at a command, from 1. */
async function stoppedAt(command: number, options: EtcdMachineOptions) {
  const machine = await etcdMachine(options);
  const { commands } = machine.ports;
  const abort = new AbortController();
  let count = 0;
  const run: typeof commands.run = async (...given) => {
    if (++count === command) abort.abort(new Error("killed"));
    if (abort.signal.aborted) throw new Error("killed");
    return commands.run(...given);
  };
  const ports = { ...machine.ports, commands: { run }, signal: abort.signal };
  const hasEnded = await upgradeEtcd(machine.upgrade, ports).then(
    () => true,
    () => !abort.signal.aborted,
  );
  return { machine, hasEnded };
}

describe("an upgrade without etcd, after one with etcd was interrupted", () => {
  it.each(["serves", "does not serve"] as const)(
    "restores the etcd that was stopped, whichever command was the last (the new etcd %s)",
    async (newEtcd) => {
      let restored = 0;
      for (let command = 1; ; command++) {
        const { machine, hasEnded } = await stoppedAt(command, { newEtcd });
        if (hasEnded) break;
        if ((await machine.host.files.status(manifest)) !== undefined) continue;
        await restoreMissingEtcd(machine.upgrade, machine.ports);
        expect(machine.running("etcd"), `command ${command}`).toBe(oldManifest);
        expect(await machine.data(), `command ${command}`).toBe("old");
        expect(machine.founded).toEqual([]);
        restored++;
      }
      expect(restored).toBeGreaterThan(2);
    },
  );

  it("leaves an etcd alone whose manifest is there", async () => {
    const machine = await etcdMachine();
    await restoreMissingEtcd(machine.upgrade, machine.ports);
    expect(machine.told).toEqual([]);
    expect(machine.made("etcd")).toBe(1);
  });

  it.each([
    ["a copy of its manifest", `${directories.oldManifests}/etcd.yaml`, "this upgrade has no copy of it"],
    ["its data", `${dataDirectory}/member`, "/var/lib/etcd has no data of etcd"],
  ])("refuses to continue without %s", async (_what, path, reason) => {
    const { machine } = await stoppedAt(1, {});
    await machine.host.files.remove(path, { recursive: true });
    await expect(restoreMissingEtcd(machine.upgrade, machine.ports)).rejects.toMatchObject({
      code: "MANIFEST_MISSING",
      message: `etcd is stopped: ${manifest} does not exist, and ${reason}`,
    });
    expect(machine.founded).toEqual([]);
    expect(await machine.host.files.status(manifest)).toBeUndefined();
  });
});
