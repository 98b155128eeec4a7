import type { ConnectContainerRuntime } from "../cri/container-runtime.ts";
import type { Files, Host } from "../host/host.ts";
import type { KubeletConfiguration } from "../kubeadm/kubelet/kubelet-configuration.ts";
import { readKubeletFlags } from "../kubeadm/kubelet/kubelet-flags.ts";
import { type HiddenCgroupDriver, kubeletObstacles } from "../kubeadm/kubelet/kubelet-obstacles.ts";
import { type ResolverState, readResolverState } from "../kubeadm/kubelet/resolver.ts";
import { type RuntimeAnswers, runtimeAnswers } from "../kubeadm/preflight/cgroup-driver.ts";
import { readKubeletVersion } from "../kubeadm/preflight/kubelet-version.ts";
import { refusesCgroupV1 } from "../kubeadm/preflight/system-verification/cgroups.ts";
import type { Fact, Run } from "../workflow/fact.ts";

/** What the contexts of init and join have in common. */
interface NodeContext {
  readonly host: Host;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly options: { readonly configuration: { readonly nodeRegistration: { readonly criSocket: string } } };
}

/** Answers of the container runtime, requested once for the preflight checks and the kubelet's start. */
export const containerRuntimeAnswers: Fact<NodeContext, RuntimeAnswers> = {
  name: "container runtime responses",
  load: async ({ context }) => runtimeAnswers(context.options.configuration.nodeRegistration.criSocket),
};

/** Costs a request if the preflight checks did not run, and a second one if the runtime does not report its driver. */
export const hiddenCgroupDriver: Fact<NodeContext, HiddenCgroupDriver | undefined> = {
  name: "cgroup driver of a runtime that does not report it",
  load: async (run) => (await run.value(containerRuntimeAnswers)).hiddenCgroupDriver(run.context, run.signal),
};

/** The state of systemd-resolved, which decides what the kubelet gives to Pods. */
export const nodeResolver: Fact<NodeContext, ResolverState> = {
  name: "resolver of the node",
  load: ({ context, signal }) => readResolverState(context.host.services, signal),
};

/**
 * Warns of everything that will keep the kubelet, whose files have just been written, from starting or from running
 * Pods.
 */
export async function warnOfKubeletObstacles(
  configuration: KubeletConfiguration,
  files: Pick<Files, "readText">,
  run: Run<NodeContext>,
): Promise<void> {
  const { host, connectContainerRuntime } = run.context;
  const kubelet = {
    configuration,
    flags: await readKubeletFlags(files),
    runtimeDriver: await run.value(hiddenCgroupDriver),
    refusesCgroupV1: async () => {
      const installed = await readKubeletVersion()({ ...host, connectContainerRuntime }, run.signal);
      return installed.known && refusesCgroupV1(installed.version);
    },
  };
  for (const message of await kubeletObstacles(kubelet, files)) {
    run.events.emit("warning", { area: "kubelet-start", message });
  }
}
