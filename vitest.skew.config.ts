import { defineConfig } from "vitest/config";

/** Clusters and kubelets of each version that the lab knows: `npm run skew`. The first time, each takes some 12 minutes. */
export default defineConfig({
  test: {
    include: ["test/kubernetes/skew/**/*.test.ts"],
    globalSetup: "test/support/temporary/each-run.ts",
    setupFiles: "test/support/temporary/each-file.ts",
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 3_600_000,
  },
});
