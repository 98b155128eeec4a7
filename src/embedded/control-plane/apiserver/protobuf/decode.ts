// Requests in Kubernetes' protobuf form, which kubelets and kubeadm send: the magic bytes, a runtime.Unknown around the
// message, and the message itself (k8s.io/apimachinery/pkg/runtime/serializer/protobuf). Answers are always JSON; a client
// that prefers protobuf accepts that too.
import { type Fields, isFields, ownValue, recordOf } from "../objects.ts";
import { badRequest } from "../status.ts";
import { messages } from "./gen/messages.ts";
import { wellKnown } from "./well-known.ts";
import { readFields, text, type WireField } from "./wire.ts";

export const protobufType = "application/vnd.kubernetes.protobuf";

const magic = Buffer.from("k8s\0", "latin1");

interface MessageField {
  readonly name: string;
  readonly type: string;
  readonly isOmittedWhenZero: boolean;
  /** Its fields belong to the message around it. */
  readonly isEmbedded: boolean;
}

/** Returns the object of a request's body, as in its JSON form. */
export function decodeProtobuf(body: Uint8Array): Fields {
  if (!Buffer.from(body.subarray(0, 4)).equals(magic)) {
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const unknown = readFields(body.subarray(4));
  const meta = readFields(bytesOf(unknown, 1));
  const [apiVersion, kind] = [text(bytesOf(meta, 1)), text(bytesOf(meta, 2))];
  const message = messageKey(apiVersion, kind);
  if (ownValue(messages, message) === undefined)
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { apiVersion, kind, ...decodeMessage(message, bytesOf(unknown, 2)) };
}

function bytesOf(fields: readonly WireField[], number: number): Uint8Array {
  const value = fields.findLast((field) => field.number === number)?.value;
  return value instanceof Uint8Array ? value : new Uint8Array();
}

/** `v1` is the core group; every group has the options of meta/v1 under its own name. */
function messageKey(apiVersion: string, kind: string): string {
  if (kind.endsWith("Options")) return `meta.${kind}`;
  const [group = "", version] = apiVersion.split("/");
  return version === undefined ? `core.${kind}` : `${group.split(".")[0]}.${kind}`;
}

const parsed = new Map<string, ReadonlyMap<number, MessageField>>();

function fieldsOf(message: string): ReadonlyMap<number, MessageField> {
  const known = parsed.get(message);
  if (known !== undefined) return known;
  const fields = new Map<number, MessageField>();
  for (const [, number = "", mark, name = "", type = ""] of (ownValue(messages, message) ?? "").matchAll(
    /(\d+)(?:([=?])([^:\s]*):|@)(\S+)/g,
  )) {
    fields.set(Number(number), { name, type, isOmittedWhenZero: mark === "?", isEmbedded: mark === undefined });
  }
  parsed.set(message, fields);
  return fields;
}

function decodeMessage(message: string, bytes: Uint8Array): Fields {
  const known = fieldsOf(message);
  const object = recordOf({});
  for (const { number, value } of readFields(bytes)) {
    const field = known.get(number);
    // A field that is newer than the table.
    if (field === undefined) continue;
    if (field.isEmbedded) Object.assign(object, decodeValue(field.type, value));
    else addField(object, field, value);
  }
  return object;
}

function addField(object: Record<string, unknown>, field: MessageField, value: WireField["value"]): void {
  const { name, type } = field;
  if (type.startsWith("[]")) {
    const before = object[name];
    const item = decodeValue(type.slice(2), value);
    object[name] = Array.isArray(before) ? [...before, item] : [item];
    return;
  }
  if (type.startsWith("{}")) {
    const before = object[name];
    object[name] = Object.assign(recordOf(isFields(before) ? before : {}), decodeEntry(type.slice(2), value));
    return;
  }
  const decoded = decodeValue(type, value);
  if (decoded === undefined || (field.isOmittedWhenZero && isZero(decoded))) return;
  object[name] = decoded;
}

function decodeEntry(type: string, value: WireField["value"]): Fields {
  const entry = readFields(value instanceof Uint8Array ? value : new Uint8Array());
  const content = entry.find(({ number }) => number === 2)?.value ?? new Uint8Array();
  return { [text(bytesOf(entry, 1))]: decodeValue(type, content) };
}

function decodeValue(type: string, value: WireField["value"]): unknown {
  if (!(value instanceof Uint8Array)) return type === "bool" ? value !== 0n : Number(BigInt.asIntN(64, value));
  if (type === "string") return text(value);
  if (type === "bytes") return Buffer.from(value).toString("base64");
  const special = ownValue(wellKnown, type);
  return special === undefined ? decodeMessage(type, value) : special(readFields(value));
}

function isZero(value: unknown): boolean {
  return value === "" || value === 0 || value === false || (isFields(value) && Object.keys(value).length === 0);
}
