import { formatDuration } from "../../../go/duration.ts";
import { boolean, integer, listOf, string } from "../../../go/json/schema.ts";
import { always, goStruct, nested, optional, optionalSpan, pointer } from "../../../go/json/struct.ts";
import type { JsonObject, JsonValue } from "../../../values/json.ts";
import { validateAbsolutePath } from "../cluster/validate-cluster-configuration.ts";
import type { FieldError } from "../documents/field-error.ts";
import { validateImagePullPolicy } from "../fields/node-registration.ts";
import { defaultTimeouts } from "../fields/timeouts.ts";

const texts = optional(listOf(string()));
const flag = pointer(boolean());

const versionChoice = {
  kubernetesVersion: optional(string()),
  allowExperimentalUpgrades: flag,
  allowRCUpgrades: flag,
};

const patches = pointer(goStruct("v1beta4.Patches", { directory: optional(string()) }));

const work = {
  certificateRenewal: flag,
  dryRun: flag,
  etcdUpgrade: flag,
  ignorePreflightErrors: texts,
  patches,
  skipPhases: texts,
  imagePullPolicy: optional(string("v1.PullPolicy")),
  imagePullSerial: flag,
};

/** The wire form of kubeadm.k8s.io/v1beta4; v1 has the same fields. */
export const upgradeConfigurationV1beta4 = goStruct("v1beta4.UpgradeConfiguration", {
  apiVersion: always(string(), ""),
  kind: always(string(), ""),
  apply: nested(
    goStruct("v1beta4.UpgradeApplyConfiguration", { ...versionChoice, ...work, forceUpgrade: flag, printConfig: flag }),
  ),
  diff: nested(
    goStruct("v1beta4.UpgradeDiffConfiguration", {
      kubernetesVersion: optional(string()),
      // In Go 0 is the same as nothing; here it is not, because nothing means three.
      contextLines: pointer(integer("int")),
    }),
  ),
  node: nested(goStruct("v1beta4.UpgradeNodeConfiguration", work)),
  plan: nested(
    goStruct("v1beta4.UpgradePlanConfiguration", {
      ...versionChoice,
      dryRun: flag,
      etcdUpgrade: flag,
      ignorePreflightErrors: texts,
      printConfig: flag,
    }),
  ),
  timeouts: pointer(
    goStruct(
      "v1beta4.Timeouts",
      Object.fromEntries(Object.keys(defaultTimeouts).map((name) => [name, optionalSpan()])),
    ),
  ),
});

const workDefaults: JsonObject = {
  certificateRenewal: true,
  etcdUpgrade: true,
  imagePullPolicy: "IfNotPresent",
  imagePullSerial: true,
};

/** Returns the configuration with defaults for unset fields. */
export function withUpgradeDefaults(configuration: JsonObject): JsonObject {
  const { contextLines, ...diff } = objectAt(configuration, "diff");
  const timeouts = Object.entries(defaultTimeouts).map(([name, value]) => [name, formatDuration(value)] as const);
  return {
    ...configuration,
    apply: { ...workDefaults, ...objectAt(configuration, "apply") },
    diff: contextLines ? { ...diff, contextLines } : diff,
    node: { ...workDefaults, ...objectAt(configuration, "node") },
    plan: { etcdUpgrade: true, ...objectAt(configuration, "plan") },
    timeouts: { ...Object.fromEntries(timeouts), ...objectAt(configuration, "timeouts") },
  };
}

/** Returns all errors of a configuration, in upstream's order. */
export function validateUpgradeConfiguration(configuration: JsonObject): readonly FieldError[] {
  const parts = ["apply", "node"].map((name) => ({ name, part: objectAt(configuration, name) }));
  return [
    ...parts.flatMap(({ name, part }) =>
      part["patches"] === undefined
        ? []
        : validateAbsolutePath(textOf(objectAt(part, "patches")["directory"]), `${name}.patches.directory`),
    ),
    ...parts.flatMap(({ name, part }) =>
      validateImagePullPolicy(textOf(part["imagePullPolicy"]), `${name}.imagePullPolicy`),
    ),
  ];
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const found = value[key];
  return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as JsonObject) : {};
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
