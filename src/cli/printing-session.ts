import { Secret } from "../errors/secret.ts";
import { type Events, eventsTo } from "../events/events.ts";
import type { Flags } from "../kubeadm/flags/flag.ts";
import type { Invocation } from "./line/command.ts";
import { redactor } from "./render/redact.ts";
import { textRenderer } from "./render/text.ts";

/**
 * Events of a command whose result is what it prints, not how its run went: warnings, log lines and dry-run lines go to
 * people as everywhere, and nothing else of them is seen.
 */
export function printingEvents({ flags, global, ports }: Invocation<Flags>): Events {
  const secrets = Object.values(flags).filter((value): value is Secret => value instanceof Secret);
  const { stdout, stderr, environment, pid, localTime } = ports;
  const renderer = textRenderer({
    stdout,
    stderr,
    environment,
    pid,
    localTime,
    redact: redactor(secrets),
    verbosity: { level: global.v, areas: global.vmodule },
  });
  return eventsTo(renderer.event, () => new Date());
}
