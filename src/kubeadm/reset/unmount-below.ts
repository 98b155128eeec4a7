import { remedyBefore } from "../../errors/decision.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import { MountError, type Mounts, type UnmountFlag } from "../../host/host.ts";
import { shell } from "../../values/shell.ts";
import { aggregateMessage } from "../config/documents/field-error.ts";

export interface UnmountingOptions {
  readonly mounts: Mounts;
  readonly flags: readonly UnmountFlag[];
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Returns the mount points below a directory (without symlinks), last mounted first, because it may be on top of an
 * earlier one.
 */
export async function mountPointsBelow(directory: string, mounts: Pick<Mounts, "list">): Promise<readonly string[]> {
  return (await mounts.list()).filter((path) => path.startsWith(`${directory}/`)).toReversed();
}

/**
 * Unmounts everything below a directory and returns the number of mounts. Throws RESET_UNMOUNT_FAILED if something
 * stays mounted, after trying all, because its content must not be deleted.
 */
export async function unmountBelow(directory: string, options: UnmountingOptions): Promise<number> {
  const { mounts, flags, events, signal } = options;
  const failures: MountError[] = [];
  let unmounted = 0;
  for (const path of await mountPointsBelow(directory, mounts)) {
    try {
      await mounts.unmount(path, { signal, flags });
      unmounted++;
    } catch (error) {
      if (!(error instanceof MountError)) throw error;
      // It was unmounted meanwhile, or is of a kind that upstream skips too (EINVAL).
      if (error.code !== "not-mounted") failures.push(error);
      else events.emit("warning", { area: "reset", message: `failed to unmount ${goQuote(path)}: ${error.message}` });
    }
  }
  if (failures.length === 0) return unmounted;
  const reasons = aggregateMessage(failures.map(({ message }) => message));
  const message = `encountered the following errors while unmounting directories in ${goQuote(directory)}: ${reasons}`;
  const [first] = failures;
  throw new KubeadmError("RESET_UNMOUNT_FAILED", message, {
    details: { directory, mountPoints: failures.map(({ path }) => path) },
    ...(first === undefined ? {} : { remedy: remedyFor(first) }),
  });
}

function remedyFor({ path, code }: MountError): string {
  const again = "then run `kubeadm reset` again";
  if (code === "busy") {
    return remedyBefore(`Find out what is using it with \`${shell`fuser -vm ${path}`}\`, stop it, ${again}.`, {
      id: "busy-mount",
      proof: { decided: "it cannot be stopped" },
      act: `unmount with \`${shell`umount --lazy ${path}`}\`, which does not wait for it`,
      lost: "any data it hasn't written yet",
    });
  }
  return `Unmount it manually (\`${shell`umount ${path}`}\`), ${again}.`;
}
