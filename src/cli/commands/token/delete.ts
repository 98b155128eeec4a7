import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { tokenFormInGo } from "../../../kubeadm/config/fields/bootstrap-token.ts";
import { deleteToken, tokenIdFormInGo, tokenIdOf } from "../../../kubeadm/tokens/delete-token.ts";
import { withTokenCluster } from "./cluster.ts";
import type { TokenInvocation } from "./flags.ts";

/** Deletes one token after the other; the first failure ends it. */
export async function runTokenDelete(invocation: TokenInvocation): Promise<number> {
  const { args, ports } = invocation;
  if (args.length === 0) {
    const forms = `${goQuote(tokenFormInGo)} or ${goQuote(tokenIdFormInGo)}`;
    throw new KubeadmError("USAGE", `missing argument; 'token delete' is missing token of form ${forms}`, {
      remedy: "`kubeadm token list` shows the existing tokens.",
    });
  }
  return withTokenCluster(invocation, async ({ cluster }) => {
    for (const word of args) {
      const id = tokenIdOf(word);
      await deleteToken(id, cluster, ports);
      ports.stdout.write(`bootstrap token ${goQuote(id)} deleted\n`);
    }
  });
}
