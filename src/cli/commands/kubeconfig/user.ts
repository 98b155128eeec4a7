import { formatDuration } from "../../../go/duration.ts";
import { userKubeconfig } from "../../../kubeadm/kubeconfig/user-kubeconfig.ts";
import { newIssuance } from "../../../phases/issuance.ts";
import { printingEvents } from "../../printing-session.ts";
import { configuredNode } from "../configured-node.ts";
import { machineOf } from "../machine.ts";
import type { UserInvocation } from "./flags.ts";

/** Prints the kubeconfig, and an empty line as upstream does. */
export async function printUserKubeconfig(invocation: UserInvocation): Promise<number> {
  const { flags, ports } = invocation;
  const [host, events] = [await machineOf(invocation), printingEvents(invocation)];
  const node = await configuredNode(flags.config, { host, events, invocation });
  const validityMs = flags["validity-period"];
  const recommendedMs = node.cluster.certificateValidityPeriod;
  if (validityMs > recommendedMs) {
    const periods = `${formatDuration(validityMs)} is longer than the default duration ${formatDuration(recommendedMs)}`;
    const message = `WARNING: the specified certificate validity period ${periods}, this may increase security risks.`;
    events.emit("warning", { message });
  }
  const { token } = flags;
  const text = await userKubeconfig(
    {
      clientName: flags["client-name"],
      organizations: flags.org,
      validityMs,
      ...(token.reveal() === "" ? {} : { token }),
    },
    node,
    { ...newIssuance(node, host, ports.signal), files: host.files, events },
  );
  ports.stdout.write(`${text}\n`);
  return 0;
}
