// A probe for a monitoring agent: prints one line of JSON, and exits with 0 (fine), 1 (a warning) or 2 (an error).
//
//   sudo node examples/doctor-probe/main.ts [--check NAME]... [--rootfs DIRECTORY]
//
// An examination that does not take place is an error, too: nobody knows how the machine is.
import { parseArgs } from "node:util";
import { isKubeadmError } from "kubeadm-ts";
import { probe } from "./probe.ts";

const { values } = parseArgs({
  options: { check: { type: "string", multiple: true }, rootfs: { type: "string" } },
});

try {
  const { line, exitStatus } = await probe({
    ...(values.check !== undefined && { checks: values.check }),
    ...(values.rootfs !== undefined && { rootfs: values.rootfs }),
    signal: AbortSignal.timeout(10_000),
  });
  console.log(line);
  process.exitCode = exitStatus;
} catch (error) {
  if (!isKubeadmError(error)) throw error;
  console.log(JSON.stringify({ state: "error", code: error.code, message: error.message, remedy: error.remedy }));
  process.exitCode = 2;
}
