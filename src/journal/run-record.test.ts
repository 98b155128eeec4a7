import { describe, expect, it } from "vitest";
import type { Files } from "../host/host.ts";
import { type MemoryHost, type MemorySeed, memoryHost } from "../host/memory.ts";
import { fileError } from "../host/system-errors.ts";
import { decodeJournal, type Journal } from "./journal.ts";
import { JournalFile, readJournal } from "./journal-file.ts";
import { copiesDirectory, journalDirectory, journalPath } from "./places.ts";
import { type ResumedRun, RunRecord } from "./run-record.ts";
import { changedSince } from "./unfinished-run.ts";

const secret = { mode: 0o600, secret: true };
const run = { command: "join", role: "worker", nodeName: "w1", target: "10.0.0.1:6443", configuration: {} } as const;
const never = () => false;

function recordOn(host: MemoryHost, resumed?: ResumedRun, files: Files = host.files): RunRecord {
  const options = { run, program: "kubeadm", mayChange: never, continues: (phase: string) => phase === "etcd-join" };
  return new RunRecord(
    {
      ...options,
      ...(resumed === undefined ? {} : { resumed }),
      openFile: (draw) => new JournalFile(files, draw),
      release: async () => undefined,
    },
    { files, services: host.services, clock: host.clock },
  );
}

function machine(files: MemorySeed["files"] = {}): MemoryHost {
  return memoryHost({ files, services: { kubelet: {} } });
}

/** The record of a run that continues what is on disk. */
async function continued(host: MemoryHost, mayChange: (path: string) => boolean = never): Promise<RunRecord> {
  const journal = await journalOn(host);
  return recordOn(host, { journal, changed: await changedSince(journal, host.files, mayChange) });
}

async function journalOn({ files }: MemoryHost): Promise<Journal> {
  const journal = await readJournal(files);
  if (journal === undefined) throw new Error("there is no journal");
  return journal;
}

const once = async () => true;

/** Files on a disk that can become full. */
function limitedDisk(files: Files) {
  let isFull = false;
  const limited: Files = {
    ...files,
    write: async (path, content, options) => {
      if (isFull) throw fileError("ENOSPC", "write", path);
      return files.write(path, content, options);
    },
  };
  const fill = () => {
    isFull = true;
  };
  return { files: limited, fill };
}

/** Files that hold back each write of the journal until it is let go. */
function heldJournal(files: Files) {
  const texts: string[] = [];
  const waiting: (() => void)[] = [];
  const held: Files = {
    ...files,
    read: (path, options) => files.read(path, options),
    write: async (path, content, options) => {
      if (path === journalPath) {
        texts.push(String(content));
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return files.write(path, content, options);
    },
  };
  return { held, texts, letGo: () => waiting.shift()?.() };
}

describe("the record of a run", () => {
  it("is on disk before the change that it names, with the modes of a secret", async () => {
    const host = machine();
    const seen: (string | undefined)[] = [];
    const watched: Files = {
      ...host.files,
      write: async (path, content, options) => {
        if (path === "/etc/a") seen.push((await journalOn(host)).files.map((file) => file.path).join());
        return host.files.write(path, content, options);
      },
    };
    const record = recordOn(host, undefined, watched);
    await record.begin("certs", "once", once);
    await record.files.write("/etc/a", "content", secret);
    expect(seen).toEqual(["/etc,/etc/a"]);
    expect((await host.files.status(journalDirectory))?.mode).toBe(0o700);
    expect((await host.files.status(journalPath))?.mode).toBe(0o600);
  });

  it("has digests of what is written, never the content", async () => {
    const host = machine({ "/etc/known.key": "PREVIOUS" });
    const record = recordOn(host);
    await record.begin("certs", "once", once);
    await record.files.write("/etc/new.key", "SECRET-KEY", secret);
    await record.files.write("/etc/known.key", "OTHER-KEY", secret);
    const text = await host.files.readText(journalPath);
    expect(text).not.toMatch(/SECRET-KEY|OTHER-KEY|PREVIOUS/);
    // The copy is of a file that was on the machine before.
    expect(await host.files.readText(`${copiesDirectory}/1`)).toBe("PREVIOUS");
    expect((await host.files.status(`${copiesDirectory}/1`))?.mode).toBe(0o600);
    expect((await host.files.status(copiesDirectory))?.mode).toBe(0o700);
    expect(await host.files.list(copiesDirectory)).toEqual(["1"]);
  });

  it("needs two writes for changes in parallel, not one for each", async () => {
    const host = machine({ "/etc/x": { kind: "directory" } });
    const { held, texts, letGo } = heldJournal(host.files);
    const record = recordOn(host, undefined, held);
    await record.begin("certs", "once", once);
    const writes = Array.from({ length: 20 }, (_, index) => record.files.write(`/etc/x/${index}`, "content", secret));
    await expect.poll(() => texts.length).toBe(1);
    expect(await host.files.list("/etc/x")).toEqual([]);
    letGo();
    await expect.poll(() => texts.length).toBe(2);
    letGo();
    await Promise.all(writes);
    expect(texts).toHaveLength(2);
    expect((await journalOn(host)).files).toHaveLength(20);
  });

  it("has the end of a phase with the change that follows, and soon if none does", async () => {
    const host = machine({ "/etc/x": { kind: "directory" } });
    const written: string[] = [];
    const watched: Files = {
      ...host.files,
      write: async (path, content, options) => {
        if (path === journalPath) written.push(String(content));
        return host.files.write(path, content, options);
      },
    };
    const record = recordOn(host, undefined, watched);
    const states = () =>
      written.map((text) =>
        decodeJournal(text)
          .phases.map(({ state }) => state)
          .join(),
      );
    await record.begin("certs", "once", once);
    await record.files.write("/etc/x/a", "content", secret);
    record.end("certs");
    await record.begin("kubelet-start", "once", once);
    await record.files.write("/etc/x/b", "content", secret);
    expect(states()).toEqual(["running", "done,running"]);
    record.end("kubelet-start");
    await expect.poll(states).toEqual(["running", "done,running", "done,done"]);
  });

  it("is not written any more once its run has failed", async () => {
    const host = machine();
    const first = recordOn(host);
    await first.begin("kubelet-start", "once", once);
    await first.files.write("/etc/a", "content", secret);
    const before = await host.files.readText(journalPath);
    const record = await continued(host);
    await record.begin("preflight", "repeat", once);
    record.end("preflight");
    await record.fail("SOME_CODE");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await host.files.readText(journalPath)).toBe(before);
  });

  it("names a removal before it is time, which then needs no write", async () => {
    const host = machine({ "/etc": { kind: "directory" } });
    const disk = limitedDisk(host.files);
    const record = recordOn(host, undefined, disk.files);
    await record.begin("kubelet-start", "once", once);
    await record.files.write("/etc/bootstrap.conf", "token", secret);
    await record.begin("kubelet-wait-bootstrap", "continue", once);
    await record.notes.willRemove("/etc/bootstrap.conf");
    expect((await journalOn(host)).files.at(-1)).toMatchObject({
      path: "/etc/bootstrap.conf",
      after: { kind: "absent" },
    });
    expect((await changedSince(await journalOn(host), host.files, never)).length).toBe(0);
    const before = await host.files.readText(journalPath);
    await record.files.remove("/etc/bootstrap.conf");
    expect(await host.files.readText(journalPath)).toBe(before);
    expect(await changedSince(await journalOn(host), host.files, never)).toEqual([]);
  });

  it("names a change again that could not be written down", async () => {
    const host = machine({ "/etc": { kind: "directory" }, "/etc/of-another": "content" });
    const disk = limitedDisk(host.files);
    const record = recordOn(host, undefined, disk.files);
    await record.begin("certs", "once", once);
    await record.files.write("/etc/a", "content", secret);
    disk.fill();
    await expect(record.notes.willRemove("/etc/of-another")).rejects.toMatchObject({ code: "JOURNAL_UNWRITABLE" });
    await expect(record.files.remove("/etc/of-another")).rejects.toMatchObject({ code: "JOURNAL_UNWRITABLE" });
    expect(await host.files.readText("/etc/of-another")).toBe("content");
  });

  it("is gone when the run ends well, with its copies and its directory", async () => {
    const host = machine({ "/etc/a": "before" });
    const record = recordOn(host);
    await record.begin("certs", "once", once);
    await record.files.write("/etc/a", "after", secret);
    record.end("certs");
    await record.finish();
    expect(await host.files.status(journalDirectory)).toBeUndefined();
    expect(await host.files.readText("/etc/a")).toBe("after");
  });

  it("is removed when the run succeeds, even if its empty directory cannot be removed", async () => {
    const host = machine();
    const stubborn: Files = {
      ...host.files,
      remove: async (path, options) => {
        if (path === journalDirectory) throw fileError("EIO", "remove", path);
        return host.files.remove(path, options);
      },
    };
    const record = recordOn(host, undefined, stubborn);
    await record.begin("certs", "once", once);
    await record.files.write("/etc/a", "after", secret);
    record.end("certs");
    await record.finish();
    expect(await host.files.list(journalDirectory)).toEqual([]);
  });

  it("is not made by a run that changes nothing", async () => {
    const host = machine({ "/etc/a": "same" });
    const record = recordOn(host);
    await record.begin("preflight", "repeat", once);
    await record.files.write("/etc/a", "same", secret);
    record.end("preflight");
    await record.fail("PREFLIGHT_FAILED");
    expect(await host.files.status(journalDirectory)).toBeUndefined();
  });

  it("is not kept by a run that fails and undoes everything", async () => {
    const host = machine({ "/etc": { kind: "directory" } });
    const record = recordOn(host);
    await record.begin("certs", "once", once);
    await record.files.write("/etc/a", "content", secret);
    await record.files.remove("/etc/a");
    await record.fail("SOME_CODE");
    expect(await host.files.status(journalDirectory)).toBeUndefined();
  });

  it("stays with the code of a run that fails, and with what the run has made elsewhere", async () => {
    const host = machine();
    const record = recordOn(host);
    await record.begin("etcd-join", "continue", once);
    await record.notes.makes({ kind: "EtcdMember", name: "https://10.0.0.2:2380" });
    await record.fail("ETCD_UNHEALTHY");
    expect(await journalOn(host)).toMatchObject({
      failure: "ETCD_UNHEALTHY",
      phases: [{ name: "etcd-join", state: "failed" }],
      objects: [{ kind: "EtcdMember", name: "https://10.0.0.2:2380" }],
    });
  });

  it("is not kept for a certificate signing request alone: the cluster removes it", async () => {
    const host = machine();
    const record = recordOn(host);
    await record.begin("kubelet-start", "once", once);
    await record.notes.makes({ kind: "CertificateSigningRequest", name: "csr-1" });
    await record.fail("KUBELET_UNHEALTHY");
    expect(await host.files.status(journalDirectory)).toBeUndefined();
  });

  it("refuses a change that it cannot write down, and does not prevent the undoing of others", async () => {
    const host = machine({ "/etc": { kind: "directory" } });
    const disk = limitedDisk(host.files);
    const record = recordOn(host, undefined, disk.files);
    await record.begin("certs", "once", once);
    await record.files.write("/etc/a", "content", secret);
    disk.fill();
    await expect(record.files.write("/etc/b", "content", secret)).rejects.toMatchObject({ code: "JOURNAL_UNWRITABLE" });
    await record.files.remove("/etc/a");
    expect(await host.files.list("/etc")).toEqual([]);
  });

  it("lets a later phase remove what the run has made, even if that cannot be written down", async () => {
    const host = machine({ "/etc/of-another": "content" });
    const disk = limitedDisk(host.files);
    const record = recordOn(host, undefined, disk.files);
    await record.begin("kubelet-start", "once", once);
    await record.files.write("/etc/bootstrap.conf", "token", secret);
    record.end("kubelet-start");
    await record.begin("kubelet-wait-bootstrap", "once", once);
    disk.fill();
    await expect(record.files.remove("/etc/of-another")).rejects.toMatchObject({ code: "JOURNAL_UNWRITABLE" });
    await record.files.remove("/etc/bootstrap.conf");
    expect(await host.files.list("/etc")).toEqual(["of-another"]);
    // The journal on disk is from before that.
    await record.fail("SOME_CODE");
    const isCredential = (path: string) => path === "/etc/bootstrap.conf";
    expect((await continued(host, isCredential)).resumed?.changed).toEqual([]);
  });
});

describe("a run that continues another", () => {
  /** A machine on which a run has finished `certs` and was interrupted in `kubelet-start`. */
  async function interruptedMachine(): Promise<MemoryHost> {
    const host = machine({ "/etc/kept": "original" });
    const record = recordOn(host);
    await record.begin("certs", "once", once);
    await record.files.write("/etc/pki/ca.crt", "certificate", { mode: 0o644 });
    record.end("certs");
    await record.begin("kubelet-start", "once", once);
    await record.files.write("/etc/kept", "changed", secret);
    await record.files.write("/etc/conf.d/a", "made", secret);
    return host;
  }

  it("undoes the interrupted phase only when it is sure that it continues", async () => {
    const host = await interruptedMachine();
    const record = await continued(host);
    expect(await record.begin("preflight", "repeat", once)).toBe("run");
    expect(await host.files.readText("/etc/kept")).toBe("changed");
    await record.identifyCluster(["sha256:a"]);
    expect(await host.files.readText("/etc/kept")).toBe("original");
    expect(await host.files.status("/etc/conf.d")).toBeUndefined();
  });

  it("skips a phase that is done, and does the interrupted one", async () => {
    const record = await continued(await interruptedMachine());
    expect(await record.begin("certs", "once", once)).toBe("done");
    expect(await record.begin("kubelet-start", "once", once)).toBe("run");
  });

  it.each([
    ["its file is gone", async (host: MemoryHost) => void (await host.files.remove("/etc/pki/ca.crt")), true],
    ["its file has another content", (host: MemoryHost) => host.files.write("/etc/pki/ca.crt", "x", secret), true],
    ["it says that it is not done any more", async () => undefined, false],
  ])("does a phase that is done again if %s", async (_, change, isStillDone) => {
    const host = await interruptedMachine();
    await change(host);
    const record = await continued(host);
    expect(await record.begin("certs", "once", async () => isStillDone)).toBe("run");
  });

  it("names what a finished phase made and someone removed, before it makes another one", async () => {
    const host = await interruptedMachine();
    await host.files.remove("/etc/pki/ca.crt");
    expect((await continued(host)).resumed?.changed).toEqual(["/etc/pki/ca.crt"]);
  });

  it("leaves the files of a phase that continues", async () => {
    const host = machine();
    const first = recordOn(host);
    await first.begin("etcd-join", "continue", once);
    await first.files.write("/etc/etcd.yaml", "manifest", secret);
    const record = await continued(host);
    expect(await record.begin("etcd-join", "continue", once)).toBe("run");
    expect(await host.files.readText("/etc/etcd.yaml")).toBe("manifest");
  });

  it("refuses another cluster, and leaves machine and journal unchanged", async () => {
    const host = machine();
    const first = recordOn(host);
    await first.begin("preflight", "repeat", once);
    await first.identifyCluster(["sha256:a"]);
    first.end("preflight");
    await first.begin("kubelet-start", "once", once);
    await first.files.write("/etc/a", "content", secret);
    const before = await host.files.readText(journalPath);
    const record = await continued(host);
    await record.begin("preflight", "repeat", once);
    await expect(record.identifyCluster(["sha256:b"])).rejects.toMatchObject({
      code: "RUN_UNFINISHED",
      message: expect.stringContaining("differs in the cluster: its CA has another key"),
    });
    await record.fail("RUN_UNFINISHED");
    expect(await host.files.readText(journalPath)).toBe(before);
    expect(await host.files.readText("/etc/a")).toBe("content");
  });

  it("knows a file that a phase was about to change for the second time", async () => {
    const host = machine();
    const first = recordOn(host);
    await first.begin("etcd-join", "continue", once);
    await first.files.write("/etc/etcd.yaml", "one member", secret);
    const full = { ...host.files };
    // The program stops when the journal names the second content, and before it is written.
    const second = recordOn(
      host,
      { journal: await journalOn(host), changed: [] },
      {
        ...full,
        write: async (path, content, options) => {
          if (path === "/etc/etcd.yaml") throw new Error("stopped");
          return full.write(path, content, options);
        },
      },
    );
    await second.begin("etcd-join", "continue", once);
    await expect(second.files.write("/etc/etcd.yaml", "two members", secret)).rejects.toThrow("stopped");
    expect(await changedSince(await journalOn(host), host.files, never)).toEqual([]);
  });

  it("skips a copy that is gone", async () => {
    const host = await interruptedMachine();
    await host.files.remove(copiesDirectory, { recursive: true });
    const record = await continued(host);
    await expect(record.undoInterrupted()).resolves.toBeUndefined();
    expect(await host.files.readText("/etc/kept")).toBe("changed");
  });

  it.each([
    ["a file that is done", "/etc/pki/ca.crt"],
    ["a file of the interrupted phase", "/etc/conf.d/a"],
  ])("names %s that someone else has changed, and leaves it", async (_, path) => {
    const host = await interruptedMachine();
    await host.files.write(path, "of someone else", secret);
    const record = await continued(host);
    expect(record.resumed?.changed).toEqual([path]);
    await record.undoInterrupted();
    expect(await host.files.readText(path)).toBe("of someone else");
  });
});
