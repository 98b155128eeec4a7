import type { Secret } from "../../errors/secret.ts";
import { tokenText } from "../../kubeadm/tokens/generate-token.ts";
import { joinCommandLine, withheld } from "../../kubeadm/tokens/join-command.ts";
import { defined } from "../../values/defined.ts";
import type { Run } from "../../workflow/fact.ts";
import type { InitContext } from "./context.ts";
import { adminKubeconfig, certificateKey } from "./facts.ts";

/**
 * The command lines that join other machines with one bootstrap token. They are Secrets because they contain the token.
 */
export interface JoinCommands {
  /** Joins a worker. */
  readonly worker: Secret;
  /**
   * Joins a control plane. Only if the cluster has a controlPlaneEndpoint; with --certificate-key if certificates were
   * uploaded, or the configuration names a key.
   */
  readonly controlPlane?: Secret;
}

/** Which secrets to replace with "<value withheld>". */
export interface Withheld {
  readonly token: boolean;
  readonly certificateKey: boolean;
}

/** Returns the commands for each bootstrap token of the configuration, in its order. */
export async function joinCommands(
  run: Pick<Run<InitContext>, "context" | "value">,
  { token: hidesToken, certificateKey: hidesKey }: Withheld = { token: false, certificateKey: false },
): Promise<readonly JoinCommands[]> {
  const { options } = run.context;
  const path = options.kubeconfigPath;
  const kubeconfig = await run.value(adminKubeconfig);
  const controlPlane = await controlPlaneJoin(run, hidesKey);
  return options.configuration.bootstrapTokens.map((spec) => {
    const token = hidesToken ? withheld : tokenText(spec.token);
    const worker = joinCommandLine(kubeconfig, { token, path });
    if (controlPlane === undefined) return { worker };
    return { worker, controlPlane: joinCommandLine(kubeconfig, { token, path, controlPlane }) };
  });
}

/** Additional control planes need a shared address; without a controlPlaneEndpoint they cannot join. */
async function controlPlaneJoin({ context, value }: Pick<Run<InitContext>, "context" | "value">, hidesKey: boolean) {
  const { options } = context;
  if (options.cluster.controlPlaneEndpoint === "") return undefined;
  // Without an upload a key of the user's own is shown, same as upstream, and withheld even if there is none.
  if (hidesKey) return { certificateKey: withheld };
  if (options.uploadCerts) return { certificateKey: await value(certificateKey) };
  return defined({ certificateKey: options.configuration.certificateKey });
}
