import { defineConfig } from "vitest/config";
import { ResultOfRun } from "./scripts/results/from-vitest.ts";

/** Tests on a real Kubernetes. They need root, and the first time some 12 minutes, to build it. */
export default defineConfig({
  test: {
    include: ["test/kubernetes/**/*.test.ts"],
    // Some need further versions of Kubernetes, and many minutes: `npm run upgrade:kubernetes`, `npm run skew`,
    // `npm run next:kubernetes`. Others make packages: `npm run release:kubernetes`, `npm run pages:kubernetes`.
    exclude: ["next", "upgrade", "skew", "release", "pages"].map((folder) => `test/kubernetes/${folder}/**`),
    reporters: ["default", new ResultOfRun()],
    globalSetup: "test/support/temporary/each-run.ts",
    setupFiles: "test/support/temporary/each-file.ts",
    // Each file has labs of its own, and much of its time is waiting for them.
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 3_600_000,
  },
});
