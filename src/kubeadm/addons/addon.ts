import { typed } from "../../cluster/typed.ts";
import { type WritableValue, writeYaml } from "../../go/yaml/write-yaml.ts";
import type { DesiredObject } from "../cluster-objects/desired-object.ts";
import type { ClusterWritePorts } from "../cluster-objects/write-objects.ts";

/** An addon: what kubeadm installs in a cluster in addition to the control plane. */
export interface Addon {
  /** "CoreDNS" */
  readonly name: string;
  /** Returns its objects as YAML documents, for --print-manifest. */
  manifest(): string;
  /** Creates or updates its objects in the cluster. */
  install(ports: ClusterWritePorts): Promise<void>;
}

/** The upgrade of an addon in a cluster that has it. */
export interface AddonUpgrade extends Pick<Addon, "name" | "manifest"> {
  /** Looks at the addon in the cluster, and changes nothing. */
  find(ports: ClusterWritePorts): Promise<FoundAddon>;
}

export type FoundAddon =
  | { readonly upgrade: () => Promise<void> }
  /** Why the addon is not kubeadm's to upgrade, in a sentence. */
  | { readonly obstacle: string };

/** Returns YAML documents for `kubectl apply -f -`. */
export function manifestOf(objects: readonly DesiredObject[]): string {
  return objects.map(({ type, object }) => `---\n${writeYaml(typed(type, object) as WritableValue)}`).join("");
}
