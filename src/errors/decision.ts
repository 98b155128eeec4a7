import { foreignText } from "./printable-text.ts";

declare const composed: unique symbol;

/** What only a person can decide. A decision is never one of the commands of a remedy. */
export type Decision = string & { readonly [composed]: true };

/** A step that deletes, resets, overwrites or forces. */
export interface DestructiveStep {
  /** Its row in the table of test/remedies/, which has the proof. */
  readonly id: string;
  /** Why nothing smaller helps: what this program has seen, or what only a person can know. Follows "because" or "only if". */
  readonly proof: { readonly seen: string } | { readonly decided: string };
  /** What to do, as an instruction without its full stop. */
  readonly act: string;
  /** What nobody gets back afterwards. */
  readonly lost: string;
}

/**
 * The one place that words advice which destroys. It names its proof before the step and the loss after it, so that
 * nobody can follow it without having read what it costs.
 */
export function lastResort({ proof, act, lost }: DestructiveStep): Decision {
  const reason = "seen" in proof ? `Because ${proof.seen}` : `Only if ${proof.decided}`;
  return `${reason}: ${act}. This loses ${lost}.` as Decision;
}

/** A remedy whose last steps destroy: what helps without a loss comes first. */
export function remedyBefore(first: string, ...steps: readonly DestructiveStep[]): string {
  return [first, ...steps.map(lastResort)].join(" ");
}

/** A choice between ways that destroy nothing. */
export function choice(text: string): Decision {
  return text as Decision;
}

/** As `foreignText`: names in it may be foreign. */
export function printableDecision(decision: Decision): Decision {
  return foreignText(decision) as Decision;
}
