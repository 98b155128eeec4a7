import { Secret } from "../../../errors/secret.ts";
import { type WritableMap, writeYaml } from "../../../go/yaml/write-yaml.ts";
import type { Discovery } from "../fields/discovery.ts";
import { v1beta4GroupVersion } from "../versions/v1beta4.ts";
import {
  apiEndpointToWire,
  certificateKeyToWire,
  nodeRegistrationToWire,
  nonEmpty,
  timeoutsToWire,
} from "../versions/wire-form.ts";
import type { JoinConfiguration, JoinControlPlane } from "./join-configuration.ts";

/**
 * Returns the configuration as a v1beta4 document, as upstream's `config print` and `config migrate` write it: empty
 * fields are omitted. It is a Secret because of its tokens.
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

function discoveryToWire({ bootstrapToken, file, tlsBootstrapToken }: Discovery): WritableMap {
  return {
    ...(bootstrapToken === undefined
      ? {}
      : { bootstrapToken: { ...nonEmpty({ ...bootstrapToken, token: "" }), token: bootstrapToken.token.reveal() } }),
    ...(file === undefined ? {} : { file: { ...file } }),
    ...nonEmpty({ tlsBootstrapToken: tlsBootstrapToken?.reveal() }),
  };
}

function controlPlaneToWire({ localAPIEndpoint, certificateKey }: JoinControlPlane): WritableMap {
  return { localAPIEndpoint: apiEndpointToWire(localAPIEndpoint), ...certificateKeyToWire(certificateKey) };
}
