// k/k:pkg/registry/core: defaults and limits of the core types, as far as joins and kubectl use them.

import { addressAt, isAddressIn } from "../../subnet.ts";
import { isMirrorPod } from "../admission/pod-references.ts";
import {
  at,
  type Fields,
  isEqualJson,
  isFields,
  listAt,
  type StoredObject,
  stringAt,
  stringMapAt,
  without,
} from "../objects.ts";
import { resources } from "../resource-names.ts";
import { type FieldError, forbiddenValue, invalidValue, required } from "../status.ts";
import { keepStatus, type Strategy, type WriteContext } from "./resource.ts";

export const namespaceStrategy: Strategy = {
  prepareForCreate: (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name },
    },
    spec: { ...(object["spec"] as Fields | undefined), finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  }),
  prepareForUpdate: (next, current) => ({ ...next, spec: current["spec"], status: current["status"] }),
};

/** `stringData` is write-only; the type of a Secret and the content of an immutable one cannot change. */
export const secretStrategy: Strategy = {
  prepareForCreate: (object) => ({ ...withEncodedStringData(object), type: object["type"] ?? "Opaque" }),
  prepareForUpdate: (next) => withEncodedStringData(next),
  validate: (object) => [...dataKeyErrors(object, "data"), ...base64Errors(object)],
  validateUpdate: (next, current) => [
    ...(next["type"] === current["type"] || next["type"] === undefined
      ? []
      : [invalidValue("type", next["type"], "field is immutable")]),
    ...immutableErrors(next, current, ["data"]),
  ],
};

export const configMapStrategy: Strategy = {
  validate: (object) => dataKeyErrors(object, "data"),
  validateUpdate: (next, current) => immutableErrors(next, current, ["data", "binaryData"]),
};

function withEncodedStringData(object: StoredObject): StoredObject {
  if (object["stringData"] === undefined) return object;
  const encoded = Object.entries(stringMapAt(object, "stringData")).map(([key, text]): [string, string] => [
    key,
    Buffer.from(text).toString("base64"),
  ]);
  const data = { ...(object["data"] as Fields | undefined), ...Object.fromEntries(encoded) };
  return { ...without(object, "stringData"), data };
}

function dataKeyErrors(object: StoredObject, field: string): readonly FieldError[] {
  return Object.keys((object[field] ?? {}) as Fields)
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === "." || key.startsWith(".."))
    .map((key) =>
      invalidValue(
        `${field}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
}

function base64Errors(object: StoredObject): readonly FieldError[] {
  return Object.entries((object["data"] ?? {}) as Fields)
    .filter(([, value]) => typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value.replaceAll("\n", "")))
    .map(([key]) => invalidValue(`data[${key}]`, "<secret contents redacted>", "must be base64"));
}

function immutableErrors(next: StoredObject, current: StoredObject, fields: readonly string[]): readonly FieldError[] {
  if (current["immutable"] !== true) return [];
  return [
    ...(next["immutable"] === true ? [] : [forbiddenValue("immutable", "field is immutable when `immutable` is set")]),
    ...fields
      .filter((field) => !isEqualJson(next[field] ?? {}, current[field] ?? {}))
      .map((field) => forbiddenValue(field, "field is immutable when `immutable` is set")),
  ];
}

export const nodeStrategy: Strategy = {
  prepareForCreate: (object) => ({ ...object, spec: object["spec"] ?? {}, status: object["status"] ?? {} }),
  prepareForUpdate: keepStatus,
  validateUpdate: (next, current) => {
    const before = at(current, "spec", "podCIDR");
    const after = at(next, "spec", "podCIDR");
    return before === undefined || isEqualJson(before, after)
      ? []
      : [
          forbiddenValue(
            "spec",
            "node updates may only change labels, taints, or capacity (or configSource, if the DynamicKubeletConfig feature gate is enabled)",
          ),
        ];
  },
};

export const podStrategy: Strategy = {
  prepareForCreate: (object) => ({
    ...object,
    spec: {
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      // A mirror Pod has none: it may not refer to API objects.
      ...(isMirrorPod(object) ? {} : { serviceAccountName: "default" }),
      ...(object["spec"] as Fields | undefined),
    },
    status: { phase: "Pending", qosClass: "BestEffort" },
  }),
  prepareForUpdate: keepStatus,
  validate: (object) => (listAt(object, "spec", "containers").length === 0 ? [required("spec.containers")] : []),
};

export const serviceStrategy: Strategy = {
  prepareForCreate: (object, context) => {
    const spec = serviceDefaults((object["spec"] ?? {}) as Fields);
    const clusterIP = stringAt(spec, "clusterIP") ?? "";
    if (spec["type"] === "ExternalName" || clusterIP !== "") {
      return { ...object, spec: withClusterIP(spec, clusterIP), status: { loadBalancer: {} } };
    }
    return { ...object, spec: withClusterIP(spec, freeAddress(context)), status: { loadBalancer: {} } };
  },
  prepareForUpdate: (next, current) => {
    const spec = serviceDefaults((next["spec"] ?? {}) as Fields);
    const clusterIP = stringAt(spec, "clusterIP") || stringAt(current, "spec", "clusterIP");
    return { ...keepStatus(next, current), spec: withClusterIP(spec, clusterIP ?? "") };
  },
  validate: (object, context) => addressErrors(object, context),
  validateUpdate: (next, current) => {
    const [before, after] = [stringAt(current, "spec", "clusterIP"), stringAt(next, "spec", "clusterIP")];
    return before === after || before === ""
      ? []
      : [invalidValue("spec.clusterIPs[0]", [after], "may not change once set")];
  },
};

function serviceDefaults(spec: Fields): Fields {
  const ports = listAt(spec, "ports").filter(isFields);
  return {
    internalTrafficPolicy: "Cluster",
    ipFamilyPolicy: "SingleStack",
    sessionAffinity: "None",
    type: "ClusterIP",
    ...spec,
    ports: ports.map((port) => ({ protocol: "TCP", targetPort: port["port"], ...port })),
  };
}

function withClusterIP(spec: Fields, clusterIP: string): Fields {
  const ipFamilies = [clusterIP.includes(":") ? "IPv6" : "IPv4"];
  return clusterIP === "" ? { ipFamilies, ...spec } : { ipFamilies, ...spec, clusterIP, clusterIPs: [clusterIP] };
}

function usedAddresses(context: WriteContext, except?: string): ReadonlySet<string> {
  const services = context.storage.list(resources.services);
  const others = services.filter((service) => service.metadata.uid !== except || except === undefined);
  return new Set(others.flatMap((service) => stringAt(service, "spec", "clusterIP") ?? []));
}

/** Automatic addresses start after those that are expected for fixed addresses (DNS: the tenth). */
function freeAddress(context: WriteContext): string {
  const used = usedAddresses(context);
  for (let index = 32; ; index++) {
    const address = addressAt(context.serviceSubnet, index);
    if (!used.has(address)) return address;
  }
}

function addressErrors(object: StoredObject, context: WriteContext): readonly FieldError[] {
  const clusterIP = stringAt(object, "spec", "clusterIP") ?? "None";
  if (clusterIP === "None" || clusterIP === "" || object.metadata.uid !== undefined) return [];
  if (!isAddressIn(context.serviceSubnet, clusterIP)) {
    const why = `failed to allocate IP ${clusterIP}: the provided IP (${clusterIP}) is not in the valid range. The range of valid IPs is ${context.serviceSubnet}`;
    return [invalidValue("spec.clusterIPs", [clusterIP], why)];
  }
  return usedAddresses(context).has(clusterIP)
    ? [
        invalidValue(
          "spec.clusterIPs",
          [clusterIP],
          `failed to allocate IP ${clusterIP}: provided IP is already allocated`,
        ),
      ]
    : [];
}

/** The role of a binding is immutable: another role needs another binding. */
export const bindingStrategy: Strategy = {
  prepareForCreate: withSubjectGroups,
  prepareForUpdate: withSubjectGroups,
  validate: (object) => [
    ...(stringAt(object, "roleRef", "name") === undefined ? [required("roleRef.name")] : []),
    ...(["Role", "ClusterRole"].includes(stringAt(object, "roleRef", "kind") ?? "") ? [] : [required("roleRef.kind")]),
  ],
  validateUpdate: (next, current) =>
    isEqualJson(next["roleRef"], current["roleRef"])
      ? []
      : [invalidValue("roleRef", next["roleRef"], "cannot change roleRef")],
};

function withSubjectGroups(object: StoredObject): StoredObject {
  const subjects = listAt(object, "subjects").filter(isFields);
  const defaulted = subjects.map((subject) =>
    subject["kind"] === "ServiceAccount" || subject["apiGroup"] !== undefined
      ? subject
      : { apiGroup: "rbac.authorization.k8s.io", ...subject },
  );
  return {
    ...object,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", ...(object["roleRef"] as Fields | undefined) },
    ...(subjects.length === 0 ? {} : { subjects: defaulted }),
  };
}
