import type { CommandResult } from "../../src/host/host.ts";
import type { CommandCall, CommandScript } from "../../src/host/memory/commands.ts";
import type { MemoryServices, ServiceAction } from "../../src/host/memory/services.ts";
import { ServiceError, type ServiceStatus } from "../../src/host/service-manager.ts";

/**
 * systemctl and journalctl, as far as the systemd adapter uses them, in front of services in memory. As systemd does, a
 * unit that is stopped while it waits for its next automatic start keeps the count of those it had.
 */
export function systemdPrograms(services: MemoryServices): Readonly<Record<string, CommandScript>> {
  let kept = 0;
  let invocation = 1;
  return {
    systemctl: async ({ argv: [, verb = "", name = ""], signal }) => {
      if (verb === "daemon-reload") return outcomeOf(services.reloadDefinitions(signal));
      const { subState, restarts, ...status } = await services.status(name, signal);
      if (verb === "show") return { stdout: shown({ ...status, subState, restarts: kept + restarts }, invocation) };
      if (subState === "auto-restart") kept += restarts;
      if (verb !== "stop") invocation += 1;
      return outcomeOf(services[verb as ServiceAction](name, signal));
    },
    journalctl: async ({ argv, signal }) => {
      const name = argv[argv.indexOf("--unit") + 1] ?? "";
      const lines = Number(argv[argv.indexOf("--lines") + 1]);
      return { stdout: (await services.journal(name, { lines, signal })).map((line) => `${line}\n`).join("") };
    },
  };
}

function shown(status: ServiceStatus, invocation: number): string {
  return [
    `LoadState=${status.exists ? "loaded" : "not-found"}`,
    `ActiveState=${status.state}`,
    `SubState=${status.subState}`,
    `UnitFileState=${status.exists ? (status.enabled ? "enabled" : "disabled") : ""}`,
    `NRestarts=${status.restarts}`,
    `NeedDaemonReload=${status.needsReload ? "yes" : "no"}`,
    "ExecMainCode=0",
    "ExecMainStatus=0",
    `InvocationID=${invocation.toString(16).padStart(32, "0")}`,
    "",
  ].join("\n");
}

/** rc-service, rc-update and openrc in front of services in memory. */
export function openrcPrograms(services: MemoryServices): Readonly<Record<string, CommandScript>> {
  return {
    openrc: {},
    "rc-service": async ({ argv: [, name = "", verb = ""], signal }: CommandCall) => {
      if (verb !== "status") return outcomeOf(services[verb as ServiceAction](name, signal));
      const { exists, state } = await services.status(name, signal);
      if (!exists) return { exitCode: 1, stderr: ` * rc-service: service \`${name}' does not exist\n` };
      return state === "active" ? { stdout: " * status: started\n" } : { exitCode: 3, stdout: " * status: stopped\n" };
    },
    "rc-update": {
      stdout: "                 sshd | default\n              kubelet | default                        \n",
    },
  };
}

async function outcomeOf(action: Promise<void>): Promise<Partial<CommandResult>> {
  try {
    await action;
    return {};
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const [, exitCode, stderr = ""] = /^exit status ([0-9]+): (.*)$/.exec(error.message) ?? [];
    return { exitCode: Number(exitCode), stderr: `${stderr}\n` };
  }
}
