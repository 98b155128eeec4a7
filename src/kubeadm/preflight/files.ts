import { FileError } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { type Check, checkName, type Look, passed, problem } from "./check.ts";
import type { Leftover } from "./leftovers.ts";

/** Nothing may stand at the path. */
export function fileAvailable(path: string, leftovers: Look<readonly Leftover[]>): Check {
  return {
    name: checkName("FileAvailable", path),
    severity: "error",
    run: async (ports, signal) => {
      if ((await ports.files.status(path)) === undefined) return passed;
      const [first, ...others] = await leftovers(ports, signal);
      // One advice is enough for all files of one earlier run.
      const remedy = first?.path === path ? leftoverAdvice([first, ...others]) : undefined;
      return problem(`${path} already exists`, defined({ remedy }));
    },
  };
}

function leftoverAdvice(leftovers: readonly Leftover[]): string {
  const list = leftovers.map(({ path, age }) => `${path} (${age} old)`).join(", ");
  return `Left by an earlier init or join: ${list}. If this machine is not to stay in that cluster, run 'kubeadm reset' first.`;
}

/** A directory that is missing or empty. */
export function directoryAvailable(path: string): Check {
  return {
    name: checkName("DirAvailable", path),
    severity: "error",
    run: async ({ files }) => {
      if ((await files.status(path)) === undefined) return passed;
      try {
        return (await files.list(path)).length === 0 ? passed : problem(`${path} is not empty`, emptyAdvice(path));
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        // Upstream's wording for a file in the directory's place.
        if (error.code === "not-a-directory") return problem(`${path} is not empty`);
        return problem(`unable to check if ${path} is empty: ${error.message}`);
      }
    },
  };
}

function emptyAdvice(path: string): { readonly remedy: string } {
  const whose = "The data of an etcd member may be in it, of one that runs, too.";
  return { remedy: `${whose} If nobody needs it, run 'kubeadm reset'; what that leaves in ${path}, remove by hand.` };
}

/** A file that has to be there, under a check name of its own. */
export function fileExists(path: string, name: string): Check {
  return {
    name,
    severity: "error",
    run: async ({ files }) => ((await files.status(path)) === undefined ? problem(`${path} doesn't exist`) : passed),
  };
}

/** The file has to begin with the content. */
export function fileContent(path: string, content: string, remedy: string): Check {
  return {
    name: checkName("FileContent", path),
    severity: "error",
    run: async ({ files }) => {
      try {
        const found = await files.readText(path, { maxBytes: 4096 });
        return found.startsWith(content) ? passed : problem(`${path} contents are not set to ${content}`, { remedy });
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        return problem(`${path} does not exist`, { remedy });
      }
    },
  };
}

export const forwardsIpv4 = forwarding("net.ipv4.ip_forward");
export const forwardsIpv6 = forwarding("net.ipv6.conf.default.forwarding");

/** Packets of an address family are forwarded, or Pods do not reach each other. */
function forwarding(setting: string): Check {
  const remedy = `'sysctl -w ${setting}=1' sets it now; the line '${setting} = 1' in /etc/sysctl.d/99-kubernetes.conf keeps it.`;
  return fileContent(`/proc/sys/${setting.replaceAll(".", "/")}`, "1", remedy);
}

/** A program that has to be found in PATH. */
export function programInPath(program: string): Check {
  return {
    name: checkName("FileExisting", program),
    severity: "error",
    run: async ({ commands }) => {
      if ((await commands.find(program)) !== undefined) return passed;
      const remedy = `Install the package that has ${program} in it, or add its directory to PATH.`;
      return problem(`${program} not found in system path`, { remedy });
    },
  };
}
