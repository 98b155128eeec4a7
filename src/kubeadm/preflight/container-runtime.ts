import { throwIfAborted } from "../../async/signal.ts";
import {
  type ContainerRuntime,
  ContainerRuntimeError,
  type RuntimeCgroupDriver,
  type RuntimeStatus,
} from "../../cri/container-runtime.ts";
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

/** Results of all checks' calls, made concurrently on one connection. */
export interface RuntimeFindings {
  readonly status: Outcome<RuntimeStatus>;
  readonly imageService: Outcome<void>;
  readonly cgroupDriver: Outcome<RuntimeCgroupDriver>;
}

export type Outcome<T> = { readonly value: T } | { readonly error: ContainerRuntimeError };

/** Timeout of each call, same as upstream. */
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

/**
 * The runtime must answer and be ready. Its network need not be ready: the cluster's network add-on sets it up later.
 */
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

/** The runtime should report its cgroup driver; kubelets from 1.38 on require it. */
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
 * Returns upstream's error while connecting: upstream calls both services then, and any error counts. Of the runtime
 * service, only errors that mean that it does not serve CRI v1 count here.
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

/** Returns why upstream could not connect to the runtime, or undefined if it could. */
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
