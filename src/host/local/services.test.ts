import { describe, expect, it } from "vitest";
import { CommandError } from "../host.ts";
import type { CommandScript } from "../memory/commands.ts";
import { memoryHost } from "../memory.ts";
import { ServiceError } from "../service-manager.ts";
import { commandServices, openrcStatus, systemdStatus } from "./services.ts";

const signal = new AbortController().signal;

const answer = (values: Readonly<Record<string, string>>) =>
  Object.entries({
    NRestarts: "0",
    ExecMainCode: "0",
    ExecMainStatus: "0",
    LoadState: "loaded",
    ActiveState: "active",
    SubState: "running",
    UnitFileState: "enabled",
    NeedDaemonReload: "no",
    ...values,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

describe("what systemctl show says", () => {
  it("of a running service", () => {
    expect(systemdStatus(answer({}))).toEqual({
      exists: true,
      enabled: true,
      state: "active",
      subState: "running",
      restarts: 0,
      needsReload: false,
    });
  });

  it("of one that exits repeatedly", () => {
    const status = systemdStatus(
      answer({
        ActiveState: "activating",
        SubState: "auto-restart",
        NRestarts: "12",
        ExecMainCode: "1",
        ExecMainStatus: "1",
      }),
    );
    expect(status).toMatchObject({ state: "activating", subState: "auto-restart", restarts: 12, exitStatus: 1 });
  });

  it("of one whose unit does not exist", () => {
    const status = systemdStatus(
      answer({ LoadState: "not-found", ActiveState: "inactive", SubState: "dead", UnitFileState: "" }),
    );
    expect(status).toEqual({
      exists: false,
      enabled: false,
      state: "inactive",
      subState: "",
      restarts: 0,
      needsReload: false,
    });
  });

  it("of one that a signal ended: the status counts as shells count", () => {
    const status = systemdStatus(
      answer({ ActiveState: "failed", SubState: "failed", ExecMainCode: "2", ExecMainStatus: "9" }),
    );
    expect(status).toMatchObject({ state: "failed", exitStatus: 137 });
  });

  it("of a masked one: it exists, and is not enabled", () => {
    const status = systemdStatus(answer({ LoadState: "masked", UnitFileState: "masked" }));
    expect(status).toMatchObject({ exists: true, enabled: false });
  });

  it("of one that is masked until the next boot, which `systemctl unmask` alone does not end", () => {
    const status = systemdStatus(answer({ LoadState: "masked", UnitFileState: "masked-runtime" }));
    expect(status).toMatchObject({ exists: true, masked: true, maskedUntilBoot: true });
  });

  it("nothing, in a chroot", () => {
    expect(systemdStatus("")).toMatchObject({ exists: false, state: "unknown" });
  });

  for (const [unitFileState, enabled] of [
    ["enabled", true],
    ["enabled-runtime", true],
    ["static", true],
    ["alias", true],
    ["indirect", true],
    ["generated", true],
    ["disabled", false],
    ["linked", false],
    ["bad", false],
  ] as const) {
    it(`a unit file that is ${unitFileState} counts as ${enabled ? "" : "not "}enabled, as for systemctl is-enabled`, () => {
      expect(systemdStatus(answer({ UnitFileState: unitFileState })).enabled).toBe(enabled);
    });
  }
});

function systemd(commands: Readonly<Record<string, CommandScript>>) {
  const host = memoryHost({ commands });
  return { services: commandServices(host.commands), host };
}

it("a status costs one call of systemctl, marked as one that only looks", async () => {
  const { services, host } = systemd({ systemctl: { stdout: answer({}) } });
  await services.status("kubelet", signal);
  expect(host.commands.calls.map(({ argv }) => argv)).toEqual([
    [
      "systemctl",
      "show",
      "kubelet",
      "--property=LoadState,ActiveState,SubState,UnitFileState,NRestarts,NeedDaemonReload,ExecMainCode,ExecMainStatus,InvocationID",
    ],
  ]);
});

describe("where systemd is installed but does not run", () => {
  const offline =
    (isEnabled: CommandScript): CommandScript =>
    async (call) => {
      if (call.argv[1] !== "is-enabled") return { exitCode: 1, stderr: "System has not been booted with systemd\n" };
      return typeof isEnabled === "function" ? isEnabled(call) : isEnabled;
    };
  const table = [
    ["an enabled unit", { stdout: "enabled\n" }, { exists: true, enabled: true }],
    ["a disabled one", { stdout: "disabled\n", exitCode: 1 }, { exists: true, enabled: false }],
    ["none", { stdout: "not-found\n", exitCode: 4 }, { exists: false, enabled: false }],
    [
      "none, older systemd",
      { stderr: "Failed to get unit file state\n", exitCode: 1 },
      { exists: false, enabled: false },
    ],
  ] as const;
  for (const [title, isEnabled, expected] of table) {
    it(`its unit files are looked at: ${title}`, async () => {
      const { services } = systemd({ systemctl: offline(isEnabled) });
      expect(await services.status("kubelet", signal)).toMatchObject({ ...expected, state: "unknown" });
    });
  }
});

it("a manager that does not respond has failed, as one that refuses", async () => {
  const silent = () => {
    throw new CommandError("timed-out", "systemctl", "systemctl: not ended after 120000ms");
  };
  const { services } = systemd({ systemctl: silent });
  for (const call of [services.status("kubelet", signal), services.restart("kubelet", signal)]) {
    await expect(call).rejects.toThrow(ServiceError);
  }
});

it("a journal that does not respond has no lines", async () => {
  const { services } = systemd({
    systemctl: { stdout: `InvocationID=${"a".repeat(32)}\n` },
    journalctl: () => {
      throw new CommandError("timed-out", "journalctl", "journalctl: not ended after 10000ms");
    },
  });
  expect(await services.journal("kubelet", { lines: 5, signal })).toEqual([]);
});

it("the manager's refusal is reported on one line, with its exit status first", async () => {
  const { services } = systemd({ systemctl: { exitCode: 1, stderr: "Job failed.\nSee journalctl -xe.\n" } });
  await expect(services.restart("kubelet", signal)).rejects.toMatchObject({
    service: "kubelet",
    message: "exit status 1: Job failed.; See journalctl -xe.",
  });
});

describe("the journal", () => {
  const invocation = "a".repeat(32);

  it("is read for the latest start alone", async () => {
    const { services, host } = systemd({
      systemctl: { stdout: `InvocationID=${invocation}\n` },
      journalctl: { stdout: "one\n\ntwo\n" },
    });
    expect(await services.journal("kubelet", { lines: 5, signal })).toEqual(["one", "two"]);
    const { argv } = host.commands.calls.at(-1) ?? { argv: [] };
    expect(argv.join(" ")).toContain("--lines 5 ");
    expect(argv.at(-1)).toBe(`_SYSTEMD_INVOCATION_ID=${invocation}`);
  });

  it("has what a program wrote that ended before journald could find out its start", async () => {
    const entries = [
      { MESSAGE: "of the start before", _SYSTEMD_INVOCATION_ID: "b".repeat(32) },
      { MESSAGE: [0xff] },
      { MESSAGE: "the cause" },
    ];
    const { services, host } = systemd({
      systemctl: { stdout: `InvocationID=${invocation}\nExecMainStartTimestamp=@1795742074\n` },
      journalctl: ({ argv }: { readonly argv: readonly string[] }) => ({
        stdout: argv.includes("json") ? `${entries.map((entry) => JSON.stringify(entry)).join("\n")}\n{"MESS` : "",
      }),
    });
    expect(await services.journal("kubelet", { lines: 5, signal })).toEqual(["the cause"]);
    const { argv } = host.commands.calls.at(-1) ?? { argv: [] };
    expect(argv.join(" ")).toContain("--since @1795742074 ");
    expect(argv.at(-1)).toBe("_SYSTEMD_UNIT=kubelet.service");
  });

  for (const [title, commands] of [
    ["journalctl is missing", { systemctl: { stdout: `InvocationID=${invocation}\n` } }],
    [
      "the service was never started",
      { systemctl: { stdout: "InvocationID=\n" }, journalctl: { stdout: "of another\n" } },
    ],
    [
      "it cannot be read",
      { systemctl: { stdout: `InvocationID=${invocation}\n` }, journalctl: { exitCode: 1, stdout: "half" } },
    ],
  ] as const) {
    it(`is empty where ${title}`, async () => {
      expect(await systemd(commands).services.journal("kubelet", { lines: 5, signal })).toEqual([]);
    });
  }
});

describe("what OpenRC says", () => {
  // With verbose output, services without a runlevel are listed.
  const levels =
    "              kubelet | default                        \n             crio-old | default\n                 sshd |      \n                  ntp | boot shutdown\n";
  for (const [title, service, status, expected] of [
    ["started", "kubelet", " * status: started\n", { exists: true, enabled: true, state: "active" }],
    ["stopped", "kubelet", " * status: stopped\n", { exists: true, state: "inactive" }],
    ["crashed", "kubelet", " * status: crashed\n", { exists: true, state: "failed" }],
    ["not in the run level, though another name contains it", "crio", " * status: started\n", { enabled: false }],
    ["listed without a run level", "sshd", " * status: started\n", { enabled: false }],
    ["in another run level", "ntp", " * status: started\n", { enabled: false }],
    ["unknown", "none", " * rc-service: service `none' does not exist\n", { exists: false, state: "inactive" }],
  ] as const) {
    it(`of a service that is ${title}`, () => {
      expect(openrcStatus(service, { status, levels })).toMatchObject(expected);
    });
  }
});

/** systemctl for a unit that has been failing since boot; `starts` is the effect of a start by this program. */
function failingUnit(start: Readonly<{ exitCode: number }>) {
  const unit = { restarts: 11, invocation: "a".repeat(32) };
  const programs = {
    systemctl: ({ argv }: { readonly argv: readonly string[] }) => {
      if (argv[1] !== "show") {
        if (start.exitCode === 0 && argv[1] !== "stop") unit.invocation = "b".repeat(32);
        return start;
      }
      return { stdout: answer({ NRestarts: String(unit.restarts), InvocationID: unit.invocation }) };
    },
    journalctl: { stdout: "a line\n" },
  };
  return { unit, services: systemd(programs).services };
}

describe("a unit that had been started repeatedly before this program came", () => {
  it("counts from the start that this program made", async () => {
    const { unit, services } = failingUnit({ exitCode: 0 });
    await services.stop("kubelet", signal);
    await services.restart("kubelet", signal);
    expect(await services.status("kubelet", signal)).toMatchObject({ restarts: 0 });
    unit.restarts += 2;
    expect(await services.status("kubelet", signal)).toMatchObject({ restarts: 2 });
    await services.start("kubelet", signal);
    expect(await services.status("kubelet", signal)).toMatchObject({ restarts: 0 });
  });

  it("counts from the first look where this program made none", async () => {
    const { unit, services } = failingUnit({ exitCode: 0 });
    expect(await services.status("kubelet", signal)).toMatchObject({ restarts: 0 });
    unit.restarts += 1;
    expect(await services.status("kubelet", signal)).toMatchObject({ restarts: 1 });
  });

  it("counts on when systemd begins again, as someone else has started it", async () => {
    const { unit, services } = failingUnit({ exitCode: 0 });
    await services.status("kubelet", signal);
    unit.restarts = 3;
    expect(await services.status("kubelet", signal)).toMatchObject({ restarts: 3 });
  });

  it("has no lines while it is as it was before a start that failed", async () => {
    const { services } = failingUnit({ exitCode: 1 });
    await services.status("kubelet", signal);
    await expect(services.restart("kubelet", signal)).rejects.toThrow(ServiceError);
    expect(await services.journal("kubelet", { lines: 5, signal })).toEqual([]);
  });

  it("has the lines of the start that this program made", async () => {
    const { services } = failingUnit({ exitCode: 0 });
    await services.status("kubelet", signal);
    await services.restart("kubelet", signal);
    expect(await services.journal("kubelet", { lines: 5, signal })).toEqual(["a line"]);
  });
});
