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
  /** On stderr. `tag` is how the text begins, in its color; `isProse`: a terminal may break the text between words. */
  | { readonly kind: "notice"; readonly text: string; readonly tag?: Painted; readonly isProse?: true }
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
   * The progress of a wait: the live line of a terminal, a line for each report on other outputs. Where the text does not
   * fit the terminal, it is printed once above the live line, which then has `short`.
   */
  | ({ readonly kind: "wait"; readonly text: string; readonly short: string } & Wait)
  /** The same for other outputs than a terminal with a live line, which other lines tell the same. */
  | ({ readonly kind: "unseen-wait"; readonly text: string } & Wait)
  /** Printed above a live line, if the text was not printed there before. */
  | { readonly kind: "beside-live"; readonly key: string; readonly text: string }
  /**
   * Shown only as the live line of a terminal: the first of the texts that fits. Without a text, the wait is over.
   */
  | ({ readonly kind: "live"; readonly texts: readonly string[] } & Wait);

export interface Wait {
  /** Identifies the wait; a later line with the same key replaces this one. */
  readonly key: string;
  readonly elapsedMs: number;
  readonly deadlineMs: number;
}

export type Color = "green" | "red" | "yellow";
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
