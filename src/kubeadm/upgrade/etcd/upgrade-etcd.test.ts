import { describe, expect, it } from "vitest";
import {
  dataDirectory,
  directories,
  etcdMachine,
  failedUpgrade,
  filesLeft,
  manifest,
  namesIn,
  newManifest,
  nodeOf,
  oldManifest,
  others,
  outcomeOn,
} from "../../../../test/fixtures/kubeadm/upgrade/etcd/etcd-machine.ts";
import { upgradeEtcd } from "./upgrade-etcd.ts";

describe("the etcd of a single control plane", () => {
  it("is upgraded: a snapshot first, then certificates, manifest, and the wait for the new etcd", async () => {
    const machine = await etcdMachine();
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.running("etcd")).toBe(newManifest);
    expect(await machine.data()).toBe("new");
    expect(machine.certificates).toEqual(["prepared", "renewed"]);
    expect(machine.founded).toEqual([]);
    expect(namesIn(machine)).toEqual([
      "upgrade.static-pod.preparing",
      "upgrade.etcd.snapshot.saved",
      "upgrade.static-pod.moving",
      "upgrade.static-pod.waiting",
      "upgrade.static-pod.upgraded",
      "upgrade.etcd.waiting",
    ]);
    // The copy of the data has done its service; the snapshot stays.
    expect(filesLeft(machine)).toEqual([
      `${directories.etcd}/snapshot.db`,
      `${dataDirectory}/member/version`,
      `${dataDirectory}/member/wal/0.wal`,
    ]);
    expect(await machine.host.files.status(`${directories.etcd}/snapshot.db`)).toMatchObject({
      mode: 0o600,
      size: 4128,
    });
  });

  it.each([
    ["of a single control plane", []],
    ["among three", others(true, true)],
  ])("%s ends when the API server that uses it has stopped serving", async (_name, others) => {
    const machine = await etcdMachine({ others });
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.stoppedWith).toEqual([oldManifest]);
  });

  it("is upgraded if the new one exits once, and then keeps running for ten seconds", async () => {
    const machine = await etcdMachine({ newEtcd: "crashes once" });
    const started = machine.host.clock.monotonic();
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.host.clock.monotonic() - started).toBeGreaterThan(17_000);
    expect(await machine.data()).toBe("new");
  });

  it("keeps the copy of its data until the API server is seen to work with the new one", async () => {
    const machine = await etcdMachine();
    const { settle } = await upgradeEtcd(machine.upgrade, machine.ports);
    expect(filesLeft(machine)).toContain(`${directories.etcd}/member/version`);
    await settle();
    expect(filesLeft(machine)).not.toContain(`${directories.etcd}/member/version`);
  });

  it("is left alone if the one that runs is newer, which is said and is no failure", async () => {
    const machine = await etcdMachine({ from: "3.7.0-0", to: "3.6.8-0" });
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.made("etcd")).toBe(1);
    expect(machine.told).toMatchObject([{ type: "upgrade.etcd.skipped", desired: "3.6.8-0", installed: "3.7.0-0" }]);
  });

  it("is not restarted if its manifest is the same, and gets new certificates if the API server does", async () => {
    const machine = await etcdMachine({ from: "3.7.0-0" });
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(machine.certificates).toEqual(["prepared", "renewed"]);
    expect(machine.made("etcd")).toBe(1);
    expect(machine.snapshots).toEqual([]);
    const { upgrade } = machine;
    await upgradeEtcd({ ...upgrade, apiServerChanges: false }, machine.ports);
    expect(machine.certificates).toEqual(["prepared", "renewed"]);
  });

  it("keeps its data in place if only its flags change", async () => {
    const machine = await etcdMachine({ from: "3.7.0-0" });
    const node = nodeOf("3.7.0-0", [{ name: "snapshot-count", value: "5" }]);
    await upgradeEtcd({ ...machine.upgrade, node }, machine.ports);
    expect(machine.running("etcd")).toContain("snapshot-count=5");
    expect(machine.host.commands.calls.map(({ argv }) => argv[0])).toEqual([]);
    expect(machine.snapshots).toHaveLength(1);
  });

  it.each([
    { what: "an alarm", options: { errors: ["memberID:1 alarm:NOSPACE \u001b[2J"] }, code: "ETCD_UNHEALTHY" },
    { what: "two others that do not respond", options: { others: others(false, false) }, code: "ETCD_UNHEALTHY" },
  ])("stays unchanged with $what", async ({ options, code }) => {
    const { machine, error } = await failedUpgrade(options);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^etcd cluster is not healthy: /);
    expect(error.remedy).toMatch(
      /^Restart the members that the message names, .* Then run the same command again\. Only if their machines are permanently lost/,
    );
    expect(error.message).not.toContain("\u001b");
    expect(machine.made("etcd")).toBe(1);
    expect(machine.certificates).toEqual(["prepared"]);
  });

  it.each([
    { what: "the snapshot", path: directories.etcd, bytes: 1024 },
    { what: "the copy of its data on another file system", path: dataDirectory, bytes: 1024 },
  ])("stays unchanged without space for $what", async ({ path, bytes }) => {
    const machine = await etcdMachine();
    machine.host.files.setAvailable(path, bytes);
    expect(await outcomeOn(machine)).toMatchObject({
      code: "UPGRADE_BACKUP_FAILED",
      message: expect.stringMatching(/needs 1 MiB at .* must stay free there: the file system has 1 MiB left$/),
    });
    expect(machine.made("etcd")).toBe(1);
    expect(machine.host.files.snapshot()[manifest]).toBe(oldManifest);
  });

  it("stays unchanged if the snapshot and the copy of its data have space alone, but not together", async () => {
    const machine = await etcdMachine();
    const reserve = 128 * 1024 ** 2;
    const snapshotBytes = 4_128;
    machine.host.files.setAvailable(directories.etcd, reserve + snapshotBytes + 1);
    expect(await outcomeOn(machine)).toMatchObject({
      code: "UPGRADE_BACKUP_FAILED",
      message: expect.stringContaining("a snapshot of etcd with a copy of its data needs 1 MiB"),
    });
    expect(machine.made("etcd")).toBe(1);
    expect(machine.snapshots).toEqual([]);
  });

  it("copies its data with a cp that knows no reflinks, too", async () => {
    const machine = await etcdMachine();
    const { calls } = machine.host.commands;
    machine.host.commands.install("cp", ({ argv }) => {
      if (argv.includes("--reflink=auto")) return { exitCode: 1, stderr: "cp: unrecognized option '--reflink=auto'" };
      const [from = "", to = ""] = argv.slice(-2);
      for (const [path, content] of Object.entries(machine.host.files.snapshot())) {
        if (path.startsWith(`${from}/`)) machine.host.files.put(`${to}${path.slice(from.length)}`, content);
      }
      return {};
    });
    expect(await outcomeOn(machine)).toBe("upgraded");
    expect(calls.filter(({ argv }) => argv[0] === "cp")).toHaveLength(2);
  });

  it("is not started with another data directory, where it would found another cluster", async () => {
    const machine = await etcdMachine();
    const moved = oldManifest.replaceAll(dataDirectory, "/srv/etcd");
    machine.host.files.put(manifest, moved);
    expect(await outcomeOn(machine)).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("/srv/etcd"),
    });
    expect(machine.host.files.snapshot()[manifest]).toBe(moved);
  });

  it("is not replaced if its data is gone", async () => {
    const machine = await etcdMachine();
    await machine.host.files.remove(`${dataDirectory}/member`, { recursive: true });
    expect(await outcomeOn(machine)).toMatchObject({
      code: "UPGRADE_BACKUP_FAILED",
      message: "there is no data of etcd at /var/lib/etcd/member",
    });
    expect(machine.made("etcd")).toBe(1);
  });

  it.each([
    ["an image without a version", (text: string) => text.replace(/(image: \S+):\S+/, "$1:mine"), "MANIFEST_INVALID"],
    ["no manifest", () => undefined, "MANIFEST_MISSING"],
  ])("is not upgraded from %s", async (_what, change, code) => {
    const machine = await etcdMachine();
    const text = change(oldManifest);
    if (text === undefined) await machine.host.files.remove(manifest);
    else machine.host.files.put(manifest, text);
    expect(await outcomeOn(machine)).toMatchObject({
      code,
      message: expect.stringMatching(/^failed to retrieve the current etcd version: /),
    });
  });
});

describe("the etcd member of one control plane of three", () => {
  it("is upgraded while another member does not respond, which is said immediately", async () => {
    const machine = await etcdMachine({ others: others(false, true) });
    const started = machine.host.clock.now().getTime();
    expect(await outcomeOn(machine)).toBe("upgraded");
    const afterMs = (type: string) => Date.parse(machine.told.find((each) => each.type === type)?.time ?? "") - started;
    expect(afterMs("warning")).toBeLessThan(1_000);
    expect(afterMs("upgrade.etcd.waiting")).toBeLessThan(5_000);
    // The new etcd has to run for ten seconds.
    expect(machine.host.clock.now().getTime() - started).toBeLessThan(15_000);
    expect(machine.told).toContainEqual(
      expect.objectContaining({
        type: "warning",
        message: expect.stringMatching(
          /^no response from the etcd member cp2 .*The API servers can't reach etcd while this machine's member restarts$/,
        ),
      }),
    );
  });
});
