import type { Host } from "../host/host.ts";
import type { PathBase } from "../host/path-from.ts";
import { type Patches, readPatches } from "../kubeadm/patches/read-patches.ts";
import { defined } from "../values/defined.ts";
import type { Fact } from "../workflow/fact.ts";

interface PatchesContext {
  readonly host: Host;
  readonly options: {
    readonly patchesDirectory?: string;
    /** The base of a relative `patchesDirectory`. */
    readonly workingDirectory?: PathBase;
  };
}

/** The patches of --patches or of the file, read and reported once for all targets; none without either. */
export const patches: Fact<PatchesContext, Patches> = {
  name: "patches",
  load: async ({ context, events }) => {
    const { patchesDirectory, workingDirectory } = context.options;
    const ports = { files: context.host.files, events, ...defined({ workingDirectory }) };
    return patchesDirectory === undefined ? [] : readPatches(patchesDirectory, ports);
  },
};
