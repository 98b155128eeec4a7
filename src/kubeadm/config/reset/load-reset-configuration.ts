import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import type { Files } from "../../../host/host.ts";
import { formatGvk, groupVersionOf } from "../../../kubernetes/group-version-kind.ts";
import { type ConfigurationDocument, configurationDocuments } from "../documents/configuration-documents.ts";
import { decodeConfiguration } from "../documents/decode-configuration.ts";
import type { FieldLocations } from "../documents/field-error.ts";
import { requireSupportedVersion } from "../documents/supported-version.ts";
import { readConfigurationFile } from "../join/load-join-configuration.ts";
import { v1GroupVersion } from "../versions/v1.ts";
import { v1beta4GroupVersion } from "../versions/v1beta4.ts";
import {
  type ResetConfiguration,
  resetConfigurationFromV1beta4,
  resetConfigurationV1beta4,
} from "./reset-configuration.ts";

export interface LoadedResetConfiguration {
  readonly configuration: ResetConfiguration;
  readonly locations: FieldLocations;
}

export interface ResetConfigurationPorts {
  readonly files: Pick<Files, "read" | "readText" | "status">;
  readonly events: Events;
}

const readVersions: readonly string[] = [v1beta4GroupVersion, v1GroupVersion];

/** Reads and defaults the only ResetConfiguration of a file; warns of documents of other kinds and ignores them. */
export async function loadResetConfiguration(
  file: string,
  ports: ResetConfigurationPorts,
): Promise<LoadedResetConfiguration> {
  const { events } = ports;
  let found: LoadedResetConfiguration | undefined;
  for (const document of configurationDocuments(await readConfigurationFile(file, ports), file)) {
    if (document.gvk.kind !== "ResetConfiguration") {
      const message = `WARNING: Ignored configuration document with GroupVersionKind ${formatGvk(document.gvk)}`;
      events.emit("warning", { area: "config", message });
      continue;
    }
    requireSupportedVersion(document.gvk, events, { allowsExperimental: true });
    found = { configuration: decode(document, events), locations: document.locations };
  }
  if (found !== undefined) return found;
  const message = "no ResetConfiguration found in the supplied config";
  throw new KubeadmError("CONFIG_INVALID", message, { details: { file } });
}

function decode(document: ConfigurationDocument, events: Events): ResetConfiguration {
  const version = groupVersionOf(document.gvk);
  if (readVersions.includes(version)) {
    return resetConfigurationFromV1beta4(decodeConfiguration(document, resetConfigurationV1beta4, events) ?? {});
  }
  const message = `no kind "ResetConfiguration" is registered for version "${version}"`;
  throw new KubeadmError("CONFIG_INVALID", message, {
    details: { apiVersion: version, kind: "ResetConfiguration" },
    remedy: `Write apiVersion: ${v1beta4GroupVersion}.`,
  });
}
