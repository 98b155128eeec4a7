import { describe, expect, it } from "vitest";
import {
  dataDirectory,
  directories,
  type EtcdMachine,
  type EtcdMachineOptions,
  etcdMachine,
  failedUpgrade,
  filesLeft,
  manifest,
  namesIn,
  newManifest,
  oldManifest,
  others,
  outcomeOn,
} from "../../../../test/fixtures/kubeadm/upgrade/etcd/etcd-machine.ts";
import { EtcdError } from "../../../etcd/etcd.ts";
import { upgradeEtcd } from "./upgrade-etcd.ts";

describe("the etcd of a single control plane", () => {
  it("gets its previous certificates back if it does not serve with renewed ones", async () => {
    const machine = await etcdMachine({ from: "3.7.0-0" });
    let isRenewed = false;
    const certificates = {
      prepare: async () => undefined,
      renew: async () => {
        isRenewed = true;
      },
      restore: async () => {
        isRenewed = false;
      },
    };
    const connectEtcd: EtcdMachine["ports"]["connectEtcd"] = (...given) => {
      const etcd = machine.ports.connectEtcd(...given);
      const status: typeof etcd.status = async (...words) => {
        if (isRenewed) throw new EtcdError("unavailable", "remote error: tls: bad certificate");
        return etcd.status(...words);
      };
      return { ...etcd, status };
    };
    const upgrade = { ...machine.upgrade, certificates };
    expect(await outcomeOn({ ...machine, upgrade, ports: { ...machine.ports, connectEtcd } })).toMatchObject({
      code: "UPGRADE_ETCD_FAILED",
      message: expect.stringContaining("tls: bad certificate"),
      remedy: expect.stringMatching(/^etcd works again with the certificates from before the upgrade\./),
    });
    expect(isRenewed).toBe(false);
    expect(machine.made("etcd")).toBe(1);
  });

  it("goes back also after a defect of this program, which is then reported as one", async () => {
    const machine = await etcdMachine();
    const connectEtcd: EtcdMachine["ports"]["connectEtcd"] = (...given) => {
      if (machine.running("etcd") === newManifest) throw new TypeError("a defect");
      return machine.ports.connectEtcd(...given);
    };
    await expect(upgradeEtcd(machine.upgrade, { ...machine.ports, connectEtcd })).rejects.toThrow(TypeError);
    expect(machine.running("etcd")).toBe(oldManifest);
    expect(await machine.data()).toBe("old");
    expect(machine.certificates).toEqual(["prepared", "renewed", "restored"]);
  });

  it.each<{ readonly what: string; readonly newEtcd: EtcdMachineOptions["newEtcd"] }>([
    { what: "does not serve", newEtcd: "does not serve" },
    { what: "exits", newEtcd: "exits" },
    { what: "serves and exits, repeatedly", newEtcd: "crashes" },
    { what: "is not started by the kubelet", newEtcd: "does not start" },
  ])("goes back with its data, certificates and manifest if the new one $what", async ({ newEtcd = "exits" }) => {
    const { machine, error } = await failedUpgrade({ newEtcd });
    expect(error.code).toBe("UPGRADE_ETCD_FAILED");
    expect(error.message).toMatch(
      /^fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state: /,
    );
    expect(error.remedy).toContain(
      "etcd works again with the manifest, certificates and data from before the upgrade.",
    );
    expect(error.remedy).not.toContain("kubeadm reset");
    expect(error.remedy).toContain("Then run the same command again.");
    expect(error.remedy).toContain(directories.etcd);
    expect(error.remedy).toContain(`${dataDirectory}/member.kubeadm-replaced`);
    expect(machine.running("etcd")).toBe(oldManifest);
    expect(await machine.data()).toBe("old");
    expect(machine.founded).toEqual([]);
    expect(machine.certificates).toEqual(["prepared", "renewed", "restored"]);
    expect(machine.host.files.snapshot()[manifest]).toBe(oldManifest);
    expect(filesLeft(machine)).toEqual([
      `${directories.etcd}/snapshot.db`,
      `${directories.etcd}/upgrade.json`,
      `${dataDirectory}/member.kubeadm-replaced/version`,
      `${dataDirectory}/member.kubeadm-replaced/wal/0.wal`,
      `${dataDirectory}/member/version`,
      `${dataDirectory}/member/wal/0.wal`,
    ]);
    expect(namesIn(machine).slice(-7)).toEqual([
      "upgrade.etcd.failed",
      "upgrade.static-pod.restoring",
      "upgrade.etcd.data.restoring",
      "upgrade.etcd.data.restored",
      "upgrade.static-pod.restored",
      "upgrade.etcd.waiting",
      "upgrade.etcd.restored",
    ]);
  });

  it("has a manifest that no one else can read after the rollback, even if it was a symlink before", async () => {
    const machine = await etcdMachine({ newEtcd: "does not serve" });
    machine.host.files.put("/srv/etcd.yaml", { content: oldManifest, mode: 0o600 });
    await machine.host.files.remove(manifest);
    machine.host.files.put(manifest, { target: "/srv/etcd.yaml", mode: 0o777 });
    expect(await outcomeOn(machine)).toMatchObject({ code: "UPGRADE_ETCD_FAILED" });
    expect(machine.host.files.snapshot()[manifest]).toBe(oldManifest);
    for (const path of [manifest, `${directories.oldManifests}/etcd.yaml`]) {
      expect(await machine.host.files.status(path)).toMatchObject({ kind: "file", mode: 0o600 });
    }
  });

  it("goes back again if the next run fails too, and both snapshots stay", async () => {
    const { machine } = await failedUpgrade({ newEtcd: "does not serve" });
    const next = await outcomeOn(machine);
    expect(next).toMatchObject({ code: "UPGRADE_ETCD_FAILED" });
    expect(await machine.data()).toBe("old");
    expect(machine.running("etcd")).toBe(oldManifest);
    expect(filesLeft(machine)).toContain(`${directories.etcd}/snapshot.db`);
    expect(filesLeft(machine)).toContain(`${directories.etcd}/snapshot-2.db`);
  });

  it.each(["does not serve", "exits", "does not start"] as const)(
    "is upgraded by the next run once the problem is fixed, after it went back because the new one %s",
    async (fate) => {
      let isFixed = false;
      const { machine } = await failedUpgrade({ newEtcd: () => (isFixed ? "serves" : fate) });
      isFixed = true;
      expect(await outcomeOn(machine)).toBe("upgraded");
      expect(machine.running("etcd")).toBe(newManifest);
      expect(await machine.data()).toBe("new");
      expect(machine.founded).toEqual([]);
      expect(machine.certificates).toEqual(["prepared", "renewed", "restored", "prepared", "renewed"]);
      expect(filesLeft(machine)).toContain(`${directories.etcd}/snapshot-2.db`);
    },
  );

  it("names the backup and says what to do if it does not work as before either", async () => {
    const { machine, error } = await failedUpgrade({ newEtcd: "does not serve", oldEtcdRefuses: true });
    expect(error.code).toBe("UPGRADE_ROLLBACK_FAILED");
    expect(error.message).toContain(`the backup of etcd database is stored here:(${directories.etcd})`);
    expect(error.message).not.toContain("\u001b");
    expect(error.message).not.toContain("\n");
    expect(error.remedy).toContain(
      `etcdutl snapshot restore ${directories.etcd}/snapshot.db --data-dir /var/lib/etcd --name cp1`,
    );
    expect(error.remedy).toContain(`${directories.oldManifests}/etcd.yaml`);
    expect(error.remedy).toContain(`is kept in ${dataDirectory}/member.kubeadm-replaced:`);
    expect(machine.host.files.snapshot()[manifest]).toBe(oldManifest);
    expect(await machine.data()).toBe("old");
  });

  it("runs again as before if its data cannot be copied", async () => {
    const machine = await etcdMachine();
    machine.host.commands.install("cp", { exitCode: 1, stderr: "cp: write error: No space left on device\n" });
    const error = await outcomeOn(machine);
    expect(error).toMatchObject({
      code: "UPGRADE_ETCD_FAILED",
      message: expect.stringContaining("No space left on device"),
    });
    expect(machine.running("etcd")).toBe(oldManifest);
    expect(await machine.data()).toBe("old");
  });

  it("keeps its data in place, with a warning, if a part of it is on another file system", async () => {
    const machine = await etcdMachine({ newEtcd: "does not serve" });
    const list = async () => ["/", `${dataDirectory}/member/wal`];
    const ports = { ...machine.ports, mounts: { list } };
    const error = await outcomeOn({ ...machine, ports });
    expect(error).toMatchObject({ code: "UPGRADE_ROLLBACK_FAILED" });
    expect(await machine.data()).toBe("new");
    expect(machine.told).toContainEqual(
      expect.objectContaining({ type: "warning", message: expect.stringContaining("member/wal is a mount point") }),
    );
  });
});

describe("the etcd member of one control plane of three", () => {
  it("goes back to its manifest only: its data is never older than the others know", async () => {
    const { machine, error } = await failedUpgrade({ newEtcd: "exits", others: others(true, true) });
    expect(machine.host.commands.calls).toEqual([]);
    expect(machine.host.files.snapshot()[manifest]).toBe(oldManifest);
    expect(error.code).toBe("UPGRADE_ETCD_FAILED");
    expect(error.remedy).toContain("with the manifest and certificates from before");
  });

  it("says how to replace the member if the previous etcd refuses the data", async () => {
    const { machine, error } = await failedUpgrade({ newEtcd: "does not serve", others: others(true, true) });
    expect(error.code).toBe("UPGRADE_ROLLBACK_FAILED");
    expect(error.remedy).toMatch(/replace this member.*kubeadm reset/);
    expect(error.remedy).not.toContain("snapshot restore");
    expect(await machine.data()).toBe("new");
  });
});
