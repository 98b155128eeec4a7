import { formatDuration } from "../../go/duration.ts";
import type { Output, Ports } from "../ports.ts";

/** A wait to show. `text` has what it waits for, and the reason why it continues. */
interface ShownWait {
  readonly text: string;
  /** Shown instead where the text does not fit. */
  readonly short?: string;
  readonly elapsedMs: number;
  readonly deadlineMs: number;
}

/** The waits of a run. The terminal shows the wait that was reported last. */
export interface LiveLine {
  show(key: string, wait: ShownWait): void;
  /** The wait is over. */
  end(key: string): void;
  /** All waits are over. */
  endAll(): void;
}

/** Returns a live line on a terminal. Its elapsed time is updated each second, also after other lines. */
export function liveLine(output: Output, everySecond: Ports["everySecond"]): LiveLine {
  const waits = new Map<string, ShownWait>();
  let stop: (() => void) | undefined;
  const draw = () => {
    const last = [...waits.values()].at(-1);
    output.live(last === undefined ? undefined : liveText(last, output.columns()));
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
    show: (key, wait) => {
      // The last entry of the map is shown.
      waits.delete(key);
      waits.set(key, wait);
      stop ??= everySecond(tick);
      draw();
    },
    end: (key) => {
      if (waits.delete(key)) end();
    },
    endAll: () => {
      if (waits.size === 0) return;
      waits.clear();
      end();
    },
  };
}

/** Returns the whole text, as it is also written to a pipe. */
export function waitText({ text, elapsedMs, deadlineMs }: ShownWait): string {
  return `${text} ${timesOf({ elapsedMs, deadlineMs })}`;
}

/** Returns the text in fewer columns than the terminal has, so that it does not wrap. The elapsed time is never cut. */
export function liveText(wait: ShownWait, columns: number | undefined): string {
  const whole = waitText(wait);
  if (columns === undefined || columns < 1 || widthOf(whole) < columns) return whole;
  const { short, ...rest } = wait;
  if (short !== undefined) return liveText({ ...rest, text: short }, columns);
  const times = `… ${timesOf(wait)}`;
  const room = columns - 1 - widthOf(times);
  return room > 0 ? cut(wait.text, room) + times : cut(whole, columns - 1);
}

function timesOf({ elapsedMs, deadlineMs }: Pick<ShownWait, "elapsedMs" | "deadlineMs">): string {
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
