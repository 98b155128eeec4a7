import { type Check, passed, problem } from "./check.ts";

export const privilegedUser: Check = {
  name: "IsPrivilegedUser",
  severity: "error",
  run: async ({ machine }) =>
    machine.uid === 0 ? passed : problem("user is not running as root", { remedy: "Run the command with sudo." }),
};

export const swap: Check = {
  name: "Swap",
  severity: "warning",
  run: async ({ files }) => {
    const [, ...devices] = (await files.readText("/proc/swaps").catch(() => "")).trimEnd().split("\n");
    if (devices.length === 0) return passed;
    const names = devices.map((line) => line.split(/\s/)[0]).join(", ");
    return problem(
      "swap is supported for cgroup v2 only. The kubelet must be properly configured to use swap. Please refer to " +
        "https://kubernetes.io/docs/concepts/architecture/nodes/#swap-memory, or disable swap on the node",
      {
        remedy: `In use: ${names}. 'swapoff -a' turns it off until the next boot; edit /etc/fstab to turn it off permanently.`,
      },
    );
  },
};

export function cpuCount(required: number): Check {
  return {
    name: "NumCPU",
    severity: "error",
    run: async ({ machine: { cpus } }) =>
      cpus >= required ? passed : problem(`the number of available CPUs ${cpus} is less than the required ${required}`),
  };
}

export function memory(requiredMiB: number): Check {
  return {
    name: "Mem",
    severity: "error",
    run: async ({ machine }) => {
      const mebibytes = Math.floor(machine.memoryBytes / 1024 ** 2);
      if (mebibytes >= requiredMiB) return passed;
      return problem(`the system RAM (${mebibytes} MB) is less than the minimum ${requiredMiB} MB`);
    },
  };
}
