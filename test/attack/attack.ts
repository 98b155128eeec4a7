import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programCopy } from "../support/join/program-copy.ts";

/** What the attacker has at hand. */
export interface Target {
  /** Path of a copy of the compiled program that every user may run. */
  readonly program: string;
}

export interface AttackResult {
  /** Whether the weapon was really used: the server was asked, the file was read, the race was run. */
  readonly carriedOut: boolean;
  /** What the attacker got, in words; undefined where that is nothing. */
  readonly won?: string | undefined;
}

/** One thing that an attacker tries against the compiled program. */
export interface Attack {
  /** A sentence without its subject, the attacker: "answers with a chain of another CA". */
  readonly name: string;
  /** What this machine lacks for it, such as "root" or a Debian package; the attack is then skipped. */
  readonly lacks?: string | undefined;
  readonly timeoutMs?: number;
  readonly run: (target: Target) => Promise<AttackResult>;
}

export interface AttackOptions {
  /** For attacks that mostly wait, and do not keep the processor that the servers of the others need. */
  readonly sideBySide?: boolean;
}

/**
 * Declares a test for each attack of one attacker, which passes only where the attack was carried out and won nothing.
 * `aim` says what all of them are after: "read keys". `npm run attack` makes its table of these tests: it knows attacker and
 * aim by the group's name, and what was won by the failure's message.
 */
export function attacksBy(
  attacker: string,
  aim: string,
  attacks: readonly Attack[],
  { sideBySide = false }: AttackOptions = {},
): void {
  describe(`${attacker}: ${aim}`, () => {
    let program: ReturnType<typeof programCopy>;
    beforeAll(() => {
      program = programCopy();
    }, 300_000);
    afterAll(() => program[Symbol.dispose]());

    for (const { name, lacks, timeoutMs = 180_000, run } of attacks) {
      test.skipIf(lacks !== undefined)(
        lacks === undefined ? name : `${name} [needs ${lacks}]`,
        { concurrent: sideBySide, timeout: timeoutMs },
        async () => {
          const { carriedOut, won } = await run({ program: program.path });
          if (won !== undefined) expect.fail(`won: ${won}`);
          expect(carriedOut, "the attack itself was not carried out").toBe(true);
        },
      );
    }
  });
}
