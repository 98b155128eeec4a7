import { randomInt } from "node:crypto";
import type { ResourceDefinition } from "./registry/resource.ts";
import { type FieldError, invalidValue } from "./status.ts";

/** Without vowels and digits that look like letters (k8s.io/apimachinery/pkg/util/rand). */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const longestGeneratedPrefix = 58;

export function generatedName(prefix: string): string {
  const suffix = Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");
  return `${prefix.slice(0, longestGeneratedPrefix)}${suffix}`;
}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomainPattern = new RegExp(`^${label}(\\.${label})*$`);
const labelPattern = new RegExp(`^${label}$`);

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** k8s.io/apimachinery/pkg/util/validation and pkg/api/validation/path. */
export function nameErrors(kind: ResourceDefinition["names"], name: string): readonly FieldError[] {
  const bad = (detail: string): readonly FieldError[] => [invalidValue("metadata.name", name, detail)];
  switch (kind) {
    case "path-segment":
      if (name === "." || name === "..") return bad(`may not be '${name}'`);
      for (const part of ["/", "%"]) if (name.includes(part)) return bad(`may not contain '${part}'`);
      return [];
    case "label":
      if (name.length > 63) return bad("must be no more than 63 bytes");
      return labelPattern.test(name) ? [] : bad(labelRule);
    case "subdomain":
      if (name.length > 253) return bad("must be no more than 253 bytes");
      return subdomainPattern.test(name) ? [] : bad(subdomainRule);
  }
}
