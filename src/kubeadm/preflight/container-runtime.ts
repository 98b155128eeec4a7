import { throwIfAborted } from "../../async/signal.ts";
import { type ContainerRuntime, ContainerRuntimeError, type RuntimeStatus } from "../../cri/container-runtime.ts";
import { goQuote } from "../../go/quote.ts";
import { defined } from "../../values/defined.ts";
import {
  type Check,
  type CheckResult,
  type Look,
  type PreflightPorts,
  type Problem,
  passed,
  problem,
  shared,
} from "./check.ts";
import { explainRuntimeFailure } from "./explain-runtime-failure.ts";

/** One connection for all checks, its calls side by side. */
export interface RuntimeFindings {
  readonly status: Outcome<RuntimeStatus>;
  readonly imageService: Outcome<void>;
  readonly cgroupDriver: Outcome<"systemd" | "cgroupfs" | "unimplemented">;
}

export type Outcome<T> = { readonly value: T } | { readonly error: ContainerRuntimeError };

/** What upstream allows for each call. */
export const callTimeoutMs = 2_000;

export function lookAtContainerRuntime(criSocket: string): Look<RuntimeFindings> {
  return shared(async ({ connectContainerRuntime }, signal) => {
    const runtime = connectContainerRuntime(criSocket);
    const options = { signal, timeoutMs: callTimeoutMs };
    try {
      const [status, imageService, cgroupDriver] = await Promise.all([
        outcome(runtime.status(options), signal),
        outcome(runtime.checkImageService(options), signal),
        outcome(runtime.cgroupDriver(options), signal),
      ]);
      return { status, imageService, cgroupDriver };
    } finally {
      runtime.close();
    }
  });
}

export async function outcome<T>(call: Promise<T>, signal: AbortSignal): Promise<Outcome<T>> {
  try {
    return { value: await call };
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof ContainerRuntimeError) return { error };
    throw error;
  }
}

/** The runtime answers and is ready. Its network need not be: that comes with the cluster's network add-on. */
export function containerRuntime(criSocket: string, look: Look<RuntimeFindings>): Check {
  return {
    name: "CRI",
    severity: "error",
    run: async (ports, signal) => {
      const findings = await look(ports, signal);
      const unconnected = await connectionProblemOf(findings, { criSocket, ports });
      if (unconnected !== undefined) return { problems: [unconnected] };
      if ("error" in findings.status)
        return problem(`container runtime is not running: ${findings.status.error.message}`);
      const unready = findings.status.value.conditions.find((each) => each.type === "RuntimeReady" && !each.status);
      if (unready === undefined) return passed;
      const { type, reason, message } = unready;
      return problem(
        `container runtime condition ${goQuote(type)} is not true. reason: ${reason}, message: ${message}`,
      );
    },
  };
}

const runtimeConfigUrl = "https://git.k8s.io/enhancements/keps/sig-node/4033-group-driver-detection-over-cri";

/** The runtime tells its cgroup driver, as kubelets from 1.38 on need it. */
export function containerRuntimeVersion(criSocket: string, look: Look<RuntimeFindings>): Check {
  return {
    name: "ContainerRuntimeVersion",
    severity: "error",
    run: async (ports, signal) => {
      const findings = await look(ports, signal);
      const unconnected = connectionFailure(criSocket, findings);
      if (unconnected !== undefined) return problem(unconnected.message, { followsFrom: "CRI" });
      return runtimeConfigResult(findings);
    },
  };
}

function runtimeConfigResult({ cgroupDriver }: RuntimeFindings): CheckResult {
  if ("error" in cgroupDriver) {
    const cause = `failed to call RuntimeConfig gRPC method: ${cgroupDriver.error.message}`;
    return problem(`could not check if the runtime config is available: ${cause}`, { followsFrom: "CRI" });
  }
  if (cgroupDriver.value !== "unimplemented") return passed;
  return problem(
    "You must update your container runtime to a version that supports the CRI method RuntimeConfig. Falling back to using " +
      `cgroupDriver from kubelet config will be removed in 1.38. For more information, see ${runtimeConfigUrl}`,
    { severity: "warning" },
  );
}

/**
 * A failure that upstream meets while connecting: it asks both services for a sign of life then, with any error counting.
 * Of the runtime service only those errors are taken for it that mean that nobody speaks CRI v1 there.
 */
function connectionFailure(
  criSocket: string,
  { status, imageService }: Pick<RuntimeFindings, "status" | "imageService">,
): { readonly message: string; readonly error: ContainerRuntimeError } | undefined {
  const failed = (service: "runtime" | "image", error: ContainerRuntimeError) => ({
    message:
      `could not connect to the container runtime: failed to create new CRI ${service} service: validate service ` +
      `connection: validate CRI v1 ${service} API for endpoint ${goQuote(criSocket)}: ${error.message}`,
    error,
  });
  if ("error" in status && status.error.code !== "other") return failed("runtime", status.error);
  return "error" in imageService && !("error" in status) ? failed("image", imageService.error) : undefined;
}

async function connectionProblemOf(
  findings: Pick<RuntimeFindings, "status" | "imageService">,
  { criSocket, ports }: { readonly criSocket: string; readonly ports: Pick<PreflightPorts, "files"> },
): Promise<Problem | undefined> {
  const failure = connectionFailure(criSocket, findings);
  if (failure === undefined) return undefined;
  const remedy = await explainRuntimeFailure(ports, { criSocket, error: failure.error });
  return { message: failure.message, ...defined({ remedy }) };
}

/** Why upstream would not get a connection to the runtime, or undefined where it would. */
export async function connectionProblem(
  ports: Pick<PreflightPorts, "files">,
  {
    criSocket,
    runtime,
    signal,
  }: { readonly criSocket: string; readonly runtime: ContainerRuntime; readonly signal: AbortSignal },
): Promise<Problem | undefined> {
  const options = { signal, timeoutMs: callTimeoutMs };
  const [status, imageService] = await Promise.all([
    outcome(runtime.status(options), signal),
    outcome(runtime.checkImageService(options), signal),
  ]);
  return connectionProblemOf({ status, imageService }, { criSocket, ports });
}
