import { Secret } from "../../errors/secret.ts";
import { type WritableValue, writeYaml } from "../yaml/write-yaml.ts";
import type { Discovery } from "./discovery.ts";
import { formatDuration } from "./duration.ts";
import type { JoinConfiguration, JoinControlPlane } from "./join-configuration.ts";
import type { NodeRegistration } from "./node-registration.ts";
import type { Timeouts } from "./timeouts.ts";
import { v1beta4GroupVersion } from "./v1beta4.ts";

type WireObject = { readonly [key: string]: WritableValue | undefined };

/**
 * The configuration as a v1beta4 document, as upstream's `config print` and `config migrate` write it: everything that
 * has a value, empty fields left out. Its tokens make it secret.
 */
export function writeJoinConfiguration(configuration: JoinConfiguration): Secret {
  const { caCertPath, controlPlane, discovery, dryRun, nodeRegistration, patches, skipPhases, timeouts } =
    configuration;
  return new Secret(
    writeYaml({
      apiVersion: v1beta4GroupVersion,
      kind: "JoinConfiguration",
      discovery: discoveryToWire(discovery),
      nodeRegistration: nodeRegistrationToWire(nodeRegistration),
      timeouts: timeoutsToWire(timeouts),
      ...(controlPlane === undefined ? {} : { controlPlane: controlPlaneToWire(controlPlane) }),
      ...(patches === undefined ? {} : { patches: nonEmpty({ directory: patches.directory }) }),
      ...nonEmpty({ caCertPath, dryRun, skipPhases }),
    }),
  );
}

/** Without what Go leaves out: empty texts and lists, false. */
function nonEmpty(fields: WireObject): WireObject {
  const isEmpty = (value: WritableValue | undefined) =>
    value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function discoveryToWire({ bootstrapToken, file, tlsBootstrapToken }: Discovery): WireObject {
  return {
    ...(bootstrapToken === undefined
      ? {}
      : { bootstrapToken: { ...nonEmpty({ ...bootstrapToken, token: "" }), token: bootstrapToken.token.reveal() } }),
    ...(file === undefined ? {} : { file: { ...file } }),
    ...nonEmpty({ tlsBootstrapToken: tlsBootstrapToken?.reveal() }),
  };
}

function nodeRegistrationToWire({ taints, kubeletExtraArgs, ...rest }: NodeRegistration): WireObject {
  return {
    ...nonEmpty({ ...rest, kubeletExtraArgs: kubeletExtraArgs.map((arg) => ({ ...arg })) }),
    imagePullSerial: rest.imagePullSerial,
    // Not given and none are two things: null and [].
    taints: taints?.map((taint) => ({ ...nonEmpty({ ...taint }), effect: taint.effect, key: taint.key })) ?? null,
  };
}

function controlPlaneToWire({ localAPIEndpoint, certificateKey }: JoinControlPlane): WireObject {
  return {
    localAPIEndpoint: nonEmpty({ ...localAPIEndpoint }),
    ...nonEmpty({ certificateKey: certificateKey?.reveal() }),
  };
}

function timeoutsToWire(timeouts: Timeouts): WireObject {
  return Object.fromEntries(Object.entries(timeouts).map(([name, value]) => [name, formatDuration(value)]));
}
