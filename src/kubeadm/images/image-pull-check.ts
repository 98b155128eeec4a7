import { throwIfAborted } from "../../async/signal.ts";
import { type ContainerRuntime, ContainerRuntimeError } from "../../cri/container-runtime.ts";
import type { Events } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import { type Check, type PreflightPorts, type Problem, passed, problem } from "../preflight/check.ts";
import { connectionProblem } from "../preflight/container-runtime.ts";
import { isUnreachable, type PullOptions, pullAttempts, pullImage, pullRound, registryOf } from "./pull-one-image.ts";
import { sandboxImageOf } from "./sandbox-image.ts";

export interface ImagesToPull {
  readonly criSocket: string;
  readonly images: readonly string[];
  /** The pause image that kubeadm uses. */
  readonly sandboxImage: string;
  /** "Always", "IfNotPresent", "Never". */
  readonly policy: string;
  /** One after the other instead of concurrently. */
  readonly serial: boolean;
  readonly events: Events;
}

const callTimeoutMs = 2_000;

/** Pulls the images that a control plane needs: the only check that changes the machine, but not its files. */
export function imagePull(images: ImagesToPull): Check {
  return {
    name: "ImagePull",
    severity: "error",
    run: async (ports, signal) => {
      const runtime = ports.connectContainerRuntime(images.criSocket);
      try {
        return await pull(images, { runtime, ports, signal });
      } finally {
        runtime.close();
      }
    },
  };
}

interface Pulling {
  readonly runtime: ContainerRuntime;
  readonly ports: PreflightPorts;
  readonly signal: AbortSignal;
}

async function pull(images: ImagesToPull, { runtime, ports, signal }: Pulling) {
  const unconnected = await connectionProblem(ports, { criSocket: images.criSocket, runtime, signal });
  if (unconnected !== undefined) return { problems: [unconnected] };
  if (images.policy === "Never") return passed;
  if (images.policy !== "Always" && images.policy !== "IfNotPresent") {
    return problem(`unsupported pull policy ${goQuote(images.policy)}`);
  }
  await compareSandboxImage(images, runtime, signal);
  const round = pullRound(images.images);
  const options = { runtime, clock: ports.clock, events: images.events, signal, round };
  const failed = images.serial
    ? await oneByOne(images, options)
    : (
        await Promise.all(
          images.images.map((image) => pullMissing(image, images.policy, { ...options, attempts: pullAttempts })),
        )
      ).flat();
  const problems = images.serial ? failed : aggregated(failed);
  const remedy = loadingRemedy(
    failed.map(({ image }) => image),
    images.criSocket,
  );
  return { problems: problems.map((each, index) => (index === problems.length - 1 ? { ...each, remedy } : each)) };
}

interface FailedPull extends Problem {
  readonly image: string;
  readonly reason: string;
}

type Pulls = Omit<PullOptions, "attempts">;

/**
 * Pulls images one by one. Makes only five attempts for all images of an unreachable registry, because each takes
 * seconds.
 */
async function oneByOne({ images, policy }: ImagesToPull, options: Pulls): Promise<readonly FailedPull[]> {
  const failed: FailedPull[] = [];
  const unreachable = new Set<string>();
  for (const image of images) {
    const tries = unreachable.has(registryOf(image)) ? 1 : pullAttempts;
    const failures = await pullMissing(image, policy, { ...options, attempts: tries });
    if (failures.some(({ reason }) => isUnreachable(reason))) unreachable.add(registryOf(image));
    failed.push(...failures);
  }
  return failed;
}

/** Returns how to load images from an archive if the registry is unreachable; shown once, with all missing images. */
function loadingRemedy(images: readonly string[], criSocket: string): string {
  const load = criSocket.includes("crio")
    ? "'podman load --input FILE'"
    : "'ctr --namespace k8s.io images import FILE'";
  return (
    `Missing: ${images.join(" ")}. Check this machine's connection to the registry, including the proxy settings of the runtime's service, ` +
    `or load an archive of these images: ${load}; imageRepository of the ClusterConfiguration (\`init --image-repository\`) sets another registry.`
  );
}

/** Joins failures of concurrent pulls into one message in brackets, as upstream does. */
function aggregated(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length < 2) return problems;
  return [{ message: `[${[...new Set(problems.map(({ message }) => message))].join(", ")}]` }];
}

async function pullMissing(image: string, policy: string, options: PullOptions): Promise<readonly FailedPull[]> {
  if (policy === "IfNotPresent" && (await hasImage(image, options))) {
    options.events.emit("log", { level: 1, message: `image exists: ${image}` });
    options.round.present.add(image);
    return [];
  }
  const reason = await pullImage(image, options);
  if (reason === undefined) return [];
  // Upstream's message has the prefix twice, too.
  return [{ image, reason, message: `failed to pull image ${image}: failed to pull image ${image}: ${reason}` }];
}

async function hasImage(image: string, { runtime, events, signal }: Pulls): Promise<boolean> {
  try {
    return await runtime.hasImage(image, { signal, timeoutMs: callTimeoutMs });
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    const message = `Failed to get image status, image: ${goQuote(image)}, error: ${error.message}`;
    events.emit("warning", { message });
    return false;
  }
}

async function compareSandboxImage(
  images: ImagesToPull,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<void> {
  const { events, sandboxImage } = images;
  try {
    const { info } = await runtime.status({ verbose: true, signal, timeoutMs: callTimeoutMs });
    const used = sandboxImageOf(info["config"]);
    if (used === undefined) {
      events.emit("log", { level: 4, message: "failed to detect the sandbox image for local container runtime" });
    } else if (used !== sandboxImage) {
      events.emit("warning", {
        message:
          `detected that the sandbox image ${goQuote(used)} of the container runtime is inconsistent with that used by ` +
          `kubeadm. It is recommended to use ${goQuote(sandboxImage)} as the CRI sandbox image.`,
      });
    }
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    const message = `failed to detect the sandbox image for local container runtime, ${error.message}`;
    events.emit("log", { level: 4, message });
  }
}
