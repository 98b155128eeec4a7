import type { KubernetesObject, ResourceType } from "../../cluster/cluster.ts";
import type { WorkloadObject } from "../../cluster/workload-resources.ts";
import { imageRepository } from "../../kubernetes/image-name.ts";
import { defined } from "../../values/defined.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "../../values/json.ts";
import { changeObject, createOrChange } from "../cluster-objects/change-object.ts";
import type { DesiredObject } from "../cluster-objects/desired-object.ts";
import { systemNamespace } from "../cluster-objects/rbac.ts";
import type { ClusterWritePorts } from "../cluster-objects/write-objects.ts";
import { covers, differingFields, keptFields, withEdits } from "./keep-edits.ts";
import { imageOf, withImage } from "./workload-image.ts";

/** A Deployment or DaemonSet of an addon that is upgraded. */
export interface WorkloadUpgrade {
  readonly type: ResourceType<WorkloadObject>;
  /** Its name, which is also that of its container. */
  readonly name: string;
  /** What this version of kubeadm deploys, with the patches of this run. */
  readonly wanted: WorkloadObject;
  /** Returns what the previous version has deployed, with its image and without patches. */
  readonly template: (image: string) => WorkloadObject;
}

interface Edits {
  /** An image that was set by an administrator. */
  readonly image?: string;
  readonly fields: readonly string[];
}

/**
 * Upgrades a workload. What an administrator has edited stays: the templates of the versions that can be upgraded are the
 * same except for their images, so every other difference between the object and the template is an edit. Upstream
 * overwrites the whole object.
 */
export async function upgradeWorkload(upgrade: WorkloadUpgrade, ports: ClusterWritePorts): Promise<void> {
  const { type, name } = upgrade;
  let edits: Edits = { fields: [] };
  const change = (live: WorkloadObject) => {
    const upgraded = withUpgrade(live, upgrade);
    edits = upgraded.edits;
    return upgraded.object;
  };
  await changeObject(type, { namespace: systemNamespace, name }, change, ports);
  warnOfEdits(upgrade, edits, ports);
}

function withUpgrade(live: WorkloadObject, { name, wanted, template }: WorkloadUpgrade) {
  const present = imageOf(live, name);
  const kept = keptImage(live, wanted, name);
  const next = kept === undefined ? wanted : withImage(wanted, name, kept);
  const previous = template(present ?? imageOf(wanted, name) ?? "");
  const versions = { live: asJson(live), previous: asJson(previous), next: asJson(next) };
  // The result has the fields of the live object, which the server has sent as one of this type.
  const object = withEdits(versions) as unknown as WorkloadObject;
  const fields = [
    ...differingFields(asJson(object), versions.next),
    ...keptFields({ ...versions, live: asJson(object) }),
  ];
  return { object, edits: { ...defined({ image: kept }), fields } };
}

/**
 * Returns the image of another repository that someone other than kubeadm has set; undefined if there is none. If kubeadm
 * has set it, the repository of the cluster's configuration has changed since.
 */
export function keptImage(live: WorkloadObject, wanted: WorkloadObject, container: string): string | undefined {
  const [present, next] = [live, wanted].map((each) => imageOf(each, container));
  if (present === undefined || next === undefined || imageRepository(present) === imageRepository(next))
    return undefined;
  const path = ["spec", "template", "spec", "containers", { name: container }, "image"];
  return isSetByOthers(live, path) ? present : undefined;
}

type PathStep = string | { readonly name: string };

/** The name under which the API server records what kubeadm, in any version, sets in an object. */
const ownManager = "kubeadm";

/**
 * Reports whether the API server has recorded that a field was set by a client other than kubeadm, and not by kubeadm:
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers.
 */
export function isSetByOthers(object: KubernetesObject, path: readonly PathStep[]): boolean {
  const metadata: JsonValue | undefined = asJson(object)["metadata"];
  const entries = isObject(metadata) ? metadata["managedFields"] : undefined;
  if (!isList(entries)) return false;
  const steps = path.map((step) => (typeof step === "string" ? `f:${step}` : `k:${JSON.stringify(step)}`));
  const managers = entries.filter(isObject).flatMap(({ manager = "", subresource = "", fieldsV1 }) => {
    const isSet = subresource === "" && hasPath(fieldsV1, steps);
    return isSet ? [manager] : [];
  });
  return managers.length > 0 && !managers.includes(ownManager);
}

function hasPath(fields: JsonValue | undefined, [step, ...more]: readonly string[]): boolean {
  if (step === undefined) return fields !== undefined;
  return isObject(fields) && hasPath(fields[step], more);
}

function warnOfEdits(
  { type: { kind }, name, wanted }: WorkloadUpgrade,
  { image, fields }: Edits,
  { events }: ClusterWritePorts,
): void {
  const warn = (message: string) => events.emit("warning", { area: "upgrade/addon", message });
  const what = `the ${kind} ${systemNamespace}/${name}`;
  if (image !== undefined) {
    const configured = imageOf(wanted, name);
    warn(`${what} keeps the image ${image}, which was set in the cluster; kubeadm's is ${configured}`);
  }
  if (fields.length > 0) warn(`${what} was edited; these fields are left unchanged: ${fields.join(", ")}`);
}

/** Creates an object, or writes one that lacks what the addon needs. More than that stays. */
export async function ensureObject(desired: DesiredObject, ports: ClusterWritePorts): Promise<void> {
  const { object } = desired;
  await createOrChange(
    desired,
    (live) => (covers(asJson(live), asJson(object)) ? live : replacing(live, object)),
    ports,
  );
}

function replacing({ metadata }: KubernetesObject, object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...metadata, ...object.metadata } };
}

/** Objects of the cluster are JSON. */
function asJson(object: KubernetesObject): JsonObject {
  return object as unknown as JsonObject;
}
