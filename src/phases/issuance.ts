import type { Host } from "../host/host.ts";
import { keyAlgorithm } from "../kubeadm/certificates/key-algorithm.ts";
import type { Issuance } from "../kubeadm/certificates/make-certificates.ts";
import type { ControlPlaneNode } from "../kubeadm/control-plane/control-plane-node.ts";
import { keySource } from "../pki/key-source.ts";
import type { Fact } from "../workflow/fact.ts";

/** Returns what all certificates of one run share: their time, and one source of keys that uses every core. */
export function newIssuance({ cluster }: Pick<ControlPlaneNode, "cluster">, host: Host, signal: AbortSignal): Issuance {
  return {
    now: host.clock.now(),
    keys: keySource(keyAlgorithm(cluster), { atOnce: host.machine.cpus, signal }),
    warned: new Set(),
  };
}

/** A fact: the time of all certificates of a run, and the source of their keys; only for a control plane. */
export function issuanceOf<Context extends { readonly host: Host }>(
  node: Fact<Context, ControlPlaneNode>,
): Fact<Context, Issuance> {
  return {
    name: "issuance of certificates",
    load: async (run) => newIssuance(await run.value(node), run.context.host, run.signal),
  };
}
