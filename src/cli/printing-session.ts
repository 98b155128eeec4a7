import { Secret } from "../errors/secret.ts";
import { type Events, eventsTo } from "../events/events.ts";
import type { Flags } from "../kubeadm/flags/flag.ts";
import type { Invocation } from "./line/command.ts";
import type { Output } from "./ports.ts";
import { type Redact, redactor } from "./render/redact.ts";
import type { Renderer } from "./render/renderer.ts";
import { textRenderer } from "./render/text.ts";

/**
 * Events of a command whose result is what it prints, not how its run went: warnings, log lines and dry-run lines go to
 * people as everywhere, and nothing else of them is seen.
 */
export function printingEvents(invocation: Invocation<Flags>): Events {
  const renderer = printingRenderer(invocation, redactor(secretsOf(invocation)));
  return eventsTo(renderer.event, () => new Date());
}

/** Prints events for people. Without `showsProgress`, standard output has the result of the command alone. */
export function printingRenderer(
  { global, ports }: Invocation<Flags>,
  redact: Redact,
  { showsProgress = true } = {},
): Renderer {
  const { stdout, stderr, environment, pid, localTime, everySecond } = ports;
  return textRenderer({
    stdout: showsProgress ? stdout : withoutText(stdout),
    stderr,
    environment,
    pid,
    localTime,
    everySecond,
    redact,
    verbosity: { level: global.v, areas: global.vmodule },
  });
}

function withoutText(output: Output): Output {
  return { ...output, write: () => undefined, control: () => undefined };
}

/** The secrets of a command line, which are never shown. */
export function secretsOf({ flags }: Invocation<Flags>): readonly Secret[] {
  return Object.values(flags).filter((value): value is Secret => value instanceof Secret);
}
