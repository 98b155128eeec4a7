import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "src/**/*.test.ts",
      "test/{attack,contract,script,golden,embedded,build,faults,secrets,completion,man}/**/*.test.ts",
      "{lab,scripts}/**/*.test.ts",
    ],
    testTimeout: 20_000,
  },
});
