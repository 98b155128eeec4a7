import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { escapedForHtml } from "../../go/json/escape-html.ts";
import { goQuote } from "../../go/quote.ts";
import { type WritableMap, writeYaml } from "../../go/yaml/write-yaml.ts";
import type { Flags, ValuesOf } from "../../kubeadm/flags/flag.ts";
import type { objectFlags } from "../../kubeadm/flags/shared-flags.ts";
import type { Invocation } from "../line/command.ts";

/** The forms that -o takes, as upstream lists them. */
const forms = [
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
] as const;

/** Prints one object after the other. */
export type ObjectPrinter<T> = (object: T) => void;

/** Same as upstream's, these three may be written in any case; the others may not. */
const formsInAnyCase = ["json", "kyaml", "yaml"];

function inAnyCase(output: string): string {
  return formsInAnyCase.find((form) => form === output.toLowerCase()) ?? output;
}

const groupVersion = "output.kubeadm.k8s.io/v1alpha3";

/** The printer that --output names; throws for a form that is not there and for a template that cannot be read. */
export async function objectPrinter<T>(
  invocation: Invocation<Flags> & { readonly flags: ValuesOf<typeof objectFlags> },
  options: {
    readonly kind: string;
    readonly text: ObjectPrinter<T>;
    /** What is printed behind kind and apiVersion. */
    readonly fields: (object: T) => WritableMap;
  },
): Promise<ObjectPrinter<T>> {
  const { flags, ports } = invocation;
  const { stdout } = ports;
  const objectOf = (object: T) => ({ kind: options.kind, apiVersion: groupVersion, ...options.fields(object) });
  let printed = 0;
  switch (inAnyCase(flags.output)) {
    case "text":
      return options.text;
    case "json":
      return (object) => stdout.write(`${escapedForHtml(JSON.stringify(objectOf(object), null, 4))}\n`);
    case "yaml":
      return (object) => stdout.write((printed++ > 0 ? "---\n" : "") + writeYaml(objectOf(object)));
    case "kyaml": {
      const { kyaml } = await import("../../go/yaml/kyaml.ts");
      return (object) => stdout.write(`---\n${kyaml(objectOf(object))}\n`);
    }
    default: {
      const [name, ...rest] = flags.output.split("=");
      const form = forms.find((each) => each === name);
      if (form === undefined || form === "json" || form === "yaml" || form === "kyaml" || form === "text") {
        throw unknownForm(flags.output);
      }
      const { templatePrinter } = await import("./template-printer.ts");
      const print = await templatePrinter(form, rest.join("="), invocation);
      return (object) => stdout.write(print(objectOf(object)));
    }
  }
}

function unknownForm(output: string): KubeadmError {
  const message = `unable to match a printer suitable for the output format ${goQuote(output)}`;
  return new KubeadmError(
    "USAGE",
    `could not construct output printer: ${message}, allowed formats are: ${forms.join(",")}`,
    { remedy: "Use -o text, -o json, -o yaml, -o kyaml, or a template: -o jsonpath=… or -o go-template=…" },
  );
}
