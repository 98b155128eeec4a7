// k/k:pkg/apis/apps/validation: what a workload must specify about its pods.
import { fieldsAt, isEqualJson, isFields, listAt, type StoredObject, stringAt, stringMapAt } from "../objects.ts";
import { type FieldError, invalidValue, required } from "../status.ts";
import { keepStatus, type Strategy } from "./resource.ts";

export const workloadStrategy: Strategy = {
  prepareForCreate: (object) => ({ ...object, status: {} }),
  prepareForUpdate: keepStatus,
  validate: (object) => [...selectorErrors(object), ...containerErrors(object)],
  validateUpdate: (next, current) => {
    const [before, after] = [fieldsAt(current, "spec", "selector"), fieldsAt(next, "spec", "selector")];
    return isEqualJson(before, after) ? [] : [invalidValue("spec.selector", after, "field is immutable")];
  },
};

function selectorErrors(object: StoredObject): readonly FieldError[] {
  const wanted = Object.entries(stringMapAt(object, "spec", "selector", "matchLabels"));
  if (wanted.length === 0) return [required("spec.selector")];
  const labels = stringMapAt(object, "spec", "template", "metadata", "labels");
  if (wanted.every(([key, value]) => labels[key] === value)) return [];
  return [invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")];
}

function containerErrors(object: StoredObject): readonly FieldError[] {
  const path = "spec.template.spec.containers";
  const containers = listAt(object, "spec", "template", "spec", "containers").filter(isFields);
  if (containers.length === 0) return [required(path)];
  return containers.flatMap((container, index) =>
    ["name", "image"]
      .filter((field) => (stringAt(container, field) ?? "") === "")
      .map((field) => required(`${path}[${index}].${field}`)),
  );
}
