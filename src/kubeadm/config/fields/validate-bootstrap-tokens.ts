import { goQuote } from "../../../go/quote.ts";
import { type FieldError, invalidValue } from "../documents/field-error.ts";
import type { BootstrapTokenSpec, WrittenBootstrapToken } from "../init/init-configuration.ts";
import { isBootstrapToken, tokenUsages } from "./bootstrap-token.ts";

const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const groupFormInGo = "\\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\\z";

/** Returns all errors in the tokens of an InitConfiguration, in upstream's order. */
export function validateBootstrapTokens(tokens: readonly WrittenBootstrapToken[]): readonly FieldError[] {
  return tokens.flatMap((token, index) => {
    const path = `bootstrapTokens.${index}`;
    return [
      ...(token.text === undefined || isBootstrapToken(token.text.reveal())
        ? []
        : [invalidValue(`${path}.token`, "", "the bootstrap token is invalid")]),
      ...validateTokenUsages(token.usages, `${path}.usages`),
      ...validateTokenGroups(token, `${path}.groups`),
      ...(token.hasExpiration
        ? [invalidValue(path, "", "the BootstrapToken .TTL and .Expires fields are mutually exclusive")]
        : []),
    ];
  });
}

function validateTokenUsages(usages: readonly string[], path: string): readonly FieldError[] {
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

function validateTokenGroups(
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

/** Messages show lists as JSON. */
function invalidList(path: string, values: readonly string[], reason: string): FieldError {
  return { path, message: `${path}: Invalid value: ${JSON.stringify(values)}: ${reason}` };
}
