import { goQuote } from "../../../go/quote.ts";
import { isOfMissing } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import type { JsonObject } from "../../../values/json.ts";
import { readManifestContainer } from "../../control-plane/component-endpoints.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { inContext } from "../../file-failure.ts";
import { type EtcdVersions, etcdVersions } from "./etcd-versions.ts";

export interface PlannedEtcd {
  /** Not patched. */
  readonly pod: JsonObject;
  /** Given if the upgrade leaves the member alone, because it is newer. */
  readonly newer: EtcdVersions | undefined;
}

/**
 * Returns the static Pod of the etcd member of this machine after an upgrade; undefined if etcd is external. Throws
 * CONFIG_INVALID, MANIFEST_INVALID, and FILE_OPERATION_FAILED, unless there `mayBeMissing`.
 */
export async function plannedEtcd(
  node: ControlPlaneNode,
  { files, mayBeMissing }: { readonly files: Pick<Files, "readText">; readonly mayBeMissing: boolean },
): Promise<PlannedEtcd | undefined> {
  const { etcd } = node.cluster;
  if (!("local" in etcd)) return undefined;
  const pod = etcdPod(node, etcd.local);
  const image = await currentImage(files, mayBeMissing);
  const versions = image === undefined ? undefined : etcdVersions(node.cluster, image);
  return { pod, newer: versions?.change === "older" ? versions : undefined };
}

/** Undefined if there is no manifest. */
async function currentImage(files: Pick<Files, "readText">, mayBeMissing: boolean): Promise<string | undefined> {
  try {
    const { image } = await inContext("failed to retrieve the current etcd version", () =>
      readManifestContainer("etcd", files),
    );
    return image;
  } catch (error) {
    if (mayBeMissing && isOfMissing(error)) return undefined;
    throw error;
  }
}

/** Says that an upgrade leaves etcd alone, in upstream's words. */
export function keptEtcd({ desired, current }: EtcdVersions): string {
  return `the desired etcd version ${goQuote(desired)} is older than the currently installed ${goQuote(current)}. Skipping etcd upgrade`;
}
