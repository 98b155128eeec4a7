import { type JoinClusterOptions, type JoinResult, joinCluster } from "kubeadm-ts";
import { JoinSpans } from "./join-spans.ts";
import { logLine } from "./log-line.ts";

/** Joins as `joinCluster` does, and throws what it throws. Each event becomes a line for `log`, and part of a span. */
export async function observedJoin(options: JoinClusterOptions, log: (line: string) => void): Promise<JoinResult> {
  const spans = new JoinSpans({ "server.address": options.flags.apiServerEndpoint ?? "" });
  try {
    const result = await joinCluster({
      ...options,
      onEvent: (event) => log(logLine(event, spans.record(event))),
    });
    spans.end();
    return result;
  } catch (error) {
    spans.end(error);
    throw error;
  }
}
