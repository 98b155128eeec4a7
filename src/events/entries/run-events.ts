import type { ErrorCode } from "../../errors/catalogue.ts";
import { oneLine } from "../../errors/printable-text.ts";
import { goQuote } from "../../go/quote.ts";
import { counted } from "../../values/counted.ts";
import type { ShellCommand } from "../../values/shell.ts";
import { type DownloadProgress, downloadText } from "../download-progress.ts";
import { commandText, event, text } from "../entry.ts";
import { inArea, type Line, log, progress } from "../line.ts";
import { rounded } from "./rounded.ts";

export interface Message {
  readonly area?: string;
  /** One line: a line break in it is shown as `\n`. */
  readonly message: string;
  /** Further lines of the message. */
  readonly more?: readonly string[];
}

export const runEvents = {
  "run.started": event<{ command: string; version: string }>({ command: text, version: text }, ({ command, version }) =>
    log(1, "run", `${command} (${version})`),
  ),

  "run.finished": event<{ durationMs: number }>({ durationMs: 1 }, ({ durationMs }) =>
    log(1, "run", `finished after ${rounded(durationMs)}`),
  ),

  "run.failed": event<{
    code: ErrorCode | "INTERNAL";
    message: string;
    /** The causes of the failure that the message does not mention. */
    causes: readonly string[];
    remedy: string;
    /** Facts in addition to the message; their names depend on the code. */
    details: Readonly<Record<string, unknown>>;
  }>({ code: "USAGE", message: text, causes: [text], remedy: text, details: { t: [text] } }, ({ code }) =>
    log(1, "run", `failed: ${code}`),
  ),

  /** Another run on this machine has to end first. `since`: RFC 3339. */
  "run.waiting": event<{ command: string; pid: number; since: string }>(
    { command: text, pid: 1, since: text },
    ({ command, pid, since }) =>
      progress("run", `Waiting for "kubeadm ${oneLine(command)}" (pid ${pid}, since ${oneLine(since)}) to end`),
  ),

  /** The run resumes an interrupted one. `phase`: the one that was not finished. `stoppedAt`: RFC 3339. */
  "run.resumed": event<{
    command: string;
    nodeName: string;
    target: string;
    stoppedAt: string;
    idleMs: number;
    phase?: string;
  }>(
    { command: text, nodeName: text, target: text, stoppedAt: text, idleMs: 1, phase: text },
    ({ command, nodeName, target, idleMs, phase }) =>
      progress(
        "run",
        `Continuing the ${command} of ${goQuote(nodeName)}${target === "" ? "" : ` to ${goQuote(target)}`} that stopped ${ago(idleMs)}${phase === undefined ? "" : ` in ${phase}`}`,
      ),
  ),

  "phase.started": event<{ summary: string }>({ summary: text }, (event) =>
    log(1, "phase", `${event.phase ?? ""}: started (${event.summary})`),
  ),

  "phase.finished": event<{ durationMs: number }>({ durationMs: 1 }, (event) =>
    log(1, "phase", `${event.phase ?? ""}: finished after ${rounded(event.durationMs)}`),
  ),

  "phase.failed": event<{ durationMs: number; code: ErrorCode | "INTERNAL" }>(
    { durationMs: 1, code: "USAGE" },
    (event) => log(1, "phase", `${event.phase ?? ""}: failed after ${rounded(event.durationMs)}`),
  ),

  /** `reason`: "skip-phases" or the condition that does not hold. */
  "phase.skipped": event<{ reason: string }>({ reason: text }, (event) =>
    log(1, "phase", `${event.phase ?? ""}: skipped (${event.reason})`),
  ),

  /**
   * Emitted when a pull begins, ends or is retried, and every second if the runtime tells how far it is. `pulling`: the
   * images whose pulls are under way.
   */
  "images.progress": event<{
    present: number;
    total: number;
    pulling: readonly string[];
    /** What the runtime has downloaded of these images, as far as it has begun to. */
    download?: DownloadProgress;
    /** Why the last attempt failed, while it is repeated. */
    reason?: string;
    elapsedMs: number;
    deadlineMs: number;
  }>(
    {
      present: 1,
      total: 2,
      pulling: [text, text],
      download: { bytes: 1, totalBytes: 2, leftMs: 1 },
      reason: text,
      elapsedMs: 1,
      deadlineMs: 1,
    },
    // Only a terminal shows it: elsewhere `wait.progress` reports a long pull.
    ({ elapsedMs, deadlineMs, ...progress }) => [
      { kind: "live", key: "images", texts: imagesTexts(progress), elapsedMs, deadlineMs },
    ],
  ),

  /**
   * A wait continues: `what` it waits for, and why it is not over. Emitted when the reason changes and every 10 s.
   * `group`: "images" for pulls, which `images.progress` reports as well.
   */
  "wait.progress": event<{
    what: string;
    reason: string;
    elapsedMs: number;
    deadlineMs: number;
    group?: "images";
    /** Someone else has to end the wait: `wait.action` says how. */
    needsAction?: true;
  }>(
    { what: text, reason: text, elapsedMs: 1, deadlineMs: 1, group: "images", needsAction: true },
    ({ what, reason, elapsedMs, deadlineMs, group }) => {
      const wait = { key: group ?? what, text: `[wait] ${what}: ${reason}`, elapsedMs, deadlineMs };
      return [
        group === undefined ? { kind: "wait", short: `[wait] ${what}`, ...wait } : { kind: "unseen-wait", ...wait },
      ];
    },
  ),

  /**
   * What someone else has to do before the wait can end. Emitted once, after a `wait.progress` with the same reason,
   * and again only if something else has to be done.
   */
  "wait.action": event<{
    what: string;
    reason: string;
    /** One or two sentences. */
    action: string;
    /** Commands that do it, or that show more. */
    commands: readonly ShellCommand[];
  }>({ what: text, reason: text, action: text, commands: [commandText] }, ({ what, reason, action, commands }) => [
    // Elsewhere, the progress before has just said it.
    { kind: "beside-live", key: what, text: `[wait] ${what}: ${reason}` },
    { kind: "notice", text: `[wait] ${action}`, isProse: true },
    ...commands.map((command): Line => ({ kind: "notice", text: `[wait]   ${command}` })),
  ]),

  /** A wait that was reported with `wait.progress` is over, whether it succeeded or not. */
  "wait.finished": event<{ what: string; durationMs: number }>({ what: text, durationMs: 1 }, ({ what }) => [
    { kind: "live", key: what, texts: [], elapsedMs: 0, deadlineMs: 0 },
  ]),

  /** The page of --report was written to its file. */
  "report.written": event<{ path: string }>({ path: text }, ({ path }) => [
    { kind: "notice", text: `[report] Wrote the report to ${goQuote(path)}` },
  ]),

  /** Upstream's klog warnings: always on stderr. */
  warning: event<
    Message & {
      /** Of the error catalogue, where the warning is a failure that does not end the run. */
      readonly code?: ErrorCode;
    }
  >({ area: text, message: text, more: [`\t${text}`], code: "USAGE" }, ({ area, message, code, more = [] }) => [
    { kind: "warning", text: inArea(area, code === undefined ? message : `${message} (${code})`) },
    ...more.map((text) => ({ kind: "notice", text }) as const),
  ]),

  /** Upstream's klog information: on stderr from verbosity `level` on. */
  log: event<Message & { readonly level: number }>(
    { level: 1, area: text, message: text, more: [`\t${text}`] },
    ({ level, area = "", message, more }) => [{ kind: "log", level, area, text: inArea(area, message), more }],
  ),
};

interface ImagesProgress {
  readonly present: number;
  readonly total: number;
  readonly pulling: readonly string[];
  readonly download?: DownloadProgress;
  readonly reason?: string;
}

/** Returns the texts of the live line, with ever less of what a narrow terminal has no room for; none after the last pull. */
function imagesTexts({ present, total, pulling, download, reason }: ImagesProgress): readonly string[] {
  if (pulling.length === 0) return [];
  const count = `[wait] ${present} of ${total} images`;
  const bytes = download === undefined ? "" : `, ${downloadText(download)}`;
  const rest = `${bytes}${reason === undefined ? "" : `, retrying after: ${reason}`}`;
  const names = pulling.map((image) => image.slice(image.lastIndexOf("/") + 1));
  return [
    `${count}: pulling ${listed(pulling)}${rest}`,
    `${count}: pulling ${listed(names)}${rest}`,
    `${count}${rest}`,
  ];
}

/** Returns a short list for a line on a terminal: "a and 2 more". */
function listed([first = "", ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** Returns the age of a time in its largest unit: "4 minutes ago". */
function ago(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [count, unit] =
    seconds < 60
      ? [seconds, "second"]
      : seconds < 3600
        ? [Math.round(seconds / 60), "minute"]
        : seconds < 2 * 86_400
          ? [Math.round(seconds / 3600), "hour"]
          : [Math.round(seconds / 86_400), "day"];
  return `${counted(count, unit, `${unit}s`)} ago`;
}
