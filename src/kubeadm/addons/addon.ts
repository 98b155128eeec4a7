import { typed } from "../../cluster/typed.ts";
import { type WritableValue, writeYaml } from "../../go/yaml/write-yaml.ts";
import type { DesiredObject } from "../cluster-objects/desired-object.ts";
import type { ClusterWritePorts } from "../cluster-objects/write-objects.ts";

/** What runs in every cluster that kubeadm makes, beside the control plane. */
export interface Addon {
  /** "CoreDNS" */
  readonly name: string;
  /** Its objects as YAML documents, for --print-manifest. */
  manifest(): string;
  /** Puts its objects into the cluster. */
  install(ports: ClusterWritePorts): Promise<void>;
}

/** Documents that `kubectl apply -f -` takes. */
export function manifestOf(objects: readonly DesiredObject[]): string {
  return objects.map(({ type, object }) => `---\n${writeYaml(typed(type, object) as WritableValue)}`).join("");
}
