// Kubernetes' own tool for container runtimes, which doctor's commands use and kubeadm does not need.
import { join } from "node:path";
import type { Lab } from "../../../lab/lab.ts";
import { ensureGoPart } from "../../../lab/parts/go-part.ts";

const module = "sigs.k8s.io/cri-tools";

/** Returns the path of the program on this machine. Builds it the first time. */
export async function crictlProgram({ cache }: Lab): Promise<string> {
  const folder = await ensureGoPart(
    { cache, say: (text) => void process.stderr.write(`${text}\n`) },
    { name: "crictl", version: "1.37.0", module, programs: { crictl: `${module}/cmd/crictl` } },
  );
  return join(folder, "crictl");
}
