import type { Secret } from "../errors/secret.ts";

/**
 * One line to print, and its output. Line breaks in its text are printed as `\n`: a rule that prints several lines returns
 * several of these.
 */
export type Line =
  | { readonly kind: "progress"; readonly text: string }
  /** Progress that is colored where the terminal can do that. */
  | { readonly kind: "painted"; readonly parts: readonly Painted[] }
  /** Progress that shows a secret on purpose, line breaks included. */
  | { readonly kind: "disclosure"; readonly text: Secret }
  /** A question. The user types the answer on the same line. */
  | { readonly kind: "question"; readonly text: string }
  /** On stderr, as it is. */
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "warning"; readonly text: string }
  /** A klog line, shown from verbosity `level` on; --vmodule patterns are matched against `area`. */
  | {
      readonly kind: "log";
      readonly level: number;
      readonly area: string;
      readonly text: string;
      /** Further lines, without klog's head. */
      readonly more?: readonly string[] | undefined;
    }
  /**
   * The progress of a wait: the live line of a terminal, a line for each report on other outputs. `short` is enough for a
   * terminal where the text does not fit, because the rest was printed above.
   */
  | ({ readonly kind: "wait"; readonly text: string; readonly short?: string } & Wait)
  /** Printed only where a live line is shown, which may not have room for it. */
  | { readonly kind: "beside-live"; readonly text: string }
  /** Shown only as the live line of a terminal; without a text, the wait is over. */
  | ({ readonly kind: "live"; readonly text: string | undefined } & Wait);

export interface Wait {
  /** Identifies the wait; a later line with the same key replaces this one. */
  readonly key: string;
  readonly elapsedMs: number;
  readonly deadlineMs: number;
}

export type Color = "white" | "green" | "red" | "yellow";
export interface Painted {
  readonly color?: Color;
  readonly text: string;
}

export function progress(area: string, text: string): readonly Line[] {
  return [{ kind: "progress", text: inArea(area, text) }];
}

export function log(level: number, area: string, text: string): readonly Line[] {
  return [{ kind: "log", level, area, text: inArea(area, text) }];
}

export function inArea(area: string | undefined, text: string): string {
  return area === undefined || area === "" ? text : `[${area}] ${text}`;
}
