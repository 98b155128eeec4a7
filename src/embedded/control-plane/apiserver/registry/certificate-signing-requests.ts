// k/k:pkg/registry/certificates/certificates/strategy.go and pkg/apis/certificates/validation.

import { defined } from "../../../../values/defined.ts";
import {
  type Fields,
  isEqualJson,
  isFields,
  listAt,
  type StoredObject,
  stringAt,
  stringsAt,
  without,
} from "../objects.ts";
import { type FieldError, invalidValue, required, unsupportedValue } from "../status.ts";
import { timestamp } from "../storage.ts";
import type { ObjectSubresource, Strategy, WriteContext } from "./resource.ts";

/** The server sets the requesting user, whatever the object contains. */
function prepareForCreate(object: StoredObject, { user }: WriteContext): StoredObject {
  const spec = without((object["spec"] ?? {}) as Fields, "username", "uid", "groups", "extra");
  return {
    ...object,
    spec: {
      ...spec,
      ...defined({ extra: user.extra }),
      groups: user.groups,
      ...defined({ uid: user.uid }),
      username: user.username,
    },
    status: {},
  };
}

function validate(object: StoredObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const request = Buffer.from(stringAt(object, "spec", "request") ?? "", "base64").toString("utf8");
  if (request === "") errors.push(required("spec.request"));
  else if (!isRequestPem(request)) {
    errors.push(
      invalidValue("spec.request", stringAt(object, "spec", "request"), "PEM block type must be CERTIFICATE REQUEST"),
    );
  }
  const usages = stringsAt(object, "spec", "usages");
  if (usages.length === 0) errors.push(required("spec.usages", "usages must be provided"));
  usages.forEach((usage, index) => {
    if (!knownUsages.includes(usage)) errors.push(unsupportedValue(`spec.usages[${index}]`, usage, knownUsages));
  });
  return [...errors, ...signerNameErrors(stringAt(object, "spec", "signerName") ?? ""), ...expirationErrors(object)];
}

function isRequestPem(text: string): boolean {
  return /-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----/.test(text);
}

function signerNameErrors(signerName: string): readonly FieldError[] {
  if (signerName === "") return [required("spec.signerName")];
  if (signerName === "kubernetes.io/legacy-unknown") {
    return [invalidValue("spec.signerName", signerName, "the legacy signerName is not allowed via this API version")];
  }
  const [domain = "", path = "", ...more] = signerName.split("/");
  const isQualified = domain.includes(".") && path !== "" && more.length === 0;
  return isQualified
    ? []
    : [
        invalidValue(
          "spec.signerName",
          signerName,
          "must be a fully qualified domain and path of the form 'example.com/signer-name'",
        ),
      ];
}

function expirationErrors(object: StoredObject): readonly FieldError[] {
  const seconds = (object["spec"] as Fields | undefined)?.["expirationSeconds"];
  return typeof seconds === "number" && seconds < 600
    ? [invalidValue("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)")]
    : [];
}

// k8s.io/api/certificates/v1, KeyUsage
const knownUsages: readonly string[] = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

/** The request itself is immutable: a new request is a new object. */
export const certificateSigningRequestStrategy: Strategy = {
  prepareForCreate,
  validate,
  prepareForUpdate: (next, current) => ({ ...next, spec: current["spec"], status: current["status"] }),
};

const decisions = ["Approved", "Denied"];

function conditionsOf(object: StoredObject): readonly Fields[] {
  return listAt(object, "status", "conditions").filter(isFields);
}

/** The server sets times that the client omitted. */
function stamped(conditions: readonly Fields[], current: StoredObject, now: Date): readonly Fields[] {
  return conditions.map((condition) => {
    const before = conditionsOf(current).find((other) => other["type"] === condition["type"]);
    if (before !== undefined && isEqualJson(before, condition)) return before;
    const isSameStatus = before?.["status"] === condition["status"];
    return {
      ...condition,
      lastUpdateTime: condition["lastUpdateTime"] ?? timestamp(now),
      lastTransitionTime:
        condition["lastTransitionTime"] ??
        (isSameStatus ? before?.["lastTransitionTime"] : undefined) ??
        timestamp(now),
    };
  });
}

/** `/approval` only changes the conditions. */
export const approvalSubresource: ObjectSubresource = {
  verbs: ["get", "patch", "update"],
  prepareForUpdate: (next, current, { now }) => ({
    ...next,
    spec: current["spec"],
    status: {
      ...(current["status"] as Fields | undefined),
      ...withConditions(stamped(conditionsOf(next), current, now())),
    },
  }),
  validateUpdate: (next, current) => conditionErrors(next, current, true),
};

/** `/status` sets the certificate and other conditions, but neither approves nor denies. */
export const signingStatusSubresource: ObjectSubresource = {
  verbs: ["get", "patch", "update"],
  prepareForUpdate: (next, current, { now }) => ({
    ...next,
    spec: current["spec"],
    status: {
      ...(next["status"] as Fields | undefined),
      ...withConditions([
        ...conditionsOf(current).filter((condition) => decisions.includes(String(condition["type"]))),
        ...stamped(conditionsOf(next), current, now()).filter(
          (condition) => !decisions.includes(String(condition["type"])),
        ),
      ]),
    },
  }),
  validateUpdate: (next, current) => [...conditionErrors(next, current, false), ...certificateErrors(next, current)],
};

function withConditions(conditions: readonly Fields[]): Fields {
  return conditions.length === 0 ? {} : { conditions };
}

function conditionErrors(next: StoredObject, current: StoredObject, isApproval: boolean): readonly FieldError[] {
  const types = conditionsOf(next).map((condition) => String(condition["type"]));
  const errors: FieldError[] = [];
  if (types.includes("Approved") && types.includes("Denied")) {
    errors.push(invalidValue("status.conditions", "Denied", "Approved and Denied conditions are mutually exclusive"));
  }
  if (isApproval) {
    for (const type of conditionsOf(current).map((condition) => String(condition["type"]))) {
      if (!types.includes(type)) {
        errors.push({
          type: "FieldValueForbidden",
          field: "status.conditions",
          body: `Forbidden: updates may not remove a condition of type ${JSON.stringify(type)}`,
        });
      }
    }
  }
  conditionsOf(next).forEach((condition, index) => {
    if (typeof condition["status"] !== "string") errors.push(required(`status.conditions[${index}].status`));
  });
  return errors;
}

function certificateErrors(next: StoredObject, current: StoredObject): readonly FieldError[] {
  const before = stringAt(current, "status", "certificate");
  const after = stringAt(next, "status", "certificate");
  if (before !== undefined && before !== after) {
    return [
      {
        type: "FieldValueForbidden",
        field: "status.certificate",
        body: "Forbidden: updates may not set certificate content to a different value once it is set",
      },
    ];
  }
  return [];
}
