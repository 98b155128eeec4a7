import { started } from "../../async/started.ts";
import type { HiddenCgroupDriver } from "../kubelet/kubelet-obstacles.ts";
import type { Look, PreflightPorts } from "./check.ts";
import { callTimeoutMs, lookAtContainerRuntime, outcome, type RuntimeFindings } from "./container-runtime.ts";

type Ports = Pick<PreflightPorts, "connectContainerRuntime">;

export interface RuntimeAnswers {
  /** What the checks of the runtime read. */
  readonly findings: Look<RuntimeFindings>;
  /**
   * Returns the runtime's cgroup driver if the runtime does not report it to the kubelet. Uses the findings of the
   * checks, or asks the runtime if they did not run. Undefined if the runtime reports it, or does not show it at all.
   */
  hiddenCgroupDriver(ports: Ports, signal: AbortSignal): Promise<HiddenCgroupDriver | undefined>;
}

export function runtimeAnswers(criSocket: string): RuntimeAnswers {
  const look = lookAtContainerRuntime(criSocket);
  let found: Promise<RuntimeFindings> | undefined;
  return {
    findings: (ports, signal) => {
      found ??= started(look(ports, signal));
      return found;
    },
    hiddenCgroupDriver: async ({ connectContainerRuntime }, signal) => {
      const options = { signal, timeoutMs: callTimeoutMs };
      const runtime = connectContainerRuntime(criSocket);
      try {
        const asked = await (found === undefined
          ? outcome(runtime.cgroupDriver(options), signal)
          : found.then(({ cgroupDriver }) => cgroupDriver));
        if ("error" in asked || asked.value === "systemd" || asked.value === "cgroupfs") return undefined;
        const status = await outcome(runtime.status({ ...options, verbose: true }), signal);
        return "error" in status ? undefined : configuredDriver(status.value.info["config"]);
      } finally {
        runtime.close();
      }
    },
  };
}

/** Reads the driver from the configuration in containerd 1.x's verbose status; other runtimes do not show theirs. */
function configuredDriver(configuration: string | undefined): HiddenCgroupDriver | undefined {
  const containerd = member(parsed(configuration), "containerd");
  const name = member(containerd, "defaultRuntimeName");
  const runtime = member(member(containerd, "runtimes"), typeof name === "string" ? name : "runc");
  // The option applies to runc only; other runtimes have their own configuration files.
  if (!String(member(runtime, "runtimeType")).startsWith("io.containerd.runc.")) return undefined;
  return member(member(runtime, "options"), "SystemdCgroup") === true ? "systemd" : "cgroupfs";
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
