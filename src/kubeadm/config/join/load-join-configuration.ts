import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import { FileError } from "../../../host/file-error.ts";
import { formatGvk, formatGvkAsGo, groupVersionOf } from "../../../kubernetes/group-version-kind.ts";
import { defined } from "../../../values/defined.ts";
import {
  type ConfigurationDocument,
  configurationDocuments,
  configurationText,
} from "../documents/configuration-documents.ts";
import { type DecodingPolicy, decodeConfiguration } from "../documents/decode-configuration.ts";
import { requireSupportedVersion, type VersionPolicy } from "../documents/supported-version.ts";
import { joinConfigurationFromV1beta3, joinConfigurationFromV1beta4 } from "../versions/convert-join.ts";
import { joinConfigurationV1, v1GroupVersion } from "../versions/v1.ts";
import { joinConfigurationV1beta3, v1beta3GroupVersion } from "../versions/v1beta3.ts";
import { joinConfigurationV1beta4, v1beta4GroupVersion } from "../versions/v1beta4.ts";
import { type ConfigurationPorts, completeJoinConfiguration } from "./complete-join-configuration.ts";
import type { JoinConfiguration } from "./join-configuration.ts";

/** A larger file is not a configuration. */
export const maxConfigurationBytes = 3 * 1024 * 1024;

export interface LoadOptions {
  /** If false, containerd's default socket is used when the file has none. */
  readonly detectsCriSocket: boolean;
}

/** Reads, defaults, completes and validates the JoinConfiguration of a file. Every problem names file and line. */
export async function loadJoinConfiguration(
  path: string,
  options: LoadOptions,
  ports: ConfigurationPorts,
): Promise<JoinConfiguration> {
  const text = await readConfigurationFile(path, ports);
  const { configuration, document } = parseJoinConfiguration(text, { file: path }, ports.events);
  return completeJoinConfiguration(configuration, { ...options, locations: document.locations }, ports);
}

export async function readConfigurationFile(path: string, ports: Pick<ConfigurationPorts, "files">): Promise<string> {
  try {
    return configurationText(await ports.files.read(path, { maxBytes: maxConfigurationBytes }), path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const message = `unable to read config from ${goQuote(path)} : ${error.message}`;
    throw new KubeadmError("CONFIG_UNREADABLE", message, { cause: error, details: { file: path } });
  }
}

export interface ParsedJoinConfiguration {
  /** With the defaults that do not depend on the machine; not validated. */
  readonly configuration: JoinConfiguration;
  readonly document: ConfigurationDocument;
}

export interface ParseOptions extends DecodingPolicy, VersionPolicy {
  /** Name of the file, for messages. */
  readonly file?: string;
}

/** Parses the only JoinConfiguration of a file's text; warns of documents of other kinds and ignores them. */
export function parseJoinConfiguration(text: string, options: ParseOptions, events: Events): ParsedJoinConfiguration {
  const { file } = options;
  let found: ParsedJoinConfiguration | undefined;
  for (const document of configurationDocuments(text, file)) {
    if (document.gvk.kind !== "JoinConfiguration") {
      const message = `WARNING: Ignored configuration document with GroupVersionKind ${formatGvk(document.gvk)}`;
      events.emit("warning", { area: "config", message });
      continue;
    }
    requireSupportedVersion(document.gvk, events, options);
    found = { configuration: decodeJoinConfiguration(document, events, options), document };
  }
  if (found !== undefined) return found;
  const message = "no JoinConfiguration found in the supplied config";
  throw new KubeadmError("CONFIG_INVALID", message, { details: defined({ file }) });
}

/** Decodes and defaults a JoinConfiguration of any supported version. */
export function decodeJoinConfiguration(
  document: ConfigurationDocument,
  events: Events,
  policy: DecodingPolicy,
): JoinConfiguration {
  const { gvk } = document;
  switch (groupVersionOf(gvk)) {
    // Experimental; requireSupportedVersion decides whether it is allowed.
    case v1GroupVersion:
      return joinConfigurationFromV1beta4(decodeConfiguration(document, joinConfigurationV1, events, policy) ?? {});
    case v1beta4GroupVersion: {
      return joinConfigurationFromV1beta4(
        decodeConfiguration(document, joinConfigurationV1beta4, events, policy) ?? {},
      );
    }
    case v1beta3GroupVersion: {
      return joinConfigurationFromV1beta3(
        decodeConfiguration(document, joinConfigurationV1beta3, events, policy) ?? {},
      );
    }
    default: {
      events.emit("warning", { message: `unknown configuration ${formatGvkAsGo(gvk)}` });
      const version = groupVersionOf(gvk);
      throw new KubeadmError("CONFIG_INVALID", `no kind "${gvk.kind}" is registered for version "${version}"`, {
        details: { apiVersion: version, kind: gvk.kind },
        remedy: `Write apiVersion: ${v1beta4GroupVersion}.`,
      });
    }
  }
}
