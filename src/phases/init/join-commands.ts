import type { Secret } from "../../errors/secret.ts";
import { tokenText } from "../../kubeadm/tokens/generate-token.ts";
import { joinCommandLine, withheld } from "../../kubeadm/tokens/join-command.ts";
import type { Run } from "../../workflow/fact.ts";
import type { InitContext } from "./context.ts";
import { adminKubeconfig, certificateKey } from "./facts.ts";

/** The command lines that join other machines by one bootstrap token. */
export interface JoinCommands {
  readonly worker: Secret;
  /** Only where there is an endpoint for several control planes; without a key where no certificates were uploaded. */
  readonly controlPlane?: Secret;
}

/** Which secrets are not to be in the lines: "<value withheld>" stands in their place. */
export interface Withheld {
  readonly token: boolean;
  readonly certificateKey: boolean;
}

/** One for each bootstrap token of the configuration, in its order. */
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

/** Further control planes need an address that stands for all of them; without one there is nothing to join them to. */
async function controlPlaneJoin({ context, value }: Pick<Run<InitContext>, "context" | "value">, hidesKey: boolean) {
  const { options } = context;
  if (options.cluster.controlPlaneEndpoint === "") return undefined;
  if (!options.uploadCerts) return {};
  return { certificateKey: hidesKey ? withheld : await value(certificateKey) };
}
