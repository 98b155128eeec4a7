import { defineConfig } from "vitest/config";
import { ResultOfRun } from "./scripts/results/from-vitest.ts";

/** This program and upstream's, both of the next release, on a real Kubernetes of the one before: `npm run next:kubernetes`. */
export default defineConfig({
  test: {
    include: ["test/kubernetes/next/**/*.test.ts"],
    reporters: ["default", new ResultOfRun()],
    globalSetup: "test/support/temporary/each-run.ts",
    setupFiles: "test/support/temporary/each-file.ts",
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 3_600_000,
  },
});
