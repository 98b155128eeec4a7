// Name constraints of CAs (RFC 5280, 4.2.1.10): no library of acceptable size checks them (docs/adr/0014).
import { Name, type RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { parseIp } from "../addresses/ip-address.ts";
import { Asn1Error, type TaggedElement, taggedSequences } from "./asn1.ts";
import { type GeneralNames, generalNameTag } from "./certificate-extensions.ts";

type Kind = "DNS" | "email" | "URI" | "IP" | "directory";

/** One subtree: its text, and which names of its kind are in it. */
interface Subtree {
  readonly kind: Kind;
  readonly text: string;
  matches(name: string | Name): boolean;
  /** Reports whether a name outside the subtree might still match a name inside it: a wildcard, or a malformed name. */
  overlaps(name: string | Name): boolean;
}

export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
  /** Whether any constraint is of a kind that cannot be checked. */
  readonly hasOtherKinds: boolean;
}

/** The names that a certificate is valid for: its alternative names and its subject. */
export interface ConstrainedNames extends GeneralNames {
  readonly subjectName: Name;
}

/** Throws Asn1Error if the extension is malformed, or limits the depth of a subtree: RFC 5280 allows neither. */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const groups = taggedSequences(value);
  const subtrees = (tag: number) => (groups.get(tag) ?? []).map(subtreeOf);
  const [permitted, excluded] = [subtrees(0), subtrees(1)];
  const isKnown = (subtree: Subtree | undefined) => subtree !== undefined;
  return {
    permitted: permitted.filter(isKnown),
    excluded: excluded.filter(isKnown),
    hasOtherKinds: [...permitted, ...excluded].includes(undefined),
  };
}

function subtreeOf([base, ...limits]: readonly TaggedElement[]): Subtree | undefined {
  if (base === undefined || limits.length > 0) throw new Asn1Error("a name constraint limits the depth of its subtree");
  const text = new TextDecoder().decode(base.content);
  switch (base.tag) {
    case generalNameTag.dns:
      return textSubtree("DNS", text, isInDomain, wildcardReaches);
    case generalNameTag.email:
      return textSubtree("email", text, isMailboxOf, (name) => !name.includes("@"));
    case generalNameTag.uri:
      return textSubtree("URI", text, isUriOf, (name) => hostOf(name) === undefined);
    case generalNameTag.ip:
      return ipSubtree(base.content);
    case generalNameTag.directory:
      return directorySubtree(base.inner(Name));
    default:
      return undefined;
  }
}

type Match = (name: string, constraint: string) => boolean;

function textSubtree(kind: Kind, text: string, matches: Match, overlaps: Match): Subtree {
  const constraint = text.toLowerCase();
  // A final dot does not make a different name.
  const lowered = (match: Match) => (name: string | Name) =>
    typeof name === "string" && match(name.toLowerCase().replace(/\.$/, ""), constraint);
  return { kind, text, matches: lowered(matches), overlaps: lowered(overlaps) };
}

/** "example.com" includes the domain and everything below it, ".example.com" only what is below, "" everything. */
function isInDomain(name: string, constraint: string): boolean {
  if (constraint === "" || name === constraint) return true;
  return name.endsWith(constraint.startsWith(".") ? constraint : `.${constraint}`);
}

/** Reports whether "*.example.com" matches a name such as "a.example.com". */
function wildcardReaches(name: string, constraint: string): boolean {
  if (!name.startsWith("*.")) return false;
  const parent = name.slice(1);
  return constraint.endsWith(parent) && !constraint.slice(0, -parent.length).includes(".");
}

function isMailboxOf(name: string, constraint: string): boolean {
  const host = name.slice(name.lastIndexOf("@") + 1);
  if (constraint.includes("@")) return name === constraint;
  return constraint.startsWith(".") ? host.endsWith(constraint) : constraint === "" || host === constraint;
}

function isUriOf(name: string, constraint: string): boolean {
  const host = hostOf(name);
  if (host === undefined) return false;
  return constraint.startsWith(".") ? host.endsWith(constraint) : constraint === "" || host === constraint;
}

/** Undefined if a URI has no host, or its host is an address: no constraint applies to those. */
function hostOf(uri: string): string | undefined {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]+)/.exec(uri)?.[1];
  return host === undefined || host.startsWith("[") || parseIp(host) !== undefined ? undefined : host;
}

function ipSubtree(content: Uint8Array): Subtree {
  if (content.length !== 8 && content.length !== 32) throw new Asn1Error("an IP constraint of neither 8 nor 32 bytes");
  const half = content.length / 2;
  const [network, mask] = [content.subarray(0, half), content.subarray(half)];
  const masked = (bytes: readonly number[]) => bytes.map((byte, index) => byte & (mask[index] ?? 0)).join(".");
  return {
    kind: "IP",
    text: `${[...network].join(".")}/${[...mask].join(".")}`,
    matches: (name) => {
      const bytes = typeof name === "string" ? parseIp(name)?.bytes : undefined;
      return formsOf(bytes ?? []).some((form) => form.length === half && masked(form) === masked([...network]));
    },
    overlaps: () => false,
  };
}

/** An IPv4 address also matches in its IPv6 notation (::ffff:192.0.2.1). */
function formsOf(bytes: readonly number[]): readonly (readonly number[])[] {
  return bytes.length === 4 ? [bytes, [...new Array<number>(10).fill(0), 255, 255, ...bytes]] : [bytes];
}

/** A name is in the subtrees of its leading relative distinguished names. */
function directorySubtree(constraint: Name): Subtree {
  const base = [...constraint].map(canonical);
  return {
    kind: "directory",
    text: base.join(", "),
    matches: (name) => {
      if (typeof name === "string") return false;
      const parts = [...name].map(canonical);
      return base.every((part, index) => part === parts[index]);
    },
    overlaps: () => false,
  };
}

/** Compared without regard to case, string type and repeated spaces (RFC 5280, 7.1). */
function canonical(part: RelativeDistinguishedName): string {
  const attributes = [...part].map(({ type, value }) =>
    JSON.stringify([type, value.toString().trim().replace(/\s+/g, " ").toLowerCase()]),
  );
  return attributes.toSorted().join("+");
}

/** Returns why the names violate a CA's constraints, in Go's wording; undefined if they do not. */
export function constraintProblem(constraints: NameConstraints, names: ConstrainedNames): string | undefined {
  if (constraints.hasOtherKinds) return "name constraints of a kind that cannot be checked";
  for (const [kind, kindNames] of namesByKind(names)) {
    const ofKind = (subtrees: readonly Subtree[]) => subtrees.filter((subtree) => subtree.kind === kind);
    const [permitted, excluded] = [ofKind(constraints.permitted), ofKind(constraints.excluded)];
    for (const name of kindNames) {
      const shown = `${kind} name ${JSON.stringify(typeof name === "string" ? name : [...name].map(canonical).join(", "))}`;
      const against = excluded.find((subtree) => subtree.matches(name) || subtree.overlaps(name));
      if (against !== undefined) return `${shown} is excluded by constraint ${JSON.stringify(against.text)}`;
      if (permitted.length > 0 && !permitted.some((subtree) => subtree.matches(name))) {
        return `${shown} is not permitted by any constraint`;
      }
    }
  }
  return undefined;
}

/** PKCS #9: an email address in a subject, to which constraints also apply. */
const emailAddress = "1.2.840.113549.1.9.1";
const commonName = "2.5.4.3";

function namesByKind(names: ConstrainedNames): ReadonlyMap<Kind, readonly (string | Name)[]> {
  const valuesOf = (wanted: string) =>
    [...names.subjectName].flatMap((part) =>
      [...part].filter(({ type }) => type === wanted).map(({ value }) => value.toString()),
    );
  const subjects = names.subjectName.length === 0 ? [] : [names.subjectName];
  return new Map<Kind, readonly (string | Name)[]>([
    // Some clients still accept a common name as the host if there is no other name: it must not escape the
    // constraints.
    ["DNS", names.dnsNames.length > 0 ? names.dnsNames : valuesOf(commonName).filter(isHostName)],
    ["email", [...names.emailAddresses, ...valuesOf(emailAddress)]],
    ["URI", names.uris],
    ["IP", names.ipAddresses],
    ["directory", [...subjects, ...names.directoryNames]],
  ]);
}

function isHostName(text: string): boolean {
  return /^[a-z0-9*_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+$/i.test(text);
}
