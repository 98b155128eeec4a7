import { describe, it } from "vitest";

/** One promise of a port: throws when the adapter does not keep it. */
export type Case<Subject> = (subject: Subject) => Promise<void>;

/** What a contract is run against. */
export interface Adapter<Subject> {
  readonly name: string;
  /** A fresh subject for each case; `dispose` undoes what making it has done. */
  make(): Promise<Subject & { dispose?(): Promise<void> }>;
  /** Names of cases that the adapter cannot keep by its nature, with the reason. */
  readonly exceptions?: Readonly<Record<string, string>>;
}

/** A suite that any adapter of the port can be put through. */
export function contract<Subject>(
  port: string,
  cases: Readonly<Record<string, Case<Subject>>>,
): (adapter: Adapter<Subject>) => void {
  return ({ name: adapter, make, exceptions = {} }) => {
    for (const exception of Object.keys(exceptions)) {
      if (!(exception in cases))
        throw new Error(`${port} has no case ${JSON.stringify(exception)} to except ${adapter} from`);
    }
    describe(`${port}: ${adapter}`, () => {
      for (const [title, check] of Object.entries(cases)) {
        const exception = exceptions[title];
        const name = exception === undefined ? title : `${title} [not for this adapter: ${exception}]`;
        it.skipIf(exception !== undefined)(name, async () => {
          const subject = await make();
          try {
            await check(subject);
          } finally {
            await subject.dispose?.();
          }
        });
      }
    });
  };
}
