import type { Decoded } from "../../../go/json/schema.ts";
import { defined } from "../../../values/defined.ts";
import { defaultTokenGroup, defaultTokenTtlMs, tokenUsages } from "../fields/bootstrap-token.ts";
import { defaultTimeouts } from "../fields/timeouts.ts";
import type { WrittenBootstrapToken, WrittenInitConfiguration } from "../init/init-configuration.ts";
import { defaultBindPort } from "../join/join-configuration.ts";
import { given, nodeRegistrationFrom, nodeRegistrationFromV1beta3 } from "./convert-join.ts";
import type { initConfigurationV1beta3 } from "./v1beta3-init.ts";
import type { initConfigurationV1beta4 } from "./v1beta4.ts";

export type InitConfigurationV1beta4 = Decoded<typeof initConfigurationV1beta4>;

/** Returns the configuration with the defaults that do not depend on the machine. */
export function initConfigurationFromV1beta4(wire: InitConfigurationV1beta4): WrittenInitConfiguration {
  const { localAPIEndpoint, patches } = wire;
  const certificateKey = given(wire.certificateKey);
  return {
    dryRun: wire.dryRun ?? false,
    bootstrapTokens: tokensFrom(wire.bootstrapTokens ?? []),
    nodeRegistration: nodeRegistrationFrom(wire.nodeRegistration ?? {}),
    localAPIEndpoint: {
      advertiseAddress: localAPIEndpoint?.advertiseAddress ?? "",
      bindPort: localAPIEndpoint?.bindPort || defaultBindPort,
    },
    ...defined({ certificateKey }),
    skipPhases: wire.skipPhases ?? [],
    ...(patches === undefined ? {} : { patches: { directory: patches.directory ?? "" } }),
    timeouts: { ...defaultTimeouts, ...wire.timeouts },
  };
}

export function initConfigurationFromV1beta3(wire: Decoded<typeof initConfigurationV1beta3>): WrittenInitConfiguration {
  const nodeRegistration = nodeRegistrationFromV1beta3(wire.nodeRegistration ?? {});
  return initConfigurationFromV1beta4({ ...wire, nodeRegistration });
}

/** Returns one random token if none is set. */
function tokensFrom(tokens: readonly WireToken[]): readonly WrittenBootstrapToken[] {
  return (tokens.length === 0 ? [{}] : tokens).map(
    ({ token, description = "", ttl = defaultTokenTtlMs, expires, usages = [], groups = [] }: WireToken) => ({
      text: given(token),
      description,
      ttlMs: ttl,
      hasExpiration: expires !== undefined,
      usages: usages.length === 0 ? tokenUsages : usages,
      groups: groups.length === 0 ? [defaultTokenGroup] : groups,
    }),
  );
}

export type WireToken = NonNullable<InitConfigurationV1beta4["bootstrapTokens"]>[number];
