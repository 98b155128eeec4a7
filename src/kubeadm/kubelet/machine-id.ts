import { orElse } from "../../async/or-else.ts";
import type { NodeObject } from "../../cluster/resources.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";

/** Returns the ID by which the kubelet reports this machine; "" if the machine has none. */
export async function readMachineId(files: Pick<Files, "readText">): Promise<string> {
  return orElse("", FileError, async () => (await files.readText("/etc/machine-id", { maxBytes: 4096 })).trim());
}

/** Reports whether the kubelet of the machine with this ID has registered the Node. */
export function isOfMachine({ status }: NodeObject, machineId: string): boolean {
  return (status?.nodeInfo?.["machineID"] ?? "") === machineId;
}
