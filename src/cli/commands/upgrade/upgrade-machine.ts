import type { Flags } from "../../../kubeadm/flags/flag.ts";
import type { UpgradePorts } from "../../../phases/upgrade/run-upgrade.ts";
import type { Invocation } from "../../line/command.ts";
import { type WorkflowMachine, workflowMachine } from "../machine.ts";

/** Returns what `upgrade apply` and `upgrade node` reach of the machine and the user. */
export async function upgradeMachine(
  invocation: Invocation<Flags>,
): Promise<Omit<UpgradePorts, "events"> & Pick<WorkflowMachine, "workingDirectory">> {
  const { ports } = invocation;
  const [machine, connectEtcd] = await Promise.all([workflowMachine(invocation), ports.connectEtcd()]);
  return { ...machine, connectEtcd, readLine: (signal) => ports.readLine(signal), signal: ports.signal };
}
