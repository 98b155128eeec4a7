import { ownValue } from "./objects.ts";
// Label and field selectors: grammar of k8s.io/apimachinery/pkg/labels and pkg/fields.
import { badRequest, quoted } from "./status.ts";

export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Parses a label selector; the empty one matches everything. */
export function parseLabelSelector(text: string): LabelMatcher {
  const requirements = splitOutsideParentheses(text).map((part) => parseLabelRequirement(part, text));
  return (labels) => requirements.every((matches) => matches(labels));
}

function splitOutsideParentheses(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function parseLabelRequirement(part: string, selector: string): LabelMatcher {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(part);
  if (set?.[1] !== undefined) {
    const key = set[1];
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    const isIn: LabelMatcher = (labels) => {
      const value = ownValue(labels, key);
      return value !== undefined && values.includes(value);
    };
    return set[2] === "in" ? isIn : (labels) => !isIn(labels);
  }
  const compare = /^([^\s=!<>]+)\s*(==|=|!=|>|<)\s*(\S*)$/.exec(part);
  if (compare?.[1] !== undefined) return comparison(compare[1], compare[2] ?? "", compare[3] ?? "");
  const exists = /^(!?)\s*([^\s=!<>()]+)$/.exec(part);
  if (exists?.[2] !== undefined) {
    const key = exists[2];
    return exists[1] === "!" ? (labels) => !Object.hasOwn(labels, key) : (labels) => Object.hasOwn(labels, key);
  }
  throw badRequest(`unable to parse requirement: found ${quoted(part)} in label selector ${quoted(selector)}`);
}

function comparison(key: string, operator: string, value: string): LabelMatcher {
  switch (operator) {
    case "!=":
      return (labels) => ownValue(labels, key) !== value;
    case ">":
      return (labels) => Object.hasOwn(labels, key) && Number(labels[key]) > Number(value);
    case "<":
      return (labels) => Object.hasOwn(labels, key) && Number(labels[key]) < Number(value);
    default:
      return (labels) => ownValue(labels, key) === value;
  }
}

/** Parses a field selector; `\`, `,` and `=` inside a value are escaped by a backslash. */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitUnescaped(text).map((part) => {
    const match = /^([^=!\s]+)(==|!=|=)(.*)$/s.exec(part);
    if (match?.[1] === undefined) {
      throw badRequest(`invalid selector: ${quoted(text)}; can't understand ${quoted(part)}`);
    }
    const value = (match[3] ?? "").replace(/\\([\\,=])/g, "$1");
    return { field: match[1], operator: match[2] === "!=" ? "!=" : "=", value };
  });
}

function splitUnescaped(text: string): string[] {
  return text.split(/(?<!\\),/).filter((part) => part !== "");
}

/** The name that a selector requires with `metadata.name=`; such requests are authorized like a get of that name. */
export function selectedName(requirements: readonly FieldRequirement[]): string | undefined {
  return requirements.find(({ field, operator }) => field === "metadata.name" && operator === "=")?.value;
}
