import { orElse } from "../../async/or-else.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { kubeletEnvironmentPath } from "../paths.ts";

/**
 * The flags of this machine's kubelet, which win over its configuration: those that kubeadm writes, then those of the
 * machine's administrator, in the order of the kubelet package's systemd unit.
 */
export interface KubeletFlags {
  /** Those that each file sets, in the order in which the kubelet reads them. */
  readonly files: readonly { readonly path: string; readonly flags: readonly KubeletFlag[] }[];
  /** Returns the last flag of the name, or undefined. A flag without a value has the value "true". */
  find(name: string): KubeletFlag | undefined;
}

export interface KubeletFlag {
  readonly name: string;
  readonly value: string;
  /** The file that sets the flag. */
  readonly path: string;
}

const flagFiles = [kubeletEnvironmentPath, "/etc/default/kubelet", "/etc/sysconfig/kubelet"];

export async function readKubeletFlags(files: Pick<Files, "readText">): Promise<KubeletFlags> {
  const found = await Promise.all(flagFiles.map(async (path) => ({ path, flags: await flagsOf(path, files) })));
  const all = found.flatMap(({ flags }) => flags);
  return { files: found, find: (name) => all.findLast((flag) => flag.name === name) };
}

async function flagsOf(path: string, files: Pick<Files, "readText">): Promise<readonly KubeletFlag[]> {
  return orElse([], FileError, async () => {
    const assignments = (await files.readText(path)).match(/^[ \t]*KUBELET_(KUBEADM|EXTRA)_ARGS[ \t]*=.*$/gm) ?? [];
    return assignments.flatMap((line) =>
      [...line.matchAll(flag)].map(([, name = "", value = "true"]) => {
        // The kubelet treats underscores as dashes.
        return { name: name.replaceAll("_", "-"), value, path };
      }),
    );
  });
}

const flag = /(?<=[\s"'=])--([a-z0-9][\w-]*)(?:[=\s]\\?["']?(?!--)([^\s"'\\]+))?/g;
