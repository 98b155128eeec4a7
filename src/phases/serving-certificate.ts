import type { Host } from "../host/host.ts";
import type { Arg } from "../kubeadm/config/fields/node-registration.ts";
import { type ServingCertificatePorts, warnOfServingCertificate } from "../kubeadm/kubelet/serving-certificate.ts";
import type { Fact } from "../workflow/fact.ts";
import type { RunOutsidePhases } from "../workflow/run.ts";

/** What the contexts of init and join have in common. */
interface NodeContext {
  readonly host: Host;
  readonly options: {
    readonly configuration: { readonly nodeRegistration: { readonly kubeletExtraArgs: readonly Arg[] } };
  };
}

/** Warns at the end of a run if the kubelet's request for a serving certificate waits for approval. */
export async function checkServingCertificate<Context extends NodeContext>(
  reader: Fact<Context, Pick<ServingCertificatePorts, "administrator">>,
  { context, events, signal, value }: RunOutsidePhases<Context>,
): Promise<void> {
  const { host, options } = context;
  const ports = { files: host.files, events, signal, ...(await value(reader)) };
  await warnOfServingCertificate(options.configuration.nodeRegistration.kubeletExtraArgs, ports);
}
