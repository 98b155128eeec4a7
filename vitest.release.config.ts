import { defineConfig } from "vitest/config";
import { ResultOfRun } from "./scripts/results/from-vitest.ts";

/** Packages on hosts of a real Kubernetes: `npm run release:kubernetes`. */
export default defineConfig({
  test: {
    include: ["test/kubernetes/release/**/*.test.ts"],
    reporters: ["default", new ResultOfRun()],
    globalSetup: "test/support/temporary/each-run.ts",
    setupFiles: "test/support/temporary/each-file.ts",
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 1_800_000,
  },
});
