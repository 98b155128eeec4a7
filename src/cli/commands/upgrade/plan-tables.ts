import { oneLine } from "../../../errors/printable-text.ts";
import type { ComponentPlan, ComponentVersionState, PlannedUpgrade } from "../../../events/upgrade-plan.ts";
import { tabulate } from "../../../go/tabwriter.ts";

const head = ["COMPONENT", "NODE", "CURRENT", "TARGET"] as const;
const separator = `${"_".repeat(69)}\n\n`;

/** Returns upstream's text for one upgrade. */
export function upgradeText({ description, command, components }: PlannedUpgrade): string {
  const kubeadm = components.find(({ name }) => name === "kubeadm");
  const isKubelet = ({ name }: ComponentPlan) => name === "kubelet";
  const isListed = (component: ComponentPlan) => !isKubelet(component) && component.name !== "kubeadm";
  const note =
    kubeadm === undefined || kubeadm.currentVersion === kubeadm.newVersion
      ? ""
      : `Note: Before you can perform this upgrade, you have to update kubeadm to ${oneLine(kubeadm.newVersion)}.\n\n`;
  return `Components that must be upgraded manually after you have upgraded the control plane with 'kubeadm upgrade apply':
${tabulate([head, ...components.filter(isKubelet).map(rowOf)])}
Upgrade to the latest ${oneLine(description)}:

${tabulate([head, ...components.filter(isListed).map(rowOf)])}
You can now apply the upgrade by executing the following command:

\t${oneLine(command)}

${note}${separator}`;
}

function rowOf({ name, nodeName, currentVersion, newVersion }: ComponentPlan): readonly string[] {
  return [name, nodeName, currentVersion, newVersion];
}

/** Returns upstream's text for the component configurations. */
export function configurationsText(states: readonly ComponentVersionState[]): string {
  const rows = states.map(({ group, currentVersion, preferredVersion }) => [
    group,
    currentVersion || "-",
    preferredVersion || "-",
    "no",
  ]);
  return `
The table below shows the current state of component configs as understood by this version of kubeadm.
Configs that have a "yes" mark in the "MANUAL UPGRADE REQUIRED" column require manual config upgrade or
resetting to kubeadm defaults before a successful upgrade can be performed. The version to manually
upgrade to is denoted in the "PREFERRED VERSION" column.

${tabulate([["API GROUP", "CURRENT VERSION", "PREFERRED VERSION", "MANUAL UPGRADE REQUIRED"], ...rows])}${separator}`;
}
