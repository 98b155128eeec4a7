// Writes src/embedded/control-plane/apiserver/protobuf/gen/messages.ts from the Go types of Kubernetes: field numbers, JSON names and
// what Go leaves out when it is zero.
//
//   node scripts/kubernetes-messages.ts <folder with api@vX and apimachinery@vX, as in a Go module cache> <X, such as 0.37.2>
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [modules, version] = process.argv.slice(2);
if (modules === undefined || version === undefined) throw new Error("usage: kubernetes-messages.ts <folder> <version>");

const groups =
  "core apps rbac certificates coordination storage node resource authentication authorization events discovery".split(
    " ",
  );
const packages = [
  ...groups.map((group) => ({ name: group, file: join(modules, `api@v${version}`, group, "v1", "types.go") })),
  { name: "meta", file: join(modules, `apimachinery@v${version}`, "pkg/apis/meta/v1/types.go") },
];
/** Objects and options that a client may send. */
const roots: Readonly<Record<string, string>> = {
  core: "Namespace Node ConfigMap Secret Endpoints Event Pod ServiceAccount Service",
  apps: "DaemonSet Deployment ReplicaSet",
  rbac: "ClusterRole ClusterRoleBinding Role RoleBinding",
  certificates: "CertificateSigningRequest",
  coordination: "Lease",
  discovery: "EndpointSlice",
  events: "Event",
  storage: "CSIDriver CSINode",
  node: "RuntimeClass",
  resource: "ResourceSlice",
  authentication: "TokenRequest TokenReview SelfSubjectReview",
  authorization: "SubjectAccessReview LocalSubjectAccessReview SelfSubjectAccessReview",
  meta: "DeleteOptions",
};
const wellKnown = new Set(["meta.Time", "meta.MicroTime", "meta.Duration", "meta.FieldsV1"]);
const aliases: Readonly<Record<string, string>> = { v1: "core", corev1: "core", metav1: "meta", rbacv1: "rbac" };

interface GoPackage {
  readonly structs: ReadonlyMap<string, readonly string[]>;
  /** Named types that are no structs, by what they stand for. */
  readonly names: ReadonlyMap<string, string>;
}

function parsePackage(text: string): GoPackage {
  const structs = new Map<string, readonly string[]>();
  for (const [, name = "", body = ""] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
    structs.set(name, body.split("\n"));
  const names = new Map<string, string>();
  for (const [, name = "", target = ""] of text.matchAll(/^type (\w+) ((?!struct|interface)[\w.[\]]+)/gm))
    names.set(name, target);
  return { structs, names };
}

const parsed = new Map(packages.map(({ name, file }) => [name, parsePackage(readFileSync(file, "utf8"))]));
const messages = new Map<string, string>();

/** The type in the table: string, int, bool, float, bytes or a message, with [] for lists and {} for maps. */
function tableType(goType: string, home: string): string {
  const type = goType.replace(/^\*/, "");
  if (type === "[]byte") return "bytes";
  if (type.startsWith("[]")) return `[]${tableType(type.slice(2), home)}`;
  const map = /^map\[[^\]]+\](.+)$/.exec(type);
  if (map?.[1] !== undefined) return `{}${tableType(map[1], home)}`;
  if (/^u?int(32|64|8)?$/.test(type)) return "int";
  if (type === "float64") return "float";
  if (type === "string" || type === "bool") return type;
  if (/^types\.\w+$/.test(type)) return "string";
  if (type === "resource.Quantity" && home !== "resource") return "Quantity";
  if (type === "resource.Quantity" || type === "apiresource.Quantity") return "Quantity";
  if (type === "intstr.IntOrString") return "IntOrString";
  if (type === "runtime.RawExtension") return "RawExtension";
  const [first = "", second] = type.split(".");
  const owner = second === undefined ? home : (aliases[first] ?? first);
  const name = second ?? first;
  return namedType(owner, name);
}

function namedType(owner: string, name: string): string {
  const key = `${owner}.${name}`;
  if (wellKnown.has(key)) return name;
  const found = parsed.get(owner);
  const named = found?.names.get(name);
  // A named list is a message of its own on the wire, with the list as its field 1.
  if (named !== undefined) return named.startsWith("[]") ? "StringList" : tableType(named, owner);
  if (found?.structs.has(name) !== true) throw new Error(`unknown type ${key}`);
  addMessage(owner, name);
  return key;
}

function addMessage(owner: string, name: string): void {
  const key = `${owner}.${name}`;
  if (messages.has(key)) return;
  messages.set(key, "");
  const lines = parsed.get(owner)?.structs.get(name) ?? [];
  messages.set(key, lines.flatMap((line) => fieldOf(line, owner) ?? []).join(" "));
}

function fieldOf(line: string, owner: string): string | undefined {
  const [, goName, goType, tags = ""] = /^\t(?:(\w+) +)?([*\w.[\]]+) +`(.*)`/.exec(line) ?? [];
  const json = /json:"([^"]*)"/.exec(tags)?.[1] ?? "";
  const number = /protobuf:"\w+,(\d+)/.exec(tags)?.[1];
  if (goType === undefined || number === undefined) return undefined;
  const [name = "", ...options] = json.split(",");
  const type = tableType(goType, owner);
  if (goName === undefined && name === "") return `${number}@${type}`;
  const isPointer = goType.startsWith("*");
  const isOmitted = !isPointer && options.some((option) => option === "omitempty" || option === "omitzero");
  return `${number}${isOmitted ? "?" : "="}${name}:${type}`;
}

for (const [owner, names] of Object.entries(roots)) for (const name of names.split(" ")) addMessage(owner, name);

const sorted = [...messages].sort(([a], [b]) => (a < b ? -1 : 1));
const lines = sorted.map(([key, fields]) => `  ${JSON.stringify(key)}: ${JSON.stringify(fields)},`);
writeFileSync(
  join(import.meta.dirname, "../src/embedded/control-plane/apiserver/protobuf/gen/messages.ts"),
  `// Generated by scripts/kubernetes-messages.ts from the Go types of Kubernetes ${version}; do not edit.
/**
 * Fields by message: \`<number>=<name>:<type>\`, with \`?\` where Go's JSON omits the zero value, and \`<number>@<type>\` for an
 * embedded message, whose fields belong to the object around it.
 */
export const messages: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`,
);
console.log(`${messages.size} messages`);
