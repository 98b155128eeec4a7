import { describe, expect, it } from "vitest";
import type { CommandCall } from "../../../host/memory/commands.ts";
import { type MemoryHost, memoryHost } from "../../../host/memory.ts";
import { EtcdDataCopy } from "./etcd-data-copy.ts";

const dataDirectory = "/var/lib/etcd";
const backupDirectory = "/etc/kubernetes/tmp/kubeadm-backup-etcd-x";
const restoring = `${dataDirectory}/member.kubeadm-restoring`;

interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly mounts?: readonly string[];
  /** The two directories are on different file systems. */
  readonly isElsewhere?: boolean;
  /** The number of the command, from 1, that is killed when half of its work is done. */
  readonly killedAt?: number;
}

const tree = (directory: string, word: string) => ({
  [`${directory}/snap/db`]: `${word} database`,
  [`${directory}/wal/0.wal`]: `${word} log`,
});

function filesBelow(host: MemoryHost, directory: string): Record<string, string> {
  const below = Object.entries(host.files.snapshot()).filter(([path]) => path.startsWith(`${directory}/`));
  return Object.fromEntries(below.map(([path, text]) => [path.slice(directory.length + 1), text]));
}

const whole = (word: string) => ({ "snap/db": `${word} database`, "wal/0.wal": `${word} log` });

/** A machine whose cp and mv can be killed. Between file systems, mv copies and then removes, and links are impossible. */
function world({ files = {}, mounts = [], isElsewhere = false, killedAt }: World = {}) {
  const host = memoryHost({ files, mounts });
  let count = 0;
  const run = async ({ argv }: CommandCall) => {
    const [program] = argv;
    const [from = "", to = ""] = argv.slice(-2);
    const isBetween = isElsewhere && from.startsWith(dataDirectory) !== to.startsWith(dataDirectory);
    if (isBetween && argv.includes("-al")) return { exitCode: 1, stderr: "cp: Invalid cross-device link" };
    if ((await host.files.status(to)) !== undefined) return { exitCode: 1, stderr: `${to}: File exists` };
    const isKilled = ++count === killedAt;
    const entries = Object.entries(filesBelow(host, from));
    if (entries.length === 0) return { exitCode: 1, stderr: `${from}: No such file or directory` };
    const isRename = program === "mv" && !isBetween;
    if (isKilled && isRename) throw new Error("killed");
    const half = Math.ceil(entries.length / 2);
    for (const [name, text] of isKilled && program === "cp" ? entries.slice(0, half) : entries) {
      host.files.put(`${to}/${name}`, text);
    }
    if (program === "mv") {
      if (isKilled) await host.files.remove(`${from}/${entries[0]?.[0] ?? ""}`);
      else await host.files.remove(from, { recursive: true });
    }
    if (isKilled) throw new Error("killed");
    return {};
  };
  for (const name of ["cp", "mv"]) host.commands.install(name, run);
  host.commands.install("sync", {});
  const { signal } = new AbortController();
  const ports = { files: host.files, commands: host.commands, mounts: host.mounts, signal };
  const copyOf = (directory = dataDirectory) => new EtcdDataCopy({ dataDirectory: directory, backupDirectory }, ports);
  return { host, copyOf, hasKilled: () => killedAt !== undefined && count >= killedAt };
}

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => false,
    () => true,
  );

describe("a copy of etcd's data", () => {
  it.each([true, false])(
    "is restored as it was, whichever command is killed (another file system: %s)",
    async (isElsewhere) => {
      let killedAt = 1;
      for (; ; killedAt++) {
        const files = { ...tree(`${dataDirectory}/member`, "newer"), ...tree(`${backupDirectory}/member`, "older") };
        const { host, copyOf, hasKilled } = world({ files, isElsewhere, killedAt });
        await failed(copyOf().restore());
        if (!hasKilled()) break;
        // The next run tries the upgrade again, and goes back.
        await copyOf().make({ keeps: true });
        expect(filesBelow(host, `${backupDirectory}/member`), `killed at ${killedAt}`).toEqual(whole("older"));
        await copyOf().restore();
        expect(filesBelow(host, `${dataDirectory}/member`), `killed at ${killedAt}`).toEqual(whole("older"));
      }
      expect(killedAt).toBeGreaterThan(4);
    },
  );

  it("is made as a whole, whichever command is killed", async () => {
    let killedAt = 1;
    for (; ; killedAt++) {
      const files = { ...tree(`${dataDirectory}/member`, "data"), ...tree(`${backupDirectory}/member`, "earlier") };
      const { host, copyOf, hasKilled } = world({ files, killedAt });
      await failed(copyOf().make({ keeps: false }));
      if (!hasKilled()) break;
      const left = filesBelow(host, `${backupDirectory}/member`);
      expect([{}, whole("earlier"), whole("data")], `killed at ${killedAt}`).toContainEqual(left);
    }
    expect(killedAt).toBeGreaterThan(3);
  });

  it("that is half removed does not replace one that was restored as a whole", async () => {
    const files = {
      ...tree(`${dataDirectory}/member`, "newer"),
      ...tree(restoring, "older"),
      [`${backupDirectory}/member/wal/0.wal`]: "older log",
    };
    const { host, copyOf } = world({ files });
    await copyOf().restore();
    expect(filesBelow(host, `${dataDirectory}/member`)).toEqual(whole("older"));
  });

  it("replaces data that stays, however often it is restored", async () => {
    const { host, copyOf } = world({ files: tree(`${dataDirectory}/member`, "first") });
    const copy = copyOf();
    for (const word of ["second", "third"]) {
      await copy.make({ keeps: false });
      for (const [path, text] of Object.entries(tree(`${dataDirectory}/member`, word))) host.files.put(path, text);
      await copy.restore();
    }
    await copy.discard();
    const replaced = [`${dataDirectory}/member.kubeadm-replaced`, `${dataDirectory}/member.kubeadm-replaced-2`];
    expect(await copy.replaced()).toEqual(replaced);
    expect(replaced.map((path) => filesBelow(host, path))).toEqual([whole("second"), whole("third")]);
    expect(filesBelow(host, backupDirectory)).toEqual({});
  });

  it("leaves no part behind if the file system is full", async () => {
    const { host, copyOf } = world({ files: tree(`${dataDirectory}/member`, "data") });
    host.commands.install("cp", ({ argv }) => {
      host.files.put(`${argv.at(-1)}/snap/db`, "data");
      return { exitCode: 1, stderr: "cp: write error: No space left on device" };
    });
    await expect(copyOf().make({ keeps: false })).rejects.toMatchObject({ code: "UPGRADE_BACKUP_FAILED" });
    expect(filesBelow(host, backupDirectory)).toEqual({});
  });

  it("is not begun without the space for it", async () => {
    const { host, copyOf } = world({ files: tree(`${dataDirectory}/member`, "data") });
    host.files.setAvailable(backupDirectory, 1024);
    await expect(copyOf().make({ keeps: false })).rejects.toMatchObject({ code: "UPGRADE_BACKUP_FAILED" });
    expect(host.commands.calls).toEqual([]);
  });

  it.each([
    ["takes its space once within one mount", ["/"], 1],
    ["takes its space twice where a bind mount makes links impossible", ["/", dataDirectory], 2],
  ])("%s", async (_what, mounts, times) => {
    const { copyOf } = world({ files: tree(`${dataDirectory}/member`, "data"), mounts });
    expect(await copyOf().requireSpace()).toBe(times * "data databasedata log".length);
  });

  it.each(["/var/lib/etcd", "/var/lib/etcd/", "/srv/link"])(
    "cannot be restored if a part of the data in %s is a mount point",
    async (directory) => {
      const { host, copyOf } = world({
        files: tree(`${dataDirectory}/member`, "data"),
        mounts: ["/", `${dataDirectory}/member/wal`],
      });
      host.files.put("/srv/link", { target: dataDirectory });
      expect(await copyOf(directory).obstacle()).toBe("/var/lib/etcd/member/wal is a mount point");
    },
  );
});
