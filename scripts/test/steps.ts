// What `npm test` and CI consist of. The order is that in which steps begin if nothing else decides.
import type { Step } from "./step.ts";

const vitest = (name: string, ...args: readonly string[]) => ({
  name,
  argv: ["vitest", "run", ...args] as const,
  counting: (file: string) => ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
});

export const groups = {
  build: [{ name: "build", argv: ["node", "scripts/build.ts"] }],
  // Most of its time is compiling Go, the first time; only the tests on real Kubernetes need it.
  lab: [{ name: "lab", argv: ["nice", "-n", "10", "node", "lab/main.ts", "build"], inBackground: true }],
  suites: [
    {
      ...vitest("system tests", "--project", "system"),
      after: ["build"],
      holdsNodePorts: true,
      leavesMachineAlone: true,
    },
    {
      // The other processors are for the system tests, which wait more than they compute.
      ...vitest("unit tests", "--project", "unit", "--maxWorkers", "50%"),
      holdsNodePorts: true,
      leavesMachineAlone: true,
    },
  ],
  thorough: [
    {
      ...vitest("thorough tests", "--project", "thorough"),
      after: ["build", "system tests", "unit tests"],
      holdsNodePorts: true,
      leavesMachineAlone: true,
    },
  ],
  checks: [
    { name: "types", argv: ["node", "node_modules/typescript-7/bin/tsc", "--noEmit"] },
    { name: "format and lint", argv: ["biome", "check", "."] },
    { name: "import rule", argv: ["depcruise", "--config", ".dependency-cruiser.cjs", "bin", "src"] },
    { name: "hashes in the lockfile", argv: ["node", "scripts/check-lockfile.ts"] },
    { name: "dead code", argv: ["knip"] },
    { name: "words to avoid", argv: ["node", "scripts/check-words.ts"] },
    { name: "docstrings of the library", argv: ["typedoc", "--emit", "none"] },
    { name: "generated docs", argv: ["node", "scripts/docs.ts", "--check"] },
    { name: "picture of the architecture", argv: ["node", "scripts/architecture.ts", "--check"] },
  ],
  differ: [
    {
      name: "differences from upstream",
      argv: ["node", "test/differ/main.ts"],
      after: ["build", "system tests", "unit tests", "thorough tests"],
      counting: (file) => ["--counts", file],
    },
  ],
  kubernetes: [
    {
      ...vitest("tests on real Kubernetes", "--config", "vitest.kubernetes.config.ts"),
      after: ["build", "lab", "system tests", "unit tests", "thorough tests"],
    },
  ],
} as const satisfies Record<string, readonly Step[]>;
