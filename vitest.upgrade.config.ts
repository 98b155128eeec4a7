import { defineConfig } from "vitest/config";
import { ResultOfRun } from "./scripts/results/from-vitest.ts";

/** Upgrades of a real Kubernetes: `npm run upgrade:kubernetes`. The lab builds the version that they start from, too. */
export default defineConfig({
  test: {
    include: ["test/kubernetes/upgrade/**/*.test.ts"],
    reporters: ["default", new ResultOfRun()],
    globalSetup: "test/support/temporary/each-run.ts",
    setupFiles: "test/support/temporary/each-file.ts",
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 3_600_000,
  },
});
