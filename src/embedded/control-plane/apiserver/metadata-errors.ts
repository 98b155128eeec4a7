// k8s.io/apimachinery: pkg/api/validation, pkg/apis/meta/v1/validation and pkg/util/validation, for labels and annotations.
import { type Fields, isFields, type StoredObject } from "./objects.ts";
import { badRequest, type FieldError, invalidValue } from "./status.ts";

/** Throws 400, as decoding does upstream, if labels or annotations are not maps of strings. */
export function requireTextMaps(fields: Fields): void {
  const metadata = isFields(fields["metadata"]) ? fields["metadata"] : {};
  for (const name of ["labels", "annotations"]) {
    const map = metadata[name] ?? {};
    const isMap = isFields(map) && Object.values(map).every((value) => typeof value === "string");
    if (!isMap) throw badRequest(`cannot unmarshal into field ObjectMeta.metadata.${name} of type map[string]string`);
  }
}

export function metadataErrors({ metadata }: StoredObject): readonly FieldError[] {
  const { labels, annotations } = metadata;
  return [
    ...Object.entries(labels ?? {}).flatMap(([key, value]) => [
      ...keyErrors("metadata.labels", key, key),
      ...(isLabelValue(value) ? [] : [invalidValue("metadata.labels", value, valueRule)]),
    ]),
    ...Object.keys(annotations ?? {}).flatMap((key) => keyErrors("metadata.annotations", key, key.toLowerCase())),
  ];
}

const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const nameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const prefixRule =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

const name = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A qualified name: an optional domain, a slash, a name. */
function keyErrors(field: string, key: string, compared: string): readonly FieldError[] {
  const parts = compared.split("/");
  const [prefix, last = ""] = parts.length === 1 ? [undefined, parts[0]] : parts;
  if (parts.length > 2 || !name.test(last)) return [invalidValue(field, key, nameRule)];
  const isPrefix = prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix));
  return isPrefix ? [] : [invalidValue(field, key, prefixRule)];
}

function isLabelValue(value: string): boolean {
  return value === "" || name.test(value);
}
