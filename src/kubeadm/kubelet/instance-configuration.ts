import { goQuote } from "../../go/quote.ts";

/** instance-config.yaml: what is true for this machine alone, applied over the cluster's kubelet configuration. */
export function instanceConfiguration(criSocket: string): string {
  return `containerRuntimeEndpoint: ${goQuote(criSocket)}\n`;
}
