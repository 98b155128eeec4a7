import type { Secret } from "../../../errors/secret.ts";
import { formatDuration } from "../../../go/duration.ts";
import type { WritableMap, WritableValue } from "../../../go/yaml/write-yaml.ts";
import type { Arg, NodeRegistration } from "../fields/node-registration.ts";
import type { Timeouts } from "../fields/timeouts.ts";
import type { ApiEndpoint } from "../join/join-configuration.ts";

/** Returns the fields without those that Go omits: empty strings, lists and maps, 0 and false. */
export function nonEmpty(fields: WritableMap): WritableMap {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: WritableValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "object") return Object.keys(value).length === 0;
  return value === "" || value === false || value === 0;
}

export function nodeRegistrationToWire({ taints, kubeletExtraArgs, ...rest }: NodeRegistration): WritableMap {
  return {
    ...nonEmpty({ ...rest, kubeletExtraArgs: argsToWire(kubeletExtraArgs) }),
    imagePullSerial: rest.imagePullSerial,
    // Unset and empty differ: null and [].
    taints: taints?.map((taint) => ({ ...nonEmpty({ ...taint }), effect: taint.effect, key: taint.key })) ?? null,
  };
}

export function argsToWire(args: readonly Arg[]): readonly WritableMap[] {
  return args.map(({ name, value }) => ({ name, value }));
}

export function apiEndpointToWire(endpoint: ApiEndpoint): WritableMap {
  return nonEmpty({ ...endpoint });
}

export function certificateKeyToWire(key: Secret | undefined): WritableMap {
  return nonEmpty({ certificateKey: key?.reveal() });
}

export function timeoutsToWire(timeouts: Timeouts): WritableMap {
  return Object.fromEntries(Object.entries(timeouts).map(([name, value]) => [name, formatDuration(value)]));
}
