import { Secret } from "../../../errors/secret.ts";
import { formatDuration } from "../../../go/duration.ts";
import { type WritableMap, writeYaml } from "../../../go/yaml/write-yaml.ts";
import { tokenText } from "../../tokens/generate-token.ts";
import { v1beta4GroupVersion } from "../versions/v1beta4.ts";
import {
  apiEndpointToWire,
  certificateKeyToWire,
  nodeRegistrationToWire,
  nonEmpty,
  timeoutsToWire,
} from "../versions/wire-form.ts";
import type { InitConfiguration, KnownBootstrapToken } from "./init-configuration.ts";

/**
 * Returns the configuration as a v1beta4 document, in the form of upstream's `config migrate`; a Secret because of its
 * tokens.
 */
export function writeInitConfiguration(configuration: InitConfiguration): Secret {
  const { bootstrapTokens, certificateKey, dryRun, localAPIEndpoint, nodeRegistration, patches, skipPhases, timeouts } =
    configuration;
  return new Secret(
    writeYaml({
      apiVersion: v1beta4GroupVersion,
      kind: "InitConfiguration",
      bootstrapTokens: bootstrapTokens.map(tokenToWire),
      localAPIEndpoint: apiEndpointToWire(localAPIEndpoint),
      nodeRegistration: nodeRegistrationToWire(nodeRegistration),
      timeouts: timeoutsToWire(timeouts),
      ...(patches === undefined ? {} : { patches: nonEmpty({ directory: patches.directory }) }),
      ...certificateKeyToWire(certificateKey),
      ...nonEmpty({ dryRun, skipPhases }),
    }),
  );
}

function tokenToWire({ token, description, ttlMs, usages, groups }: KnownBootstrapToken): WritableMap {
  return {
    token: tokenText(token).reveal(),
    ttl: formatDuration(ttlMs),
    ...nonEmpty({ description, usages, groups }),
  };
}
