import { isKubeadmError, KubeadmError, messageOf } from "../errors/kubeadm-error.ts";
import { foreignText } from "../errors/printable-text.ts";
import { Secret } from "../errors/secret.ts";
import type { Events } from "../events/events.ts";
import { eventsTo } from "../events/events.ts";
import type { Flags } from "../kubeadm/flags/flag.ts";
import { programName, programVersion } from "../kubeadm/version.ts";
import { exitStatusOf } from "./interruption.ts";
import type { Invocation } from "./line/command.ts";
import { causesOf } from "./render/error-text.ts";
import { ndjsonRenderer } from "./render/ndjson.ts";
import { redactor } from "./render/redact.ts";
import type { Renderer } from "./render/renderer.ts";
import { textRenderer } from "./render/text.ts";

/**
 * Does a command's work between `run.started` and `run.finished` or `run.failed`, shown as --output says, and gives the
 * exit status.
 */
export async function runSession(
  invocation: Invocation<Flags>,
  work: (events: Events) => Promise<void>,
): Promise<number> {
  const renderer = rendererFor(invocation);
  const events = eventsTo(renderer.event, () => new Date());
  const started = performance.now();
  events.emit("run.started", { command: invocation.path, version: `${programName} ${programVersion}` });
  try {
    await work(events);
    events.emit("run.finished", { durationMs: performance.now() - started });
    return 0;
  } catch (error) {
    events.emit("run.failed", failureOf(error));
    renderer.failure(error);
    return exitStatusOf(error);
  }
}

function failureOf(error: unknown) {
  if (isKubeadmError(error)) {
    const { code, message, remedy, details } = error;
    return { code, message, causes: causesOf(error), remedy, details };
  }
  const remedy = "This is a defect of the program: report it with the lines on stderr.";
  return { code: "INTERNAL", message: foreignText(messageOf(error)), causes: [], remedy, details: {} } as const;
}

function rendererFor({ flags, global, ports }: Invocation<Flags>): Renderer {
  const redact = redactor(Object.values(flags).filter((value): value is Secret => value instanceof Secret));
  const { stdout, stderr, environment, pid, localTime } = ports;
  switch (flags["output"]) {
    case "text":
      return textRenderer({
        stdout,
        stderr,
        environment,
        pid,
        localTime,
        redact,
        verbosity: { level: global.v, areas: global.vmodule },
      });
    case "json":
      return ndjsonRenderer({ stdout, stderr, redact });
    default:
      throw new KubeadmError("USAGE", `invalid output format: ${String(flags["output"])}`, {
        remedy: "Use --output text or --output json.",
      });
  }
}
