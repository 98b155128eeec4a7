import { dirname } from "node:path/posix";
import { throwIfAborted } from "../../async/signal.ts";
import { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { goQuote } from "../../go/quote.ts";
import { FileError, isDenied } from "../../host/file-error.ts";
import { CommandError } from "../../host/host.ts";
import { ServiceError } from "../../host/service-manager.ts";
import { kubeletService } from "../../kubeadm/kubelet/kubelet-service.ts";
import { defaultCertificatesDirectory, kubeletDirectory } from "../../kubeadm/paths.ts";
import { emptyDirectory, withFileFailures } from "../../kubeadm/reset/empty-directory.ts";
import { removePods } from "../../kubeadm/reset/remove-pods.ts";
import { unmountBelow } from "../../kubeadm/reset/unmount-below.ts";
import { shell } from "../../values/shell.ts";
import type { Run } from "../../workflow/fact.ts";
import { defineResetPhase, outcome, type ResetContext } from "./context.ts";
import { type NodePlaces, nodePlaces, removedFiles } from "./directories-to-empty.ts";
import { reportCleanup } from "./dry-run.ts";
import { emitEmptied, warn, warnOfCertificatesDirectory, warnOfNoServiceManager } from "./warnings.ts";

type ResetRun = Run<ResetContext>;

export const cleanupNode = defineResetPhase({
  name: "cleanup-node",
  aliases: ["cleanupnode"],
  summary: "Clean up the node",
  description:
    "Stop the kubelet, unmount everything below its directory, remove all pods from the container runtime, and delete the files that init or join wrote.",
  flags: ["cert-dir", "cri-socket", "cleanup-tmp-dir", "dry-run"],
  reads: { places: nodePlaces },
  writes: ["service kubelet", kubeletDirectory, defaultCertificatesDirectory, ...removedFiles],
  run: ({ places }, run) => withFileFailures(() => cleanUp(places, run)),
  dryRun: ({ places }, run) => withFileFailures(() => reportCleanup(places, run)),
});

async function cleanUp(places: NodePlaces, run: ResetRun): Promise<void> {
  await stopKubelet(run);
  if ("directory" in places.kubelet) await unmount(places.kubelet.directory, run);
  else warn(run, `Skipping unmount of directories in ${goQuote(kubeletDirectory)}: ${places.kubelet.missing}`);
  await removeContainers(run);
  await emptyDirectories(places, run);
  await removeFiles(run);
}

async function stopKubelet(run: ResetRun): Promise<void> {
  const { services } = run.context.host;
  if ((await services.manager()) === "none") return warnOfNoServiceManager(run);
  run.events.emit("reset.kubelet.stopping", {});
  try {
    // A kubelet without configuration, on a machine that never joined, restarts in a loop: its state is "activating".
    const { state } = await services.status(kubeletService, run.signal);
    if (state === "active") (await run.value(outcome)).foundTraces = true;
    await services.stop(kubeletService, run.signal);
  } catch (error) {
    throwIfAborted(run.signal);
    if (!(error instanceof ServiceError || error instanceof CommandError)) throw error;
    warn(run, `The kubelet service could not be stopped by kubeadm: [${error.message}]`);
    warn(run, "Please ensure kubelet is stopped manually");
  }
}

async function unmount(directory: string, run: ResetRun): Promise<void> {
  const { host, options } = run.context;
  run.events.emit("reset.unmounting", { directory: kubeletDirectory });
  const unmounted = await unmountBelow(directory, {
    mounts: host.mounts,
    flags: options.unmountFlags,
    events: run.events,
    signal: run.signal,
  });
  if (unmounted > 0) (await run.value(outcome)).foundTraces = true;
}

async function removeContainers(run: ResetRun): Promise<void> {
  const { options, host, connectContainerRuntime } = run.context;
  const found = await run.value(outcome);
  const runtime = connectContainerRuntime(options.criSocket);
  try {
    await removePods({
      runtime,
      clock: host.clock,
      signal: run.signal,
      onRemoved: ({ id, name, namespace }) => {
        found.foundTraces = true;
        run.events.emit("reset.pod.removed", { id, name, namespace });
      },
    });
  } catch (error) {
    throwIfAborted(run.signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    warn(run, `Failed to remove containers: ${connectionContext(error, options.criSocket)}${error.message}`);
    found.remains.push({
      what: `any pods of the container runtime at ${options.criSocket}`,
      command: shell`crictl --runtime-endpoint ${options.criSocket} rmp --all --force`,
    });
  } finally {
    runtime.close();
  }
}

/** Upstream's context of a failure to connect, when nothing at the endpoint serves CRI v1. */
function connectionContext({ code }: ContainerRuntimeError, criSocket: string): string {
  if (code === "other") return "";
  return `failed to create new CRI runtime service: validate service connection: validate CRI v1 runtime API for endpoint ${goQuote(criSocket)}: `;
}

/** Lists the mounts again before each directory: an unmount may have uncovered others. */
async function emptyDirectories({ toEmpty }: NodePlaces, run: ResetRun): Promise<void> {
  const { host } = run.context;
  warnOfCertificatesDirectory(run);
  run.events.emit("reset.directories.emptying", { directories: toEmpty.map(({ name }) => name) });
  for (const { directory } of toEmpty) {
    throwIfAborted(run.signal);
    const mountPoints = new Set(await host.mounts.list());
    await emitEmptied(directory, await emptyDirectory(directory, { files: host.files, mountPoints }), run);
  }
}

async function removeFiles(run: ResetRun): Promise<void> {
  const { host } = run.context;
  const found = await run.value(outcome);
  run.events.emit("reset.files.removing", { files: removedFiles });
  for (const path of removedFiles) {
    try {
      if (await host.files.remove(path)) found.foundTraces = true;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      warn(run, `Failed to remove file: ${goQuote(path)} [${reasonOf(error)}]`);
      found.remains.push({ what: `not deleted: ${path}`, command: shell`rm -rf ${path}` });
    }
  }
}

/** Who may not look into the directory is told so of the directory, as upstream does. */
function reasonOf(error: FileError): string {
  const isHidden = isDenied(error) && error.operation === "lstat";
  return isHidden ? `open ${dirname(error.path)}: ${error.reason}` : error.message;
}
