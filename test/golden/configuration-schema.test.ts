// An independent validator judges configurations by the JSON Schemas as the decoder judges them.
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/go/json/decode.ts";
import { fromJson, toJson } from "../../src/go/yaml/node.ts";
import { configurationDocuments } from "../../src/kubeadm/config/documents/configuration-documents.ts";
import { type ConfigurationKind, configurationKinds } from "../../src/kubeadm/config/reference/configuration-kinds.ts";
import { configurationSchema, schemaOfAllKinds } from "../../src/kubeadm/config/reference/configuration-schema.ts";
import { groupVersionOf } from "../../src/kubernetes/group-version-kind.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "../../src/values/json.ts";
import { initConfigurations, joinConfigurations } from "../differ/cases/known-configurations.ts";

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "date-time": isTime } });
/** RFC 3339. */
function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}

const validators = new Map<ConfigurationKind, ValidateFunction>(
  configurationKinds.map((kind) => [kind, ajv.compile(configurationSchema(kind))]),
);
const ofAnyKind = ajv.compile(schemaOfAllKinds(configurationKinds));

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

/** Files of upstream's own and of other programs. */
function files(): readonly string[] {
  const conversions = JSON.parse(read("config/conversions.json")) as readonly { file: string; migrated?: string }[];
  const components = JSON.parse(read("config/components.json")) as readonly { file: string; written?: string }[];
  const manifests = readdirSync(new URL("manifests", import.meta.url));
  return [
    ...["init-defaults-with-components", "join-defaults", "reset-defaults", "upgrade-defaults"].map((name) =>
      read(`config/${name}.yaml`),
    ),
    ...manifests.map((name) => read(`manifests/${name}/configuration.yaml`)),
    ...conversions.flatMap(({ file, migrated }) => [file, ...(migrated === undefined ? [] : [migrated])]),
    ...components.flatMap(({ file, written }) => [file, ...(written === undefined ? [] : [written])]),
    ...Object.values(initConfigurations),
    ...Object.values(joinConfigurations),
  ];
}

interface Judged {
  readonly kind: ConfigurationKind;
  readonly value: JsonObject;
}

/** The documents of a kind that is known; files of which not all documents can be told apart have none. */
function documentsOf(text: string): readonly Judged[] {
  try {
    return configurationDocuments(text).flatMap(({ gvk, content }) => {
      const kind = configurationKinds.find(
        (each) => each.kind === gvk.kind && each.groupVersion === groupVersionOf(gvk),
      );
      const value = toJson(content);
      return kind !== undefined && isObject(value) && !hasLargestInteger(value) ? [{ kind, value }] : [];
    });
  } catch {
    return [];
  }
}

/** The largest int64 is no number of JavaScript: as JSON it is the next one, which the decoder refuses. */
const hasLargestInteger = (value: JsonObject) => JSON.stringify(value).includes(String(2 ** 63));

/** As `config validate` decodes: nothing wrong, and nothing unknown. */
function isDecoded({ kind, value }: Judged): boolean {
  const { problems, unknownFields } = decode(fromJson(value), kind.schema);
  return (
    problems.length === 0 && unknownFields.length === 0 && kind.required.every((name) => (value[name] ?? null) !== null)
  );
}

const isValid = ({ kind, value }: Judged) => validators.get(kind)?.(value) === true;

/** What the decoder and the validator say. */
function difference({ kind, value }: Judged): string {
  const { problems, unknownFields } = decode(fromJson(value), kind.schema);
  const decoder = [
    ...problems.map(({ message }) => message),
    ...unknownFields.map(({ path }) => `unknown field ${path}`),
  ];
  const validate = validators.get(kind);
  validate?.(value);
  return `${kind.kind} of ${kind.groupVersion}: decoder: ${decoder.join(", ")}; schema: ${ajv.errorsText(validate?.errors)}`;
}

/** Words of enumerations are decoded; validation refuses others, with upstream's message. */
function isRefusedForAWord({ kind, value }: Judged): boolean {
  const validate = validators.get(kind);
  validate?.(value);
  return validate?.errors?.every(({ keyword }) => keyword === "enum") ?? false;
}

/** Every variant of a document in which one value is another, or one field more. */
function variants({ kind, value }: Judged): readonly Judged[] {
  return changed(value).map((variant) => ({ kind, value: variant as JsonObject }));
}

const others: readonly JsonValue[] = ["", "text", "5m", 7, 1.5, true, null, [], {}, [{}], { a: "b" }];

function changed(value: JsonValue): readonly JsonValue[] {
  if (isObject(value)) {
    return [
      { ...value, noSuchField: 1 },
      ...Object.entries(value).flatMap(([name, field]) =>
        name === "apiVersion" || name === "kind"
          ? []
          : [...others, ...changed(field)].map((other) => ({ ...value, [name]: other })),
      ),
    ];
  }
  return isList(value) ? value.flatMap((item, index) => changed(item).map((other) => value.with(index, other))) : [];
}

describe("a JSON Schema of a configuration", () => {
  const documents = [
    ...new Map(
      files()
        .flatMap(documentsOf)
        .map((each) => [JSON.stringify(each.value), each]),
    ).values(),
  ];
  const all = documents.flatMap((document) => [document, ...variants(document)]);

  it("accepts what is decoded without complaint, and refuses everything else", () => {
    expect(documents.length).toBeGreaterThan(200);
    expect(all.length).toBeGreaterThan(20_000);
    const judged = all.map((each) => ({ each, valid: isValid(each) }));
    const judgedOtherwise = judged.filter(({ each, valid }) => isDecoded(each) !== valid && !isRefusedForAWord(each));
    expect([...new Set(judgedOtherwise.map(({ each }) => difference(each)))].slice(0, 20)).toEqual([]);
    const accepted = judged.filter(({ valid }) => valid).length;
    expect(accepted).toBeGreaterThan(1000);
    expect(judged.length - accepted).toBeGreaterThan(1000);
  }, 180_000);

  it("of all kinds judges as the one of the kind", () => {
    const judgedOtherwise = documents.filter(({ value, kind }) => ofAnyKind(value) !== isValid({ kind, value }));
    expect(judgedOtherwise).toEqual([]);
  });
});
