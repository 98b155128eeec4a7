import { afterAll, beforeAll, describe, test } from "vitest";
import { configurationScenarios } from "../support/join/configuration-scenarios.ts";
import { discoveryScenarios } from "../support/join/discovery-scenarios.ts";
import { type EmbeddedStage, embeddedStage } from "../support/join/embedded-stage.ts";
import { nodeScenarios } from "../support/join/node-scenarios.ts";

let stage: EmbeddedStage;
beforeAll(async () => {
  stage = await embeddedStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

describe.each([
  { what: "A worker joins by", scenarios: discoveryScenarios },
  { what: "A worker joins with", scenarios: configurationScenarios },
  { what: "A join meets", scenarios: nodeScenarios },
])("$what", ({ scenarios }) => {
  for (const { name, labOnly, run } of scenarios) {
    const title = labOnly === undefined ? name : `${name} [needs a host of the lab]`;
    test.skipIf(labOnly !== undefined)(title, () => run(stage));
  }
});
