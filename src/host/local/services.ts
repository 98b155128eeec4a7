import { orElse } from "../../async/or-else.ts";
import { started } from "../../async/started.ts";
import { defined } from "../../values/defined.ts";
import { type ShellCommand, shell } from "../../values/shell.ts";
import type { CommandResult, Commands } from "../host.ts";
import { CommandError } from "../host.ts";
import type {
  ServiceJournalOptions,
  ServiceManager,
  ServiceState,
  ServiceStatus,
  Services,
} from "../service-manager.ts";
import { ServiceError } from "../service-manager.ts";
import { joinedLines } from "./joined-lines.ts";
import { StartBaseline } from "./start-baseline.ts";

/** Milliseconds for one call of the service manager; a stop alone may take systemd's 90 s. */
const timeoutMs = 120_000;
/** The same for its journal, which is read while a user waits. */
const journalTimeoutMs = 10_000;

/**
 * The machine's service manager through its command-line programs, chosen as upstream does: systemd if `systemctl` is
 * in PATH, otherwise OpenRC if its three programs are (k/k cmd/kubeadm/app/util/initsystem).
 */
export function commandServices(commands: Commands): Services {
  let chosen: Promise<Control> | undefined;
  const control = () => {
    chosen ??= started(choose(ofManager(commands)));
    return chosen;
  };
  return {
    manager: async () => (await control()).manager,
    status: async (service, signal) => (await control()).status(service, signal),
    start: async (service, signal) => (await control()).act("start", { service, signal }),
    stop: async (service, signal) => (await control()).act("stop", { service, signal }),
    restart: async (service, signal) => (await control()).act("restart", { service, signal }),
    reloadDefinitions: async (signal) => (await control()).reloadDefinitions(signal),
    enableCommand: async (service) => (await control()).enableCommand(service),
    journal: async (service, options) => (await control()).journal(service, options),
  };
}

/** A manager's program that cannot be run, or does not exit, is a failure of the manager. */
function ofManager(commands: Commands): Commands {
  return {
    find: (name) => commands.find(name),
    run: async (argv, options) => {
      try {
        return await commands.run(argv, options);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        throw new ServiceError("", error.message, error);
      }
    },
  };
}

type Action = "start" | "stop" | "restart";

interface Control {
  readonly manager: ServiceManager;
  status(service: string, signal: AbortSignal): Promise<ServiceStatus>;
  act(action: Action, target: { readonly service: string; readonly signal: AbortSignal }): Promise<void>;
  reloadDefinitions(signal: AbortSignal): Promise<void>;
  enableCommand(service: string): ShellCommand;
  journal(service: string, options: ServiceJournalOptions): Promise<readonly string[]>;
}

async function choose(commands: Commands): Promise<Control> {
  const has = async (name: string) => (await commands.find(name)) !== undefined;
  if (await has("systemctl")) return systemd(commands);
  if ((await has("openrc")) && (await has("rc-service")) && (await has("rc-update"))) return openrc(commands);
  return none;
}

const none: Control = {
  manager: "none",
  status: (service) => Promise.reject(noManager(service)),
  act: (_action, { service }) => Promise.reject(noManager(service)),
  reloadDefinitions: () => Promise.reject(noManager("")),
  enableCommand: (service) => {
    throw noManager(service);
  },
  journal: (service) => Promise.reject(noManager(service)),
};

function noManager(service: string): ServiceError {
  return new ServiceError(service, "no supported init system detected");
}

/** Runs a manager's program; a refusal is a ServiceError that begins like Go's exec error: "exit status 5". */
async function must(
  commands: Commands,
  argv: readonly [string, ...string[]],
  { service, signal }: { readonly service: string; readonly signal: AbortSignal },
): Promise<void> {
  const { exitCode, stdout, stderr } = await commands.run(argv, { signal, timeoutMs });
  if (exitCode === 0) return;
  const output = joinedLines(stderr) || joinedLines(stdout);
  throw new ServiceError(service, output === "" ? `exit status ${exitCode}` : `exit status ${exitCode}: ${output}`);
}

function systemd(commands: Commands): Control {
  const look = { timeoutMs, readOnly: true };
  const since = new StartBaseline();
  return {
    manager: "systemd",
    status: async (service, signal) => {
      const { exitCode, stdout } = await commands.run(show(service, properties), { ...look, signal });
      if (exitCode === 0) {
        since.seen(service, systemdValue(stdout, "InvocationID"));
        const status = systemdStatus(stdout);
        return { ...status, restarts: await since.count(service, status.restarts) };
      }
      // systemd is installed but not running (a container, a chroot): unit files can still be checked.
      const offline = await commands.run(["systemctl", "is-enabled", service], { ...look, signal });
      const unitFileState = offline.stdout.trim();
      return {
        ...unknownService,
        exists: unitFileState !== "" && unitFileState !== "not-found",
        enabled: offline.exitCode === 0,
        state: "unknown",
      };
    },
    act: async (action, target) => {
      if (action === "restart") since.restarts(target.service);
      await must(commands, ["systemctl", action, target.service], target);
      if (action === "stop") return;
      // Only a service that fails is asked for it: who waits for one that starts does not wait for this.
      since.started(target.service, started(automaticStarts(commands, target)));
    },
    reloadDefinitions: (signal) => must(commands, ["systemctl", "daemon-reload"], { service: "", signal }),
    enableCommand: (service) => shell`systemctl enable ${service}.service`,
    journal: async (service, options) => {
      // The log explains a failure: an error while reading it must not replace that failure.
      return orElse([], ServiceError, () =>
        systemdJournal(commands, service, { ...options, isStale: (id) => since.isStale(service, id) }),
      );
    },
  };
}

/** As systemd counts them; undefined if it does not report a count. */
async function automaticStarts(
  commands: Commands,
  { service, signal }: { readonly service: string; readonly signal: AbortSignal },
): Promise<number | undefined> {
  // The service was started: an unreadable count must not look like a failed start.
  return orElse(undefined, ServiceError, async () => {
    const { stdout } = await commands.run(show(service, ["NRestarts"]), { timeoutMs, readOnly: true, signal });
    const count = systemdValue(stdout, "NRestarts");
    return count === "" ? undefined : Number(count);
  });
}

interface JournalOptions extends ServiceJournalOptions {
  readonly isStale: (invocation: string) => boolean;
}

function show(service: string, names: readonly string[]): readonly [string, ...string[]] {
  return ["systemctl", "show", service, `--property=${names.join(",")}`];
}

async function systemdJournal(
  commands: Commands,
  service: string,
  { lines, signal, earlierStarts = false, isStale }: JournalOptions,
): Promise<readonly string[]> {
  const look = { timeoutMs: journalTimeoutMs, readOnly: true, signal };
  if ((await commands.find("journalctl")) === undefined) return [];
  const argv = ["journalctl", "--no-pager", "--quiet", "--lines", String(lines)] as const;
  const own = [...argv, "--unit", service, "--output", "cat"] as const;
  if (earlierStarts) return linesOf(await commands.run(own, look));
  const invocation = systemdValue((await commands.run(show(service, ["InvocationID"]), look)).stdout, "InvocationID");
  if (!/^[0-9a-f]{32}$/.test(invocation) || isStale(invocation)) return [];
  const found = linesOf(await commands.run([...own, `${invocationField}=${invocation}`], look));
  if (found.length > 0) return found;
  // systemd 247 and older do not know the option, and print nothing.
  const unixTime = [...show(service, ["ExecMainStartTimestamp"]), "--timestamp=unix"] as const;
  const [, since] = /=@(\d+)$/m.exec((await commands.run(unixTime, look)).stdout) ?? [];
  if (since === undefined) return [];
  const unmarked = ["--since", `@${since}`, "--output", "json", `_SYSTEMD_UNIT=${service}.service`] as const;
  return linesOf(await commands.run([...argv, ...unmarked], look)).flatMap(unmarkedMessage);
}

const invocationField = "_SYSTEMD_INVOCATION_ID";

/**
 * Returns the message of an entry that no start is known for, as an array of none or one. journald does not find out the
 * start of a program that has ended before it reads what it has written.
 */
function unmarkedMessage(entry: string): readonly string[] {
  const { MESSAGE: message, [invocationField]: invocation } = fieldsOf(entry);
  return invocation === undefined && typeof message === "string" ? [message] : [];
}

/** No fields of an entry that is cut off. */
function fieldsOf(entry: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(entry);
  } catch {
    return {};
  }
}

function linesOf({ exitCode, stdout }: Pick<CommandResult, "exitCode" | "stdout">): readonly string[] {
  return exitCode === 0 ? stdout.split("\n").filter((line) => line !== "") : [];
}

const properties = [
  "LoadState",
  "ActiveState",
  "SubState",
  "UnitFileState",
  "NRestarts",
  "NeedDaemonReload",
  "ExecMainCode",
  "ExecMainStatus",
  "InvocationID",
] as const;

const unknownService: ServiceStatus = {
  exists: false,
  enabled: false,
  state: "inactive",
  subState: "",
  restarts: 0,
  needsReload: false,
};

/** The unit file states for which `systemctl is-enabled`, the command that upstream runs, exits with 0. */
const enabledStates: ReadonlySet<string> = new Set([
  "enabled",
  "enabled-runtime",
  "static",
  "alias",
  "indirect",
  "generated",
]);

const systemdStates: ReadonlyMap<string, ServiceState> = new Map([
  ["active", "active"],
  ["reloading", "active"],
  ["refreshing", "active"],
  ["activating", "activating"],
  ["inactive", "inactive"],
  ["deactivating", "inactive"],
  ["failed", "failed"],
]);

function systemdValue(output: string, name: (typeof properties)[number]): string {
  const line = output.split("\n").find((candidate) => candidate.startsWith(`${name}=`));
  return line?.slice(name.length + 1) ?? "";
}

/**
 * Reads the response from `systemctl show`, one `Name=value` a line; `restarts` as systemd counts them. In a chroot,
 * systemctl exits with 0 and prints nothing.
 */
export function systemdStatus(output: string): ServiceStatus {
  const value = (name: (typeof properties)[number]) => systemdValue(output, name);
  const loadState = value("LoadState");
  const exitStatus = exitStatusOf(Number(value("ExecMainCode")), Number(value("ExecMainStatus")));
  return {
    exists: loadState !== "" && loadState !== "not-found",
    enabled: enabledStates.has(value("UnitFileState")),
    state: loadState === "" ? "unknown" : (systemdStates.get(value("ActiveState")) ?? "unknown"),
    subState: loadState === "not-found" ? "" : value("SubState"),
    restarts: Number(value("NRestarts")) || 0,
    needsReload: value("NeedDaemonReload") === "yes",
    ...defined({
      exitStatus,
      masked: loadState === "masked" ? true : undefined,
      maskedUntilBoot: value("UnitFileState") === "masked-runtime" ? true : undefined,
      allRestarts: Number(value("NRestarts")) || undefined,
    }),
  };
}

/** ExecMainCode is waitid's si_code: 0 before the first exit, 1 for an exit, 2 and 3 for a signal. */
function exitStatusOf(code: number, status: number): number | undefined {
  if (code === 1) return status;
  return code === 2 || code === 3 ? 128 + status : undefined;
}

function openrc(commands: Commands): Control {
  const look = { timeoutMs, readOnly: true };
  return {
    manager: "openrc",
    status: async (service, signal) => {
      const { stdout, stderr } = await commands.run(["rc-service", service, "status"], { ...look, signal });
      const levels = await commands.run(["rc-update", "show", "default"], { ...look, signal });
      return openrcStatus(service, { status: stdout + stderr, levels: levels.stdout });
    },
    act: (action, target) => must(commands, ["rc-service", target.service, action], target),
    reloadDefinitions: () => Promise.resolve(),
    enableCommand: (service) => shell`rc-update add ${service} default`,
    journal: () => Promise.resolve([]),
  };
}

const openrcStates: ReadonlyMap<string, ServiceState> = new Map([
  ["started", "active"],
  ["starting", "activating"],
  ["stopped", "inactive"],
  ["stopping", "inactive"],
  ["inactive", "inactive"],
  ["crashed", "failed"],
]);

/** Reads `rc-service NAME status` (" * status: started") and `rc-update show default` ("   kubelet | default"). */
export function openrcStatus(
  service: string,
  answers: { readonly status: string; readonly levels: string },
): ServiceStatus {
  if (answers.status.includes("does not exist")) return unknownService;
  const word = /status:\s*(\w+)/.exec(answers.status)?.[1] ?? "";
  return {
    ...unknownService,
    exists: true,
    enabled: answers.levels.split("\n").some((line) => {
      // Where verbose output is configured, services that are in no runlevel are listed, too.
      const [name = "", levels = ""] = line.split("|");
      return name.trim() === service && levels.split(/\s+/).includes("default");
    }),
    state: openrcStates.get(word) ?? "unknown",
  };
}
