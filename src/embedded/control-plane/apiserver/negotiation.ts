// The format of an answer: plain objects, Tables for people, or metadata alone.
import { parseJson, parseYaml } from "./patch/patch.ts";
import { decodeProtobuf, protobufType } from "./protobuf/decode.ts";
import { notAcceptable, unsupportedMediaType } from "./status.ts";

export type Representation = "object" | "table" | "partial-metadata";

interface MediaType {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const known = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/** Returns the first format of the Accept header that this server supports; throws 406 if there is none. */
export function representationOf(accept: string | undefined): Representation {
  const wanted = parseAccept(accept);
  for (const { type, parameters } of wanted) {
    if (!["application/json", "application/*", "*/*"].includes(type)) continue;
    const form = parameters["as"];
    if (form === undefined) return "object";
    if (parameters["g"] !== "meta.k8s.io" || parameters["v"] !== "v1") continue;
    if (form === "Table") return "table";
    if (form === "PartialObjectMetadata" || form === "PartialObjectMetadataList") return "partial-metadata";
  }
  throw notAcceptable(`only the following media types are accepted: ${known[0]}`);
}

export function parseAccept(accept: string | undefined): readonly MediaType[] {
  if (accept === undefined || accept.trim() === "") return [{ type: "*/*", parameters: {} }];
  return accept.split(",").map((entry) => {
    const [type = "", ...parameters] = entry.split(";").map((part) => part.trim());
    return { type, parameters: Object.fromEntries(parameters.map((parameter) => pairOf(parameter))) };
  });
}

function pairOf(text: string): [string, string] {
  const index = text.indexOf("=");
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

/** Returns the value of a request body; throws 415 for a format that the server does not read. */
export function decodeBody(contentType: string | undefined, body: Uint8Array): unknown {
  const [type = ""] = (contentType ?? "application/json").split(";");
  if (type === protobufType) return decodeProtobuf(body);
  const text = new TextDecoder().decode(body);
  if (type === "application/yaml") return parseYaml(text);
  if (type === "application/json" || type === "") return parseJson(text);
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${known.join(", ")}`,
  );
}
