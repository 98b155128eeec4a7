import type { Secret } from "../../errors/secret.ts";
import { boolean, type Decoded, duration, listOf, objectOf, secret, string, time } from "../yaml/schema.ts";
import { type BootstrapToken, isBootstrapToken } from "./bootstrap-token.ts";
import { type FieldError, invalidValue } from "./field-error.ts";
import { goQuote } from "./go-quote.ts";
import type { ApiEndpoint, Patches } from "./join-configuration.ts";
import type { NodeRegistration } from "./node-registration.ts";
import type { Timeouts } from "./timeouts.ts";
import { defaultTokenGroup, defaultTokenTtlMs, tokenUsages } from "./token-defaults.ts";
import { apiEndpoint, nodeRegistration, timeouts } from "./v1beta4.ts";

/** A bootstrap token that is to be made. */
export interface BootstrapTokenSpec {
  /** Undefined for a random one. */
  readonly token?: BootstrapToken;
  readonly description: string;
  /** 0 or less: it never expires. */
  readonly ttlMs: number;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

/** A resolved InitConfiguration: what `init` is told of this node; the cluster's own part is ClusterConfiguration. */
export interface InitConfiguration {
  readonly dryRun: boolean;
  readonly bootstrapTokens: readonly BootstrapTokenSpec[];
  readonly nodeRegistration: NodeRegistration;
  readonly localAPIEndpoint: ApiEndpoint;
  /** Seals the Secret kubeadm-certs; undefined: a random one is made when it is needed. */
  readonly certificateKey?: Secret;
  readonly skipPhases: readonly string[];
  readonly patches?: Patches;
  readonly timeouts: Timeouts;
}

const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const groupFormInGo = "\\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\\z";

const bootstrapTokenV1beta4 = objectOf("v1.BootstrapToken", {
  token: secret(),
  description: string(),
  ttl: duration(),
  expires: time(),
  usages: listOf(string()),
  groups: listOf(string()),
});

/** The wire form of kubeadm.k8s.io/v1beta4. */
export const initConfigurationV1beta4 = objectOf("v1beta4.InitConfiguration", {
  apiVersion: string(),
  kind: string(),
  bootstrapTokens: listOf(bootstrapTokenV1beta4),
  dryRun: boolean(),
  nodeRegistration,
  localAPIEndpoint: apiEndpoint,
  certificateKey: secret(),
  skipPhases: listOf(string()),
  patches: objectOf("v1beta4.Patches", { directory: string() }),
  timeouts,
});

/** One token of a file: `expires` only makes the file invalid, since the time to live is defaulted before. */
export interface WrittenBootstrapToken extends Omit<BootstrapTokenSpec, "token"> {
  readonly text: Secret | undefined;
  readonly hasExpiration: boolean;
}

type Wire = Decoded<typeof initConfigurationV1beta4>;

/** The tokens of an InitConfiguration with their defaults: one random token where it names none. */
export function writtenTokensFrom(wire: Wire): readonly WrittenBootstrapToken[] {
  const tokens = wire.bootstrapTokens ?? [];
  return (tokens.length === 0 ? [{}] : tokens).map(
    ({ token, description = "", ttl = defaultTokenTtlMs, expires, usages = [], groups = [] }: WireToken) => ({
      text: token,
      description,
      ttlMs: ttl,
      hasExpiration: expires !== undefined,
      usages: usages.length === 0 ? tokenUsages : usages,
      groups: groups.length === 0 ? [defaultTokenGroup] : groups,
    }),
  );
}

type WireToken = NonNullable<Wire["bootstrapTokens"]>[number];

/** Everything that is wrong with the tokens of an InitConfiguration, in upstream's order. */
export function validateBootstrapTokens(tokens: readonly WrittenBootstrapToken[]): readonly FieldError[] {
  return tokens.flatMap((token, index) => {
    const path = `bootstrapTokens.${index}`;
    return [
      ...(token.text === undefined || isBootstrapToken(token.text.reveal())
        ? []
        : [invalidValue(`${path}.token`, "", "the bootstrap token is invalid")]),
      ...(token.hasExpiration
        ? [invalidValue("bootstrapTokens", "", "the BootstrapToken .TTL and .Expires fields are mutually exclusive")]
        : []),
      ...validateTokenUsages(token.usages, `${path}.usages`),
      ...validateTokenGroups(token, `${path}.groups`),
    ];
  });
}

export function validateTokenUsages(usages: readonly string[], path: string): readonly FieldError[] {
  const unknown = usages.filter((usage) => !(tokenUsages as readonly string[]).includes(usage));
  if (unknown.length === 0) return [];
  const wrong = [...new Set(unknown)].sort().join(",");
  return [
    invalidList(
      path,
      usages,
      `invalid bootstrap token usage string: ${wrong}, valid usage options: ${tokenUsages.join(",")}`,
    ),
  ];
}

export function validateTokenGroups(
  { groups, usages }: Pick<BootstrapTokenSpec, "groups" | "usages">,
  path: string,
): readonly FieldError[] {
  const useless = groups.length > 0 && !usages.includes("authentication");
  const reason = 'token groups cannot be specified unless --usages includes "authentication"';
  return [
    ...(useless ? [invalidList(path, groups, reason)] : []),
    ...groups
      .filter((group) => !groupForm.test(group))
      .map((group) =>
        invalidList(path, groups, `bootstrap group ${goQuote(group)} is invalid (must match ${groupFormInGo})`),
      ),
  ];
}

/** Lists stand in messages as JSON. */
function invalidList(path: string, values: readonly string[], reason: string): FieldError {
  return { path, message: `${path}: Invalid value: ${JSON.stringify(values)}: ${reason}` };
}
