import { describe, expect, it } from "vitest";
import {
  fixes,
  machine,
  pemLinkPath,
  pemPath,
  portsOf,
  replacedPath,
  stateOf,
  undone,
} from "../../../../test/fixtures/kubeadm/doctor/fix/fixed-machine.ts";
import { CommandError } from "../../../host/host.ts";
import type { MemoryHost } from "../../../host/memory.ts";
import { encodeRecord } from "../../../journal/journal.ts";
import { applyFix } from "./apply-fixes.ts";
import type { FixStep } from "./fix.ts";
import { fixRecord, fixRecordPath } from "./fix-record.ts";

const replacing = [{ kind: "write-file", path: replacedPath, content: "new\n", mode: 0o644 }] as const;
const restrictPem = { kind: "restrict-file", path: pemPath, mode: 0o600 } as const;

describe("a fix", () => {
  it.each(fixes)("of %s changes the machine, and can be undone", async (_what, steps) => {
    const host = machine();
    const before = await stateOf(host);
    await applyFix({ what: "fix it", steps }, portsOf(host));
    const after = await stateOf(host);
    expect(after).not.toEqual(before);
    expect(after.modes).toMatchObject({ [fixRecordPath]: 0o600, "/var/lib/kubeadm": 0o700 });
    const outcomes = (await undone(portsOf(host))).map(({ outcome }) => outcome);
    expect(outcomes.length).toBeGreaterThanOrEqual(steps.length);
    expect(new Set(outcomes)).toEqual(new Set(["undone"]));
    expect(await stateOf(host)).toEqual(before);
  });

  it("that is made twice is undone once, to what stood there before the first time", async () => {
    const host = machine();
    const before = await stateOf(host);
    const fix = { what: "", steps: fixes.flatMap(([, steps]) => steps) };
    await applyFix(fix, portsOf(host));
    await applyFix(fix, portsOf(host));
    await undone(portsOf(host));
    expect(await stateOf(host)).toEqual(before);
  });

  it("after another one is undone first", async () => {
    const host = machine();
    await applyFix({ what: "", steps: [{ kind: "enable-service", service: "kubelet" }] }, portsOf(host));
    await applyFix({ what: "", steps: [{ kind: "start-service", service: "kubelet" }] }, portsOf(host));
    const kinds = (await undone(portsOf(host))).map(({ step: { kind } }) => kind);
    expect(kinds).toEqual(["stop-service", "disable-service"]);
  });

  it("is recorded before it is made, so that a failure leaves nothing that cannot be undone", async () => {
    const host = machine();
    host.commands.install("swapoff", { exitCode: 1, stderr: "swapoff: Cannot allocate memory\n" });
    const step = { kind: "turn-swap-off", device: "/dev/sda2" } as const;
    await expect(applyFix({ what: "", steps: [step] }, portsOf(host))).rejects.toMatchObject({
      code: "DOCTOR_FIX_FAILED",
      message: "swapoff /dev/sda2: exit status 1: swapoff: Cannot allocate memory",
    });
    expect(await fixRecord(host.files).read()).toEqual([{ kind: "turn-swap-on", device: "/dev/sda2" }]);
  });

  it.each([
    ["that an administrator had set", "10", ["swapon", "--priority", "10", "/dev/sda2"]],
    ["of the kernel", "-2", ["swapon", "/dev/sda2"]],
  ])("turns swap on again with the priority %s", async (_whose, priority, argv) => {
    const host = machine();
    host.files.put(
      "/proc/swaps",
      `Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sda2               partition\t1048572\t\t0\t\t${priority}\n`,
    );
    await applyFix({ what: "", steps: [{ kind: "turn-swap-off", device: "/dev/sda2" }] }, portsOf(host));
    await undone(portsOf(host));
    expect(host.commands.calls.at(-1)?.argv).toEqual(argv);
  });

  it("takes permissions away without rewriting the file, and only those that are too many", async () => {
    const host = machine();
    host.files.put(pemPath, { content: "key", mode: 0o444 });
    host.files.fail(pemPath, "EROFS", { operations: ["write"] });
    await applyFix({ what: "", steps: [restrictPem] }, portsOf(host));
    expect((await host.files.status(pemPath))?.mode).toBe(0o400);
    await undone(portsOf(host));
    expect((await host.files.status(pemPath))?.mode).toBe(0o444);
  });

  const noFiles: readonly (readonly [string, (host: MemoryHost) => string])[] = [
    ["a link to a key", () => pemLinkPath],
    [
      "a directory",
      (host) => {
        host.files.put("/etc/directory", { kind: "directory" });
        return "/etc/directory";
      },
    ],
  ];

  describe.each(noFiles)("of %s", (_what, prepare) => {
    it.each([
      { kind: "restrict-file", mode: 0o600 },
      { kind: "write-file", mode: 0o600, content: "" },
    ] as const)("is refused, and nothing is recorded: $kind", async (step) => {
      const host = machine();
      const path = prepare(host);
      const before = host.files.snapshot();
      await expect(applyFix({ what: "", steps: [{ ...step, path }] }, portsOf(host))).rejects.toMatchObject({
        code: "DOCTOR_FIX_FAILED",
        message: `${path}: it is not a regular file`,
      });
      expect(host.files.snapshot()).toEqual(before);
    });
  });

  it("does not replace a file that the record cannot hold byte for byte", async () => {
    const host = machine();
    host.files.put(replacedPath, { content: Uint8Array.of(0xff, 0x0a) });
    await expect(applyFix({ what: "", steps: replacing }, portsOf(host))).rejects.toMatchObject({
      message: `${replacedPath}: it is not text`,
    });
    expect(await host.files.read(replacedPath)).toEqual(Uint8Array.of(0xff, 0x0a));
  });

  const replacements: readonly (readonly [string, (host: MemoryHost) => unknown])[] = [
    ["is now another file", (host) => host.files.put(pemPath, { content: "newer key", mode: 0o600 })],
    ["has got another mode since", (host) => host.files.put(pemPath, { content: "key", mode: 0o400 })],
    ["is now a link to a key", (host) => host.files.link(pemPath, "/etc/kubernetes/kubelet.conf")],
    ["is gone", (host) => host.files.remove(pemPath)],
  ];

  it.each(replacements)("of a file that %s leaves its mode alone when it is undone", async (_what, replace) => {
    const host = machine();
    await applyFix({ what: "", steps: [restrictPem] }, portsOf(host));
    await replace(host);
    const before = await host.files.status(pemPath);
    expect(await undone(portsOf(host))).toMatchObject([{ step: { path: pemPath }, outcome: "left" }]);
    expect(await host.files.status(pemPath)).toEqual(before);
    expect((await host.files.status("/etc/kubernetes/kubelet.conf"))?.mode).toBe(0o644);
    expect(await fixRecord(host.files).read()).toEqual([]);
  });

  const refusals: readonly (readonly [string, FixStep, (host: MemoryHost) => void])[] = [
    [
      "a program is not installed",
      { kind: "enable-service", service: "kubelet" },
      (host) =>
        host.commands.install("systemctl", () => {
          throw new CommandError("not-found", "systemctl", "refused");
        }),
    ],
    [
      "a parameter cannot be read",
      { kind: "set-kernel-parameter", name: "net.ipv4.ip_forward", value: "1" },
      (host) =>
        host.commands.install("sysctl", () => {
          throw new CommandError("timed-out", "sysctl", "refused");
        }),
    ],
    [
      "a disk is read-only",
      { kind: "write-file", path: "/etc/sysctl.d/new.conf", content: "new\n", mode: 0o644 },
      (host) => host.files.fail("/etc/sysctl.d", "EROFS", { operations: ["write"] }),
    ],
  ];

  it.each(refusals)("fails, and is not a defect, if %s", async (_what, step, refuse) => {
    const host = machine();
    refuse(host);
    await expect(applyFix({ what: "", steps: [step] }, portsOf(host))).rejects.toMatchObject({
      code: "DOCTOR_FIX_FAILED",
      message: expect.stringMatching(/refused|read-only file system/),
    });
  });

  it.each(["ENOSPC", "EROFS"])("is not made if it cannot be recorded: %s", async (errno) => {
    const host = machine();
    const before = await stateOf(host);
    host.files.fail("/var/lib/kubeadm", errno, { operations: ["write"] });
    await expect(
      applyFix({ what: "", steps: fixes.flatMap(([, steps]) => steps) }, portsOf(host)),
    ).rejects.toMatchObject({ code: "JOURNAL_UNWRITABLE" });
    const { units, sysctl, files } = await stateOf(host);
    expect({ units, sysctl, files }).toEqual({ units: before.units, sysctl: before.sysctl, files: before.files });
  });

  it("of a file that someone changed afterwards is not undone, and stays recorded", async () => {
    const host = machine();
    await applyFix({ what: "", steps: replacing }, portsOf(host));
    host.files.put(replacedPath, "theirs\n");
    await expect(undone(portsOf(host))).rejects.toMatchObject({ code: "DOCTOR_UNDO_CONFLICT" });
    expect(await host.files.readText(replacedPath)).toBe("theirs\n");
    expect(await fixRecord(host.files).read()).toHaveLength(1);
  });

  it("of a file that someone moved away afterwards is undone", async () => {
    const host = machine();
    await applyFix({ what: "", steps: replacing }, portsOf(host));
    await host.files.remove(replacedPath);
    await undone(portsOf(host));
    expect(await stateOf(host)).toEqual(await stateOf(machine()));
  });

  const changedSince: readonly (readonly [string, FixStep, (host: MemoryHost) => unknown])[] = [
    [
      "a kernel parameter that has got another value",
      { kind: "set-kernel-parameter", name: "net.ipv4.ip_forward", value: "1" },
      (host) => host.commands.run(["sysctl", "-w", "net.ipv4.ip_forward=2"], portsOptions),
    ],
    [
      "a kernel parameter that is gone",
      { kind: "set-kernel-parameter", name: "net.bridge.bridge-nf-call-iptables", value: "1" },
      (host) => host.commands.install("sysctl", { exitCode: 255, stderr: "No such file or directory" }),
    ],
    [
      "swap on a device that is gone",
      { kind: "turn-swap-off", device: "/dev/sda2" },
      (host) => host.files.remove("/dev/sda2"),
    ],
    [
      "a service that is gone",
      { kind: "start-service", service: "kubelet" },
      (host) => host.services.set("kubelet", { exists: false }),
    ],
    [
      "a directory that others have put something into",
      { kind: "write-file", path: "/etc/sysctl.d/missing/new.conf", content: "new\n", mode: 0o644 },
      (host) => host.files.put("/etc/sysctl.d/missing/theirs.conf", ""),
    ],
  ];

  it.each(changedSince)("leaves %s as it is when it is undone", async (_what, step, change) => {
    const host = machine();
    await applyFix({ what: "", steps: [step] }, portsOf(host));
    await change(host);
    const { [fixRecordPath]: _record, ...files } = host.files.snapshot();
    const { sysctl } = await stateOf(host);
    expect((await undone(portsOf(host))).map(({ outcome }) => outcome)).toContain("left");
    expect((await stateOf(host)).sysctl).toBe(sysctl);
    const { "/etc/sysctl.d/missing/new.conf": _new, ...others } = files;
    expect(host.files.snapshot()).toEqual(others);
  });
});

describe("a record of fixes that cannot be used", () => {
  const whole = encodeRecord({ version: 1, ...{ steps: [{ kind: "turn-swap-on", device: "/dev/sda2" }] } });
  const records: readonly (readonly [string, string, string])[] = [
    ["is empty", "", "DOCTOR_RECORD_INVALID"],
    ["is cut off", whole.slice(0, 40), "DOCTOR_RECORD_INVALID"],
    ["was changed", whole.replace("sda2", "sda3"), "DOCTOR_RECORD_INVALID"],
    ["has no steps", encodeRecord({ version: 1 }), "DOCTOR_RECORD_INVALID"],
    [
      "has a step that does not exist",
      encodeRecord({ version: 1, ...{ steps: [{ kind: "format-disk" }] } }),
      "DOCTOR_RECORD_INVALID",
    ],
    [
      "has a field of another type",
      encodeRecord({ version: 1, ...{ steps: [{ kind: "turn-swap-on", device: "/dev/sda2", priority: "1" }] } }),
      "DOCTOR_RECORD_INVALID",
    ],
    [
      "has a step without a field",
      encodeRecord({ version: 1, ...{ steps: [{ kind: "stop-service" }] } }),
      "DOCTOR_RECORD_INVALID",
    ],
    ["is of a newer version", encodeRecord({ version: 2 }), "DOCTOR_RECORD_NEWER"],
  ];

  it.each(records)("%s: neither --fix nor --undo changes anything", async (_what, text, code) => {
    const host = machine();
    host.files.put(fixRecordPath, text);
    const before = await stateOf(host);
    await expect(undone(portsOf(host))).rejects.toMatchObject({ code });
    const steps = fixes.flatMap(([, each]) => each);
    await expect(applyFix({ what: "", steps }, portsOf(host))).rejects.toMatchObject({ code });
    expect(await stateOf(host)).toEqual(before);
  });
});

const portsOptions = { signal: new AbortController().signal, timeoutMs: 1_000 };
