import { foreignText } from "../../../errors/printable-text.ts";
import type { WritableMap } from "../../../go/yaml/write-yaml.ts";
import { type ClusterToken, timeText } from "../../../kubeadm/tokens/cluster-token.ts";
import { tokenText } from "../../../kubeadm/tokens/generate-token.ts";
import { listTokens } from "../../../kubeadm/tokens/list-tokens.ts";
import { objectPrinter } from "../../print/object-printer.ts";
import { withTokenCluster } from "./cluster.ts";
import type { TokenListInvocation } from "./flags.ts";
import { tokenTable } from "./table.ts";

/** Prints the tokens of the cluster; Secrets that aren't tokens are named on stderr and skipped. */
export function runTokenList(invocation: TokenListInvocation): Promise<number> {
  const { ports } = invocation;
  return withTokenCluster(invocation, async ({ cluster, host }) => {
    const table = tokenTable(host.clock.now());
    const print = await objectPrinter<ClusterToken>(invocation, {
      kind: "BootstrapToken",
      text: (token) => ports.stdout.write(table(token)),
      fields: tokenFields,
    });
    const { problems, tokens } = await listTokens(cluster, ports);
    // Upstream ends these lines with nothing at all, so that several run into one.
    for (const problem of problems) ports.stderr.write(`${foreignText(problem)}\n`);
    for (const token of tokens) print(token);
  });
}

function tokenFields({ description, expires, groups, token, usages }: ClusterToken): WritableMap {
  return {
    token: tokenText(token).reveal(),
    ...(description === "" ? {} : { description }),
    ...(expires === undefined ? {} : { expires: timeText(expires) }),
    ...(usages.length === 0 ? {} : { usages }),
    ...(groups.length === 0 ? {} : { groups }),
  };
}
