import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { type ComponentKind, componentKinds } from "../../../kubeadm/config/components/common-fields.ts";
import {
  componentDefaults,
  initDefaults,
  joinDefaults,
  resetDefaults,
  upgradeDefaults,
} from "../../../kubeadm/config/documents/default-documents.ts";
import { nodeNameFrom } from "../../../kubeadm/config/fields/node-name.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import type { Invocation } from "../../line/command.ts";
import type { InitDefaultsInvocation } from "./flags.ts";

type Print = (invocation: Invocation<Flags>) => Promise<number>;

export async function printInitDefaults({ flags, ports }: InitDefaultsInvocation): Promise<number> {
  const components = flags["component-configs"].map(componentKind);
  ports.stdout.write([...initDefaults(), ...components.map(componentDefaults)].join("---\n"));
  return 0;
}

function componentKind(name: string): ComponentKind {
  const kind = componentKinds.find((known) => known === name);
  if (kind !== undefined) return kind;
  const message = `--component-configs needs to contain some of [${componentKinds.join(" ")}]`;
  throw new KubeadmError("USAGE", message);
}

export const printJoinDefaults: Print = async ({ ports }) => {
  const { machine } = await ports.openHost();
  ports.stdout.write(joinDefaults(nodeNameFrom(machine.hostname)));
  return 0;
};

export const printResetDefaults: Print = async ({ ports }) => {
  ports.stdout.write(resetDefaults());
  return 0;
};

export const printUpgradeDefaults: Print = async ({ ports }) => {
  ports.stdout.write(upgradeDefaults());
  return 0;
};
