import { afterAll, beforeAll, describe, test } from "vitest";
import { configurationScenarios } from "../join/configuration-scenarios.ts";
import { discoveryScenarios } from "../join/discovery-scenarios.ts";
import { type LabStage, labStage } from "../join/lab-stage.ts";
import { nodeScenarios } from "../join/node-scenarios.ts";

let stage: LabStage;
beforeAll(async () => {
  stage = await labStage("join-tests");
});
afterAll(() => stage?.[Symbol.asyncDispose]());

describe.each([
  { what: "A worker joins by", scenarios: discoveryScenarios },
  { what: "A worker joins with", scenarios: configurationScenarios },
  { what: "A join meets", scenarios: nodeScenarios },
])("$what", ({ scenarios }) => {
  for (const { name, run } of scenarios) test(name, () => run(stage));
});
