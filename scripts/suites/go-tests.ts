/** One test of a suite of upstream's. */
export interface SuiteTest {
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  /** What a failed test printed, or why one was skipped. */
  readonly message: string;
}

/**
 * Reads what a program of Go tests printed with `-test.v`: its tests that have no subtests, in their order. A test that has
 * some fails with them, and would be counted twice.
 */
export function goTests(output: string): readonly SuiteTest[] {
  const tests = new Map<string, SuiteTest>();
  const messages = new Map<string, string[]>();
  let printed: string[] = [];
  for (const line of output.split("\n")) {
    const [, started] = /^=== (?:RUN|CONT|NAME)\s+(\S+)/.exec(line) ?? [];
    const [, word, name] = /^\s*--- (PASS|FAIL|SKIP): (\S+) \(/.exec(line) ?? [];
    if (started !== undefined) {
      printed = messages.get(started) ?? [];
      messages.set(started, printed);
    } else if (name !== undefined) {
      tests.set(name, { name, state: stateOf(word), message: "" });
      printed = [];
    } else {
      printed.push(line.trim());
    }
  }
  const names = [...tests.keys()];
  return [...tests.values()]
    .filter(({ name }) => !names.some((other) => other.startsWith(`${name}/`)))
    .map((test) => ({ ...test, message: (messages.get(test.name) ?? []).join("\n").trim() }));
}

function stateOf(word: string | undefined): SuiteTest["state"] {
  return word === "PASS" ? "passed" : word === "SKIP" ? "skipped" : "failed";
}

interface GinkgoReport {
  readonly SpecReports: readonly {
    readonly ContainerHierarchyTexts: readonly string[] | null;
    readonly LeafNodeType: string;
    readonly LeafNodeText: string;
    readonly State: string;
    readonly Failure?: { readonly Message?: string };
  }[];
}

/** Reads the file of `--ginkgo.json-report`. What runs before and after the tests only counts if it failed. */
export function ginkgoTests(text: string): readonly SuiteTest[] {
  const reports = JSON.parse(text) as readonly GinkgoReport[];
  return reports.flatMap(({ SpecReports }) =>
    SpecReports.filter(
      ({ LeafNodeType, State }) => LeafNodeType === "It" || !["passed", "skipped"].includes(State),
    ).map(({ ContainerHierarchyTexts, LeafNodeType, LeafNodeText, State, Failure }) => ({
      name: [...(ContainerHierarchyTexts ?? []), LeafNodeText === "" ? LeafNodeType : LeafNodeText].join(" "),
      // Pending tests are skipped as well; others have failed, panicked, or were interrupted.
      state: State === "passed" ? "passed" : State === "skipped" || State === "pending" ? "skipped" : "failed",
      message: Failure?.Message ?? "",
    })),
  );
}
