import type { Events } from "../../../events/events.ts";
import type { UpgradePlan } from "../../../events/upgrade-plan.ts";
import type { WritableMap } from "../../../go/yaml/write-yaml.ts";
import { upgradePlanFlags } from "../../../kubeadm/flags/upgrade-plan-flags.ts";
import { planUpgrade } from "../../../phases/upgrade/plan/plan-upgrade.ts";
import { shell } from "../../../values/shell.ts";
import { givenFlags } from "../../line/given-flags.ts";
import { objectPrinter } from "../../print/object-printer.ts";
import { printingRenderer } from "../../printing-session.ts";
import { asProse } from "../../render/terminal.ts";
import { runSession } from "../../session.ts";
import { workflowMachine } from "../machine.ts";
import type { PlanInvocation } from "./flags.ts";
import { outlookText } from "./plan-outlook.ts";
import { configurationsText, upgradeText } from "./plan-tables.ts";

/** Checks the cluster, and prints the versions to which it can be upgraded. */
export async function runPlan(invocation: PlanInvocation): Promise<number> {
  const { args, flags: values, ports } = invocation;
  const show = await objectPrinter<UpgradePlan>(invocation, { kind: "UpgradePlan", text: textPrinter(ports), fields });
  const isText = values.output === "text";
  const work = async (events: Events) => {
    const [{ workingDirectory, ...machine }, connectEtcd] = await Promise.all([
      workflowMachine(invocation),
      ports.connectEtcd(),
    ]);
    const flags = givenFlags(upgradePlanFlags, invocation, workingDirectory);
    const findsOutlook = isText || values.report !== "";
    show(await planUpgrade({ flags, args, findsOutlook }, { ...machine, connectEtcd, events, signal: ports.signal }));
  };
  return runSession(invocation, work, (redact) => printingRenderer(invocation, redact, { showsProgress: isText }));
}

/** Same as upstream, prints nothing on stdout if there is no upgrade. */
function textPrinter({ stdout, stderr, environment }: PlanInvocation["ports"]) {
  const inLines = (text: string) => asProse(text, stdout, environment);
  return ({ upgrades, configurations, outlook }: UpgradePlan) => {
    if (upgrades.length === 0)
      return stderr.write("[upgrade] No newer version was found: there is nothing to upgrade\n");
    stdout.write(upgrades.map(upgradeText).join("") + configurationsText(configurations));
    if (outlook === undefined) return;
    stdout.write(outlookText(outlook, inLines));
    // Upstream's command is far above, before all tables. Scripts look for it, and for one such line.
    if (stdout.isTerminal()) {
      const command = shell`kubeadm upgrade apply ${outlook.kubernetesVersion}`;
      stdout.write(`\n${inLines(`To make this upgrade, run \`${command}\` on this machine.`)}\n`);
    }
  };
}

function fields({ upgrades, configurations }: UpgradePlan): WritableMap {
  return {
    ...(upgrades.length === 0
      ? {}
      : {
          availableUpgrades: upgrades.map(({ description, components }) => ({
            description,
            components: components.map(({ nodeName, ...component }) => ({
              ...component,
              ...(nodeName === "" ? {} : { nodeName }),
            })),
          })),
        }),
    configVersions: configurations.map((state) => ({ ...state, manualUpgradeRequired: false })),
  };
}
