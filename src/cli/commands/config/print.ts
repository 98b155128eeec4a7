import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { oneLine } from "../../../errors/printable-text.ts";
import { type ComponentKind, componentKinds } from "../../../kubeadm/config/components/common-fields.ts";
import {
  componentDefaults,
  initDefaults,
  joinDefaults,
  resetDefaults,
  upgradeDefaults,
} from "../../../kubeadm/config/documents/default-documents.ts";
import { nodeNameFrom } from "../../../kubeadm/config/fields/node-name.ts";
import type { InitDefaultsInvocation, PrintInvocation } from "./flags.ts";

type Print = (invocation: PrintInvocation) => Promise<number>;

export async function printInitDefaults({ flags, ports }: InitDefaultsInvocation): Promise<number> {
  const components = flags["component-configs"].map(componentKind);
  return print([...initDefaults(), ...components.map(componentDefaults)], { flags, ports });
}

/** Language servers read the comment of each document for this document alone. */
function print(documents: readonly string[], { flags, ports }: Pick<PrintInvocation, "flags" | "ports">): number {
  const address = flags["schema-comment"];
  const comment = address === "" ? "" : `# yaml-language-server: $schema=${oneLine(address)}\n`;
  ports.stdout.write(documents.map((document) => comment + document).join("---\n"));
  return 0;
}

function componentKind(name: string): ComponentKind {
  const kind = componentKinds.find((known) => known === name);
  if (kind !== undefined) return kind;
  const message = `--component-configs needs to contain some of [${componentKinds.join(" ")}]`;
  throw new KubeadmError("USAGE", message);
}

export const printJoinDefaults: Print = async (invocation) => {
  const { machine } = await invocation.ports.openHost();
  return print([joinDefaults(nodeNameFrom(machine.hostname))], invocation);
};

export const printResetDefaults: Print = async (invocation) => {
  return print([resetDefaults()], invocation);
};

export const printUpgradeDefaults: Print = async (invocation) => {
  return print([upgradeDefaults()], invocation);
};
