import { throwIfAborted } from "../../async/signal.ts";
import {
  type ConnectContainerRuntime,
  type ContainerRuntime,
  ContainerRuntimeError,
} from "../../cri/container-runtime.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import { goQuote } from "../apis/go-quote.ts";
import { connectionProblem } from "../preflight/container-runtime.ts";

export interface PullPorts {
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly files: Files;
  readonly signal: AbortSignal;
}

/** Upstream waits for ever; no image of a control plane takes this long on a line that works. */
const pullTimeoutMs = 30 * 60_000;
const attempts = 5;

/** Has images pulled one after the other, those that are there too; the first that cannot be had ends it. */
export async function pullImages(
  images: readonly string[],
  { criSocket, onPulled }: { readonly criSocket: string; readonly onPulled: (image: string) => void },
  ports: PullPorts,
): Promise<void> {
  const runtime = ports.connectContainerRuntime(criSocket);
  try {
    await requireConnection(runtime, criSocket, ports);
    for (const image of images) {
      await pull(image, runtime, ports.signal);
      onPulled(image);
    }
  } finally {
    runtime.close();
  }
}

async function requireConnection(runtime: ContainerRuntime, criSocket: string, ports: PullPorts): Promise<void> {
  const problem = await connectionProblem(ports, { criSocket, runtime, signal: ports.signal });
  if (problem === undefined) return;
  const message = problem.message.replace(/^could not connect to the container runtime: /, "");
  throw new KubeadmError("CONTAINER_RUNTIME_FAILED", message, {
    details: { criSocket },
    ...(problem.remedy === undefined ? {} : { remedy: problem.remedy }),
  });
}

async function pull(image: string, runtime: ContainerRuntime, signal: AbortSignal): Promise<void> {
  let last: ContainerRuntimeError | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      await runtime.pullImage(image, { signal, timeoutMs: pullTimeoutMs });
      return;
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof ContainerRuntimeError)) throw error;
      last = error;
    }
  }
  const reason = `failed to pull image ${image}: ${last?.message ?? ""}`;
  throw new KubeadmError("CONTAINER_RUNTIME_FAILED", `failed to pull image ${goQuote(image)}: ${reason}`, {
    cause: last,
    details: { image },
    remedy: `Try it by hand: \`crictl pull ${image}\`; check this machine's way to the registry, proxy settings of the runtime's service included.`,
  });
}
