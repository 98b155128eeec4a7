import { orElse } from "../../async/or-else.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import type { Events } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import { isDenied } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { isSeen } from "../../host/presence.ts";
import { kubeletDirectory } from "../../kubeadm/paths.ts";
import { podsOf } from "../../kubeadm/reset/remove-pods.ts";
import { mountPointsBelow } from "../../kubeadm/reset/unmount-below.ts";
import type { Run } from "../../workflow/fact.ts";
import { outcome, type ResetContext } from "./context.ts";
import { type NodePlaces, removedFiles } from "./directories-to-empty.ts";
import { warnOfCertificatesDirectory, warnOfNoServiceManager } from "./warnings.ts";

/** Reports what cleanup-node would do: upstream's lines, and each mount, pod and file that they affect. */
export async function reportCleanup({ kubelet, toEmpty }: NodePlaces, run: Run<ResetContext>): Promise<void> {
  const { host } = run.context;
  const { events } = run;
  if ((await host.services.manager()) === "none") warnOfNoServiceManager(run);
  else would(events, "stop the kubelet service");
  would(events, `unmount mounted directories in ${goQuote(kubeletDirectory)}`);
  const mounted = "directory" in kubelet ? await mountPointsBelow(kubelet.directory, host.mounts) : [];
  for (const path of mounted) would(events, `unmount ${path}`);
  would(events, "remove Kubernetes-managed containers");
  const pods = await podsToRemove(run);
  for (const { namespace, name, id } of pods) would(events, `remove pod ${namespace}/${name} (${id})`);
  warnOfCertificatesDirectory(run);
  would(events, `delete contents of directories: [${toEmpty.map(({ name }) => name).join(" ")}]`);
  would(events, `delete files: [${removedFiles.join(" ")}]`);
  const files = await Promise.all(removedFiles.map((path) => isSeen(path, host.files)));
  const isFound = mounted.length > 0 || pods.length > 0 || files.includes(true);
  const directories = toEmpty.map(({ directory }) => directory);
  if (isFound || (await holdAnything(directories, run))) (await run.value(outcome)).foundTraces = true;
}

function would(events: Events, action: string): void {
  events.emit("dryrun.would", { area: "dryrun", action });
}

async function podsToRemove(run: Run<ResetContext>) {
  const { options, connectContainerRuntime } = run.context;
  const runtime = connectContainerRuntime(options.criSocket);
  try {
    return await podsOf(runtime, run.signal);
  } catch (error) {
    throwIfAborted(run.signal);
    if (!(error instanceof ContainerRuntimeError)) throw error;
    run.events.emit("warning", { area: "reset", message: `Failed to list pods: ${error.message}` });
    return [];
  } finally {
    runtime.close();
  }
}

async function holdsSomething(directory: string, files: Pick<Files, "status" | "list">): Promise<boolean> {
  return (await files.status(directory))?.kind === "directory" && (await files.list(directory)).length > 0;
}

async function holdAnything(directories: readonly string[], { context }: Run<ResetContext>): Promise<boolean> {
  const { files } = context.host;
  for (const directory of directories) {
    if (await orElse(false, isDenied, () => holdsSomething(directory, files))) return true;
  }
  return false;
}
