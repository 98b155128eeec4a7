import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { goQuote } from "../../kubeadm/apis/go-quote.ts";
import { type WritableMap, type WritableValue, writeYaml } from "../../kubeadm/yaml/write-yaml.ts";
import type { Flags } from "../flag.ts";
import type { Output } from "../ports.ts";

/** Flags of the commands that print objects; names and defaults are upstream's. */
export const objectFlags = {
  "allow-missing-template-keys": {
    type: "bool",
    default: true,
    usage: "With a template: leave out what the object does not have, instead of failing. Nothing here is a template.",
  },
  output: { type: "string", shorthand: "o", default: "text", usage: "Form of the output: text, json, yaml or kyaml." },
  "show-managed-fields": {
    type: "bool",
    usage: "Show managedFields in JSON and YAML. The objects printed here have none.",
  },
} as const satisfies Flags;

/** Prints one object after the other. */
export type ObjectPrinter<T> = (object: T) => void;

const groupVersion = "output.kubeadm.k8s.io/v1alpha3";

/** The forms that upstream has; the others need its template and path languages. */
const upstreamForms = [
  "go-template",
  "go-template-file",
  "json",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "kyaml",
  "template",
  "templatefile",
  "text",
  "yaml",
];

/** The printer that --output names; throws for a form that is not there. */
export function objectPrinter<T>(
  output: string,
  options: {
    readonly kind: string;
    readonly stdout: Output;
    readonly text: ObjectPrinter<T>;
    readonly fields: (object: T) => WritableMap;
  },
): ObjectPrinter<T> {
  const { kind, stdout, fields, text } = options;
  let printed = 0;
  switch (output) {
    case "text":
      return text;
    case "json":
      return (object) =>
        stdout.write(`${JSON.stringify({ kind, apiVersion: groupVersion, ...fields(object) }, null, 4)}\n`);
    case "yaml":
      return (object) => {
        const separator = printed++ > 0 ? "---\n" : "";
        stdout.write(separator + writeYaml({ kind, apiVersion: groupVersion, ...fields(object) }));
      };
    case "kyaml":
      return (object) => stdout.write(`---\n${kyaml({ kind, apiVersion: groupVersion, ...fields(object) }, "")}\n`);
    default:
      throw unknownForm(output);
  }
}

/** KYAML (KEP-5295): YAML's flow style with a comma behind every element. The keys here need no quotes. */
function kyaml(value: WritableValue, indent: string): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return enclosed(
      (value as readonly WritableValue[]).map((each) => kyaml(each, deeper)),
      "[]",
      indent,
    );
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value as WritableMap).filter(([, each]) => each !== undefined);
  return enclosed(
    entries.map(([key, each]) => `${key}: ${kyaml(each ?? null, deeper)}`),
    "{}",
    indent,
  );
}

function enclosed(parts: readonly string[], [open = "", close = ""]: string, indent: string): string {
  return `${open}\n${parts.map((part) => `${indent}  ${part},\n`).join("")}${indent}${close}`;
}

function unknownForm(output: string): KubeadmError {
  const [name = ""] = output.split("=");
  const what = upstreamForms.includes(name)
    ? `this program does not print the output format ${goQuote(name)}`
    : `unable to match a printer suitable for the output format ${goQuote(output)}`;
  const forms = upstreamForms.includes(name) ? "json,kyaml,text,yaml" : upstreamForms.join(",");
  return new KubeadmError("USAGE", `could not construct output printer: ${what}, allowed formats are: ${forms}`, {
    remedy: "Use -o text, -o json, -o yaml or -o kyaml.",
  });
}
