import type { Clock } from "../../async/clock.ts";
import type { ConnectContainerRuntime, ContainerRuntime } from "../../cri/container-runtime.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import type { Files } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import { connectionProblem } from "../preflight/container-runtime.ts";
import { type PullRound, pullAttempts, pullImage, pullRound } from "./pull-one-image.ts";

export interface PullPorts {
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly files: Files;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** Pulls images one after the other, including those that exist; throws for the first that cannot be pulled. */
export async function pullImages(
  images: readonly string[],
  { criSocket, onPulled }: { readonly criSocket: string; readonly onPulled: (image: string) => void },
  ports: PullPorts,
): Promise<void> {
  const runtime = ports.connectContainerRuntime(criSocket);
  try {
    await requireConnection(runtime, criSocket, ports);
    const round = pullRound(images);
    for (const image of images) {
      await pull(image, { runtime, round }, ports);
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
    ...defined({ remedy: problem.remedy }),
  });
}

interface Pulling {
  readonly runtime: ContainerRuntime;
  readonly round: PullRound;
}

async function pull(image: string, pulling: Pulling, ports: PullPorts): Promise<void> {
  const reason = await pullImage(image, { ...ports, ...pulling, attempts: pullAttempts });
  if (reason === undefined) return;
  const message = `failed to pull image ${goQuote(image)}: failed to pull image ${image}: ${reason}`;
  throw new KubeadmError("CONTAINER_RUNTIME_FAILED", message, {
    details: { image },
    remedy: `Try it manually: \`${shell`crictl pull ${image}`}\`; check this machine's connection to the registry, including the proxy settings of the runtime's service.`,
  });
}
