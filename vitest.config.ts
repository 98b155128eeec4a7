import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { SlowestFirst } from "./test/support/sequence/slowest-first.ts";

/** What all projects have in common. */
const common = {
  setupFiles: [
    "test/support/temporary/each-file.ts",
    "test/support/properties/each-file.ts",
    "test/support/embedded-kubelet/each-file.ts",
  ],
  // What takes seconds alone takes long beside other suites. It fails what hangs; what has to be quick is measured.
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const satisfies ViteUserConfig["test"];

/** Tests beside their sources that wait for processes, as system tests do. */
const waitingUnits = ["src/embedded/**/*.test.ts", "src/host/local/**/*.test.ts"];

/** Thorough ones among others: fifty machines, every fault of control planes, every moment of a roll-back, two releases. */
const thoroughFiles = [
  "src/kubeadm/upgrade/control-plane/interrupted-roll-back.test.ts",
  "test/build/many-joins.test.ts",
  "test/build/release.test.ts",
  "test/embedded/doctor-control-plane.test.ts",
  "test/faults/control-plane.test.ts",
];

/** Of suites that wait for programs, servers and clusters: more of them than processors keep the processors busy. */
const waiting = {
  // vitest takes at most 100 % of them, however large the percentage.
  maxWorkers: 2 * availableParallelism(),
  // Concurrent tests share a process with the servers that their programs ask: more of them leave these no time to answer.
  maxConcurrency: 3,
} as const satisfies ViteUserConfig["test"];

export default defineConfig({
  test: {
    globalSetup: [
      "test/support/temporary/each-run.ts",
      "test/support/properties/each-run.ts",
      "test/support/embedded-kubelet/each-run.ts",
    ],
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        test: {
          ...common,
          name: "unit",
          include: ["{src,lab,scripts}/**/*.test.ts"],
          exclude: [...waitingUnits, ...thoroughFiles],
          // They compute. A process for each file would spend more on loading modules than on tests.
          isolate: false,
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          ...waiting,
          name: "system",
          include: [
            ...waitingUnits,
            "test/{support,commands,expressions,contract,remedies,script,golden,embedded,build,faults,secrets,completion,man}/**/*.test.ts",
          ],
          exclude: thoroughFiles,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          ...waiting,
          // Each tries one workflow at many moments or on many machines, one attack in many variants, or many faults: not part
          // of `npm test`, but of CI.
          name: "thorough",
          include: ["test/{attack,resume,upgrade}/**/*.test.ts", ...thoroughFiles],
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
