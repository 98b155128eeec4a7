import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { parseDuration } from "../../../go/duration.ts";
import { goQuote } from "../../../go/quote.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { formatGvk, groupVersionOf } from "../../../kubernetes/group-version-kind.ts";
import { isList, type JsonObject, type JsonValue, objectOf } from "../../../values/json.ts";
import {
  type ConfigurationDocument,
  configurationDocuments,
  configurationText,
} from "../documents/configuration-documents.ts";
import { decodeConfiguration } from "../documents/decode-configuration.ts";
import { type FieldLocations, invalidConfiguration } from "../documents/field-error.ts";
import { requireSupportedVersion, unregisteredKind } from "../documents/supported-version.ts";
import { defaultTimeouts, type Timeouts } from "../fields/timeouts.ts";
import { maxConfigurationBytes } from "../join/load-join-configuration.ts";
import { v1beta4GroupVersion } from "../versions/v1beta4.ts";
import {
  upgradeConfigurationV1beta4,
  validateUpgradeConfiguration,
  withUpgradeDefaults,
} from "./upgrade-configuration.ts";

/** The section `plan` of an UpgradeConfiguration, with defaults. */
export interface PlanSection {
  /** "" if unset; the same in the other sections. */
  readonly kubernetesVersion: string;
  readonly allowExperimentalUpgrades: boolean;
  readonly allowRCUpgrades: boolean;
  readonly etcdUpgrade: boolean;
  readonly ignorePreflightErrors: readonly string[];
  readonly printConfig: boolean;
}

/** The section `diff`. */
export interface DiffSection {
  readonly kubernetesVersion: string;
  /** Undefined if unset. */
  readonly contextLines?: number;
}

/** What the sections `apply` and `node` share. */
export interface WorkSection {
  readonly certificateRenewal: boolean;
  readonly dryRun: boolean;
  readonly etcdUpgrade: boolean;
  readonly ignorePreflightErrors: readonly string[];
  readonly imagePullPolicy: string;
  /** Whether the file says so: upstream's default, one image after the other, only takes longer. */
  readonly imagePullSerial: boolean;
  /** Undefined if unset. */
  readonly patchesDirectory?: string;
  readonly skipPhases: readonly string[];
}

/** The section `apply`. */
export interface ApplySection extends WorkSection {
  readonly kubernetesVersion: string;
  readonly allowExperimentalUpgrades: boolean;
  readonly allowRCUpgrades: boolean;
  readonly forceUpgrade: boolean;
  readonly printConfig: boolean;
}

export interface UpgradeConfiguration {
  readonly apply: ApplySection;
  readonly node: WorkSection;
  readonly plan: PlanSection;
  readonly diff: DiffSection;
  readonly timeouts: Timeouts;
}

export interface UpgradeConfigurationPorts {
  readonly files: Pick<Files, "read">;
  readonly events: Events;
}

/**
 * Returns the UpgradeConfiguration of a file, or the defaults if there is no file. Warns of documents of other kinds and
 * ignores them: an upgrade does not change the cluster's configuration.
 */
export async function loadUpgradeConfiguration(
  file: string | undefined,
  ports: UpgradeConfigurationPorts,
): Promise<UpgradeConfiguration> {
  if (file === undefined || file === "") return sectionsOf(upgradeConfigurationV1beta4.zero);
  const { events } = ports;
  let found: { readonly wire: JsonObject; readonly locations: FieldLocations } | undefined;
  for (const document of configurationDocuments(await readFile(file, ports), file)) {
    if (document.gvk.kind !== "UpgradeConfiguration") {
      const message = `WARNING: Ignored configuration document with GroupVersionKind ${formatGvk(document.gvk)}`;
      events.emit("warning", { area: "config", message });
      continue;
    }
    requireSupportedVersion(document.gvk, events);
    found = { wire: decode(document, events), locations: document.locations };
  }
  if (found === undefined) {
    const message = "no UpgradeConfiguration found in the supplied config";
    throw new KubeadmError("CONFIG_INVALID", message, {
      details: { file },
      remedy: `Add a document with apiVersion: ${v1beta4GroupVersion} and kind: UpgradeConfiguration; \`kubeadm config print upgrade-defaults\` prints one.`,
    });
  }
  const errors = validateUpgradeConfiguration(withUpgradeDefaults(found.wire));
  if (errors.length > 0) throw invalidConfiguration(errors, found.locations);
  return sectionsOf(found.wire);
}

async function readFile(file: string, { files }: UpgradeConfigurationPorts): Promise<string> {
  try {
    return configurationText(await files.read(file, { maxBytes: maxConfigurationBytes }), file);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const message = `unable to load config from file ${goQuote(file)}: ${error.message}`;
    throw new KubeadmError("CONFIG_UNREADABLE", message, { cause: error, details: { file } });
  }
}

function decode(document: ConfigurationDocument, events: Events): JsonObject {
  if (groupVersionOf(document.gvk) !== v1beta4GroupVersion) throw unregisteredKind(document.gvk);
  return decodeConfiguration(document, upgradeConfigurationV1beta4, events) ?? {};
}

/** `given`: the configuration without defaults. */
function sectionsOf(given: JsonObject): UpgradeConfiguration {
  const wire = withUpgradeDefaults(given);
  const [apply, plan, diff] = [objectOf(wire["apply"]), objectOf(wire["plan"]), objectOf(wire["diff"])];
  const { contextLines } = objectOf(given["diff"]);
  return {
    apply: {
      ...versionChoiceOf(apply),
      ...workOf(apply, objectOf(given["apply"])),
      forceUpgrade: apply["forceUpgrade"] === true,
      printConfig: apply["printConfig"] === true,
    },
    node: workOf(objectOf(wire["node"]), objectOf(given["node"])),
    plan: {
      ...versionChoiceOf(plan),
      etcdUpgrade: plan["etcdUpgrade"] !== false,
      ignorePreflightErrors: textsOf(plan["ignorePreflightErrors"]),
      printConfig: plan["printConfig"] === true,
    },
    diff: {
      kubernetesVersion: textOf(diff["kubernetesVersion"]),
      ...(typeof contextLines === "number" ? { contextLines } : {}),
    },
    timeouts: timeoutsOf(objectOf(wire["timeouts"])),
  };
}

function versionChoiceOf(section: JsonObject) {
  return {
    kubernetesVersion: textOf(section["kubernetesVersion"]),
    allowExperimentalUpgrades: section["allowExperimentalUpgrades"] === true,
    allowRCUpgrades: section["allowRCUpgrades"] === true,
  };
}

function workOf(section: JsonObject, given: JsonObject): WorkSection {
  const patchesDirectory = textOf(objectOf(section["patches"])["directory"]);
  return {
    certificateRenewal: section["certificateRenewal"] !== false,
    dryRun: section["dryRun"] === true,
    etcdUpgrade: section["etcdUpgrade"] !== false,
    ignorePreflightErrors: textsOf(section["ignorePreflightErrors"]),
    imagePullPolicy: textOf(section["imagePullPolicy"]),
    imagePullSerial: given["imagePullSerial"] === true,
    skipPhases: textsOf(section["skipPhases"]),
    ...(patchesDirectory === "" ? {} : { patchesDirectory }),
  };
}

function timeoutsOf(wire: JsonObject): Timeouts {
  const entries = Object.entries(defaultTimeouts).map(([name, byDefault]) => {
    const value = wire[name];
    return [name, typeof value === "string" ? parseDuration(value) : byDefault];
  });
  return { ...defaultTimeouts, ...Object.fromEntries(entries) };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  return isList(value) ? value.filter((each): each is string => typeof each === "string") : [];
}
