import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { jsonPath } from "../../go/jsonpath/jsonpath.ts";
import { goQuote } from "../../go/quote.ts";
import { goTemplate } from "../../go/template/template.ts";
import { TemplateError } from "../../go/template/template-error.ts";
import { type GoValue, withIntegers } from "../../go/value.ts";
import type { WritableMap } from "../../go/yaml/write-yaml.ts";
import { FileError } from "../../host/file-error.ts";
import { defined } from "../../values/defined.ts";
import { filePath, machineOf } from "../commands/machine.ts";
import type { GlobalValues } from "../line/command.ts";
import type { Ports } from "../ports.ts";

export type TemplateForm =
  | "go-template"
  | "go-template-file"
  | "template"
  | "templatefile"
  | "jsonpath"
  | "jsonpath-as-json"
  | "jsonpath-file";

interface TemplateInvocation {
  readonly flags: { readonly "allow-missing-template-keys": boolean };
  readonly global: GlobalValues;
  readonly ports: Ports;
}

/**
 * What -o FORM=VALUE makes of an object: the value is the template, or the file that it is in. Throws USAGE where
 * there is no such template, and so does the function where the object does not fit it.
 */
export async function templatePrinter(
  form: TemplateForm,
  value: string,
  invocation: TemplateInvocation,
): Promise<(object: WritableMap) => string> {
  if (value === "")
    throw usage("template format specified but no template given", `Add it to the format: -o ${form}=…`);
  const template = form.endsWith("file") ? await templateFile(value, invocation) : value;
  const allowMissingKeys = invocation.flags["allow-missing-template-keys"];
  const language = form.startsWith("jsonpath") ? "jsonpath" : "template";
  const print = parsed(language, template, () =>
    language === "jsonpath"
      ? jsonPath(template, { allowMissingKeys, asJson: form === "jsonpath-as-json" })
      : goTemplate(template, { allowMissingKeys }),
  );
  return (object) => {
    const value = plain(object);
    try {
      return print(language === "jsonpath" ? value : withIntegers(value));
    } catch (error) {
      // A template may call itself, or ask for a text that is longer than any.
      if (!(error instanceof TemplateError || error instanceof RangeError)) throw error;
      const reason = error instanceof TemplateError ? error.message : "exceeded maximum template depth or length";
      throw new KubeadmError("USAGE", `error executing ${language} ${goQuote(template)}: ${reason}`, {
        remedy: "`-o json` shows the fields that the template can use.",
      });
    }
  };
}

/** What JSON has of it. */
function plain(object: WritableMap): GoValue {
  return JSON.parse(JSON.stringify(object)) as GoValue;
}

async function templateFile(path: string, invocation: TemplateInvocation): Promise<string> {
  const { files } = await machineOf(invocation);
  try {
    return await files.readText(filePath(path, invocation));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw usage(`error reading --template ${path}, ${error.message}`, "Check the path behind the `=` of -o.");
  }
}

function parsed<T>(language: string, template: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof RangeError)) throw error;
    const reason = error instanceof TemplateError ? error.message : "it nests too deep";
    throw usage(`error parsing ${language} ${template}, ${reason}`, remedies[language]);
  }
}

const remedies: Readonly<Record<string, string>> = {
  jsonpath: "The language is described at https://kubernetes.io/docs/reference/kubectl/jsonpath/.",
  template: "The language is described at https://pkg.go.dev/text/template.",
};

function usage(message: string, remedy?: string): KubeadmError {
  return new KubeadmError("USAGE", `could not construct output printer: ${message}`, defined({ remedy }));
}
