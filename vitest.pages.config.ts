import { defineConfig } from "vitest/config";
import { ResultOfRun } from "./scripts/results/from-vitest.ts";

/** The guides on hosts of a real Kubernetes: `npm run pages:kubernetes`. */
export default defineConfig({
  test: {
    include: ["test/kubernetes/pages/**/*.test.ts"],
    reporters: ["default", new ResultOfRun()],
    globalSetup: "test/support/temporary/each-run.ts",
    setupFiles: "test/support/temporary/each-file.ts",
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 1_800_000,
  },
});
