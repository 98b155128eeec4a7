import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** What all projects have in common. */
const common = {
  setupFiles: ["test/support/temporary/each-file.ts", "test/support/properties/each-file.ts"],
  // What takes seconds alone takes long beside other suites. It fails what hangs; what has to be quick is measured.
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const satisfies ViteUserConfig["test"];

export default defineConfig({
  test: {
    globalSetup: ["test/support/temporary/each-run.ts", "test/support/properties/each-run.ts"],
    projects: [
      {
        test: {
          ...common,
          name: "unit",
          include: ["{src,lab,scripts}/**/*.test.ts"],
          // They compute. A process for each file would spend more on loading modules than on tests.
          isolate: false,
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "system",
          include: [
            "test/{support,attack,commands,expressions,contract,remedies,script,golden,embedded,build,faults,secrets,completion,man,resume,upgrade}/**/*.test.ts",
          ],
          // They wait for programs, servers and clusters: more of them than processors keep the processors busy.
          // vitest takes at most 100 % of them, however large the percentage.
          maxWorkers: 3 * availableParallelism(),
          // Concurrent tests share a process with the servers that their programs ask: more of them leave these no time to answer.
          maxConcurrency: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
