import type { MachinePorts } from "../../../src/embedded/index.ts";
import { kubeadm } from "../control-plane/kubeadm.ts";
import { interrupted } from "./interrupted-machine.ts";

/** Runs kubeadm on the machine until it stops dead before the first step whose name begins so. Fails if it ends first. */
export async function stopsBefore(
  step: string,
  machine: { readonly ports: MachinePorts },
  args: readonly string[],
): Promise<void> {
  const first = interrupted(machine, step);
  const ended = kubeadm(first, args).then(({ status, stderr }) =>
    Promise.reject(new Error(`ended with ${status} and did not stop before ${step}: ${stderr}`)),
  );
  await Promise.race([first.stopped, ended]);
}
