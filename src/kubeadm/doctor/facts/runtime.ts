import { orElse } from "../../../async/or-else.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { defaultCriSocket, knownCriSockets, socketPath } from "../../config/fields/cri-socket.ts";
import { sandboxImageOf } from "../../images/sandbox-image.ts";
import { findInstanceSocket } from "../../kubelet/instance-socket.ts";
import type { HiddenCgroupDriver } from "../../kubelet/kubelet-obstacles.ts";
import { type RuntimeAnswers, runtimeAnswers } from "../../preflight/cgroup-driver.ts";
import { callTimeoutMs, type RuntimeFindings } from "../../preflight/container-runtime.ts";
import { containerdConfigurationPath } from "../../preflight/explain-runtime-failure.ts";
import type { Fact } from "../examination.ts";
import { kubeletConfiguration, kubeletFlags } from "./kubelet.ts";

/** The container runtime's socket that the kubelet uses, or would use after a join. */
export const criSocket: Fact<string> = async ({ files, network, once, signal }) => {
  const [flags, configured, instance] = await Promise.all([
    once(kubeletFlags),
    once(kubeletConfiguration),
    findInstanceSocket(files),
  ]);
  const inConfiguration =
    configured.state === "loaded" ? configured.configuration["containerRuntimeEndpoint"] : undefined;
  const given = [flags.find("container-runtime-endpoint")?.value, inConfiguration, instance].find(
    (each) => typeof each === "string" && each !== "",
  );
  if (typeof given === "string") return given;
  const areThere = await Promise.all(knownCriSockets.map((each) => network.canConnect(socketPath(each), signal)));
  return knownCriSockets.find((_, index) => areThere[index]) ?? defaultCriSocket;
};

const answers: Fact<RuntimeAnswers> = async ({ once }) => runtimeAnswers(await once(criSocket));

/** What the runtime answers to the calls that the kubelet makes when it starts. */
export const runtimeFindings: Fact<RuntimeFindings> = async (examination) =>
  (await examination.once(answers)).findings(examination, examination.signal);

/** The runtime's cgroup driver, if the runtime does not report it to the kubelet. */
export const hiddenCgroupDriver: Fact<HiddenCgroupDriver | undefined> = async (examination) => {
  const { once, signal } = examination;
  // It uses what they have found.
  await once(runtimeFindings);
  return (await once(answers)).hiddenCgroupDriver(examination, signal);
};

/** What the runtime needs to start any Pod, and whether it is there. */
export interface SandboxImage {
  readonly name: string;
  readonly isPresent: boolean;
}

/** The sandbox image of Pods; undefined if the runtime does not say which one it uses. */
export const sandboxImage: Fact<SandboxImage | undefined> = async ({
  connectContainerRuntime,
  files,
  once,
  signal,
}) => {
  const runtime = connectContainerRuntime(await once(criSocket));
  const options = { signal, timeoutMs: callTimeoutMs };
  try {
    const { info } = await runtime.status({ ...options, verbose: true });
    const name = sandboxImageOf(info["config"]) ?? configuredSandboxImage(await containerdConfiguration(files));
    return name === undefined ? undefined : { name, isPresent: await runtime.hasImage(name, options) };
  } finally {
    runtime.close();
  }
};

/** Reads the image from containerd's configuration: `sandbox` of version 3, `sandbox_image` of version 2. */
function configuredSandboxImage(toml: string): string | undefined {
  return /^[ \t]*sandbox(?:_image)?[ \t]*=[ \t]*["']([^"']+)["']/m.exec(toml)?.[1];
}

async function containerdConfiguration(files: Pick<Files, "readText">): Promise<string> {
  return orElse("", FileError, () => files.readText(containerdConfigurationPath));
}
