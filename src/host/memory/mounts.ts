import { throwIfAborted } from "../../async/signal.ts";
import { MountError, type Mounts } from "../host.ts";

export interface MemoryMounts extends Mounts {
  /** Makes unmounting the mount point fail from now on. */
  hold(path: string, code: MountError["code"]): void;
}

/** Mount points in mount order. */
export function memoryMounts(seed: readonly string[]): MemoryMounts {
  const mounted = [...seed];
  const held = new Map<string, MountError["code"]>();
  return {
    hold: (path, code) => void held.set(path, code),
    list: async () => [...mounted],
    unmount: async (path, { signal }) => {
      throwIfAborted(signal);
      const index = mounted.lastIndexOf(path);
      const code = index < 0 ? "not-mounted" : held.get(path);
      if (code !== undefined) throw new MountError(code, path, `umount: ${path}: ${texts[code]}.`);
      mounted.splice(index, 1);
    },
  };
}

const texts = {
  "not-mounted": "not mounted",
  busy: "target is busy",
  "permission-denied": "must be superuser to unmount",
  other: "umount failed",
} as const;
