// Ctrl-C at any moment: the program ends as one that was interrupted, and nothing fails that no one waits for.
import { afterAll, beforeAll, describe, test } from "vitest";
import { embeddedCluster } from "../../src/embedded/index.ts";
import { initArguments, joinArguments, limitMs, type Started, startedCluster } from "../support/control-plane/stage.ts";
import { abortAnywhere, abortRepeatedly } from "../support/interruption/aborted-suite.ts";

let started: Started;

beforeAll(async () => {
  started = await startedCluster();
}, limitMs);

afterAll(async () => {
  await started[Symbol.asyncDispose]();
});

describe("aborted at any moment", { timeout: 10 * limitMs }, () => {
  test("doctor on a control plane ends quietly", () => abortAnywhere(started.cp1, ["doctor"]));

  test("a dry run of reset ends quietly", () => abortAnywhere(started.cp1, ["reset", "--dry-run", "--force"]));

  test.each(["worker", "control-plane"] as const)(
    "the preflight and the dry run of a %s join end quietly",
    async (role) => {
      await using machine = await started.cluster.machine(`dry-${role}`);
      const [, ...args] = joinArguments(started, machine, role);
      await abortAnywhere(machine, ["join", "phase", "preflight", ...args]);
      await abortAnywhere(machine, ["join", "--dry-run", ...args]);
    },
  );

  test("the preflight and the dry run of an init end quietly", async () => {
    await using cluster = await embeddedCluster();
    const machine = await cluster.machine("n1");
    const args = initArguments(cluster, machine);
    await abortAnywhere(machine, ["init", "phase", "preflight", ...args]);
    await abortAnywhere(machine, ["init", "--dry-run", ...args]);
  });

  test("an init ends quietly, and the same command continues", async () => {
    await using cluster = await embeddedCluster();
    const machine = await cluster.machine("n1");
    await abortRepeatedly(machine, ["init", ...initArguments(cluster, machine), "--upload-certs"]);
  });

  test.each(["worker", "control-plane"] as const)("a %s join, and its reset, end quietly", async (role) => {
    await using machine = await started.cluster.machine(`n-${role}`);
    await abortRepeatedly(machine, joinArguments(started, machine, role));
    await abortRepeatedly(machine, ["reset", "--force"]);
  });
});
