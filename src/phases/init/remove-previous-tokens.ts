import { orElse } from "../../async/or-else.ts";
import { isNotFound } from "../../cluster/cluster.ts";
import { secrets } from "../../cluster/resources.ts";
import type { ClusterWritePorts } from "../../kubeadm/cluster-objects/write-objects.ts";
import { tokenNamespace, tokenSecretName } from "../../kubeadm/tokens/cluster-token.ts";
import type { Run } from "../../workflow/fact.ts";
import type { InitContext } from "./context.ts";

/**
 * Removes the bootstrap tokens of the interrupted run that this one continues: nobody knows their secrets, as the
 * journal does not have them, and this run makes its own.
 */
export async function removePreviousTokens({ context }: Run<InitContext>, ports: ClusterWritePorts): Promise<void> {
  const { record, options } = context;
  const current = options.configuration.bootstrapTokens.map(({ token }) => tokenSecretName(token.id));
  const { cluster, signal } = ports;
  for (const object of record?.resumed?.journal.objects ?? []) {
    if (object.kind !== "Secret" || current.includes(object.name)) continue;
    const secret = { namespace: tokenNamespace, name: object.name };
    await orElse(undefined, isNotFound, () => cluster.delete(secrets, secret, { signal }));
    record?.notes.removed(object);
  }
}
