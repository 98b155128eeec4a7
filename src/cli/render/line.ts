import type { Secret } from "../../errors/secret.ts";

/**
 * One line for a reader, and where it goes. It is one, whatever its text holds: line breaks in it are shown as `\n`, so
 * that a rule with several lines to show gives several of these.
 */
export type Line =
  | { readonly kind: "progress"; readonly text: string }
  /** Progress that is colored where the terminal can do that. */
  | { readonly kind: "painted"; readonly parts: readonly Painted[] }
  /** Progress that shows a secret on purpose, line breaks included. */
  | { readonly kind: "disclosure"; readonly text: Secret }
  /** The answer is typed behind it, in the same line. */
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
  /** What a wait waits for; the next one may take its place. */
  | { readonly kind: "wait"; readonly text: string };

export type Color = "white" | "green" | "red" | "yellow";
export interface Painted {
  readonly color?: Color;
  readonly text: string;
}
