import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { parseBool } from "../../../go/bool.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import type { FieldError } from "../documents/field-error.ts";

/** kubeadm's feature gates in this version, not those of the cluster's components. */
const knownGates = ownMinor.kubeadmGates;

export type FeatureGates = Readonly<Record<string, boolean>>;

/** Reads --feature-gates: `Gate=true,Other=false`. */
export function parseFeatureGates(text: string): FeatureGates {
  const gates: Record<string, boolean> = {};
  for (const part of text.split(",").filter((each) => each !== "")) {
    const equals = part.indexOf("=");
    if (equals === -1) throw wrongGate(`missing bool value for feature-gate key:${part}`);
    const [name, value] = [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    if (!knownGates.includes(name)) throw wrongGate(`unrecognized feature-gate key: ${name}`);
    const parsed = parseBool(value);
    if (parsed === undefined) {
      throw wrongGate(`invalid value ${value} for feature-gate key: ${name}, use true|false instead`);
    }
    gates[name] = parsed;
  }
  return gates;
}

function wrongGate(message: string): KubeadmError {
  return new KubeadmError("USAGE", message, { remedy: `The feature gates are: ${knownGates.join(", ")}.` });
}

/** A file may set only gates that this version has. */
export function validateFeatureGates(gates: FeatureGates, path: string): readonly FieldError[] {
  const names = Object.keys(gates).sort();
  const shown = JSON.stringify(Object.fromEntries(names.map((name) => [name, gates[name]])));
  return names
    .filter((name) => !knownGates.includes(name))
    .map((name) => ({ path, message: `${path}: Invalid value: ${shown}: ${name} is not a valid feature name.` }));
}

/**
 * Throws for RootlessControlPlane: this program cannot run components as separate users, and must not leave half a
 * control plane.
 */
export function requireRootfulControlPlane(gates: FeatureGates): void {
  if (gates["RootlessControlPlane"] !== true) return;
  const message = "the feature gate RootlessControlPlane is not supported by this program";
  throw new KubeadmError("FEATURE_GATE_UNSUPPORTED", message);
}

/** Returns the gates that this version does not have, sorted: the cluster's configuration keeps them for ever. */
export function unknownGates(gates: FeatureGates): readonly string[] {
  return Object.keys(gates)
    .filter((name) => !knownGates.includes(name))
    .sort();
}
