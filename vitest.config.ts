import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "src/**/*.test.ts",
      "test/{support,attack,contract,script,golden,embedded,build,faults,secrets,completion,man,resume,upgrade}/**/*.test.ts",
      "{lab,scripts}/**/*.test.ts",
    ],
    globalSetup: "test/support/temporary/each-run.ts",
    setupFiles: "test/support/temporary/each-file.ts",
    // Most tests wait for something. vitest's default leaves one processor to itself.
    maxWorkers: "100%",
    // What takes seconds alone takes long beside other suites. It fails what hangs; what has to be quick is measured.
    testTimeout: 60_000,
    // Concurrent tests share a process with the servers that their programs ask: more of them leave these no time to answer.
    maxConcurrency: 3,
    hookTimeout: 60_000,
  },
});
