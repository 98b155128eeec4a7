import { formatDuration } from "../../go/duration.ts";
import type { Output, Ports } from "../ports.ts";
import { fitted } from "./terminal.ts";

/** A wait to show, with the first of the texts that fits. */
interface ShownWait {
  /** At least one. */
  readonly texts: readonly string[];
  /**
   * The first text has to be read: if it does not fit, it is printed once above the line as soon as it has been true for
   * some seconds. Until then, as much of it is shown as fits.
   */
  readonly isReason?: true;
  readonly elapsedMs: number;
  readonly deadlineMs: number;
}

/** What is true for a moment is not worth a line that stays. */
const reasonAfterMs = 5_000;

/** The waits of a run. The terminal shows the wait that was reported last. */
export interface LiveLine {
  show(key: string, wait: ShownWait): void;
  /** Prints what has to be read during a wait, once. */
  tell(key: string, text: string): void;
  /** The wait is over. */
  end(key: string): void;
  /** All waits are over. */
  endAll(): void;
}

/** Returns a live line on a terminal. Its elapsed time is updated each second, also after other lines. */
export function liveLine(output: Output, everySecond: Ports["everySecond"]): LiveLine {
  const waits = new Map<string, ShownWait>();
  /** What was printed above the line, by the key of the wait. */
  const told = new Map<string, Set<string>>();
  /** When a reason was first shown, likewise, by the elapsed time of its wait. */
  const firstShown = new Map<string, Map<string, number>>();
  let stop: (() => void) | undefined;
  const tell = (key: string, text: string) => {
    const before = told.get(key) ?? new Set();
    if (before.has(text)) return;
    told.set(key, before.add(text));
    output.write(`${fitted(text, output.columns()).join("\n")}\n`);
  };
  const shownSince = (key: string, reason: string, nowMs: number) => {
    const times = firstShown.get(key) ?? new Map<string, number>();
    const since = times.get(reason) ?? nowMs;
    firstShown.set(key, times.set(reason, since));
    return since;
  };
  const draw = () => {
    const [key, last] = [...waits].at(-1) ?? [];
    if (key === undefined || last === undefined) return output.live(undefined);
    const [reason = ""] = last.texts;
    const isUnread = last.isReason === true && !fits(waitText(reason, last), output.columns());
    if (isUnread && last.elapsedMs - shownSince(key, reason, last.elapsedMs) >= reasonAfterMs) tell(key, reason);
    const isTold = told.get(key)?.has(reason) === true;
    output.live(liveText(isUnread && !isTold ? { ...last, texts: [reason] } : last, output.columns()));
  };
  const tick = () => {
    for (const [key, wait] of waits) waits.set(key, { ...wait, elapsedMs: wait.elapsedMs + 1_000 });
    draw();
  };
  const end = () => {
    if (waits.size > 0) return draw();
    stop?.();
    stop = undefined;
    output.live(undefined);
  };
  return {
    tell,
    show: (key, wait) => {
      // The last entry of the map is shown.
      waits.delete(key);
      waits.set(key, wait);
      stop ??= everySecond(tick);
      draw();
    },
    end: (key) => {
      told.delete(key);
      firstShown.delete(key);
      if (waits.delete(key)) end();
    },
    endAll: () => {
      told.clear();
      firstShown.clear();
      if (waits.size === 0) return;
      waits.clear();
      end();
    },
  };
}

/** Returns the text as it is written to a pipe. */
export function waitText(text: string, times: Times): string {
  return `${text} ${timesOf(times)}`;
}

/** Reports whether a line of the terminal has room for the text. */
function fits(text: string, columns: number | undefined): boolean {
  return columns === undefined || columns < 1 || widthOf(text) < columns;
}

/**
 * Returns the first text that takes fewer columns than the terminal has, so that it does not wrap, or what fits of the last
 * one. The elapsed time is never cut.
 */
export function liveText({ texts, ...wait }: ShownWait, columns: number | undefined): string {
  const wholes = texts.map((text) => waitText(text, wait));
  const fitting = wholes.find((whole) => fits(whole, columns));
  if (fitting !== undefined || columns === undefined) return fitting ?? "";
  const times = `… ${timesOf(wait)}`;
  const room = columns - 1 - widthOf(times);
  return room > 0 ? cut(texts.at(-1) ?? "", room) + times : cut(wholes.at(-1) ?? "", columns - 1);
}

type Times = Pick<ShownWait, "elapsedMs" | "deadlineMs">;

function timesOf({ elapsedMs, deadlineMs }: Times): string {
  return `(${formatDuration(Math.round(elapsedMs / 1_000) * 1_000)} of ${formatDuration(deadlineMs)})`;
}

/** Returns the beginning of a text, in at most this number of columns. */
function cut(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Returns the maximum number of columns of a text. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  return width;
}

/** Ranges of characters that are two columns wide: Hangul, CJK, kana, full-width forms, emojis. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x23ff],
  [0x2600, 0x27bf],
  [0x2b00, 0x2bff],
  [0x2e80, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2ff],
  [0x1f000, 0x1faff],
  [0x20000, 0x3fffd],
];

function isWide(codePoint: number): boolean {
  return codePoint >= 0x1100 && wide.some(([first, last]) => codePoint >= first && codePoint <= last);
}
