// Ctrl-C at any moment of an upgrade: it ends as one that was interrupted, and nothing fails that no one waits for.
import { afterAll, beforeAll, describe, test } from "vitest";
import { limitMs } from "../support/control-plane/stage.ts";
import { abortAnywhere, abortRepeatedly } from "../support/interruption/aborted-suite.ts";
import { newerVersion, type OlderCluster, startOlderCluster } from "./older-cluster.ts";
import { applyArguments, nodeArguments } from "./upgrade-stage.ts";

let older: OlderCluster;

beforeAll(async () => {
  older = await startOlderCluster({ workers: [{}] });
}, limitMs);

afterAll(async () => {
  await older[Symbol.asyncDispose]();
});

describe("aborted at any moment", { timeout: 10 * limitMs }, () => {
  test("a plan ends quietly", () => abortAnywhere(older.cp1, ["upgrade", "plan", newerVersion]));

  test("the dry run of an upgrade ends quietly", () =>
    abortAnywhere(older.cp1, [...applyArguments(older.cp1), "--dry-run"]));

  test("an upgrade ends quietly, and the same command continues", async () => {
    await abortRepeatedly(older.cp1, applyArguments(older.cp1));
    for (const worker of older.workers) await abortRepeatedly(worker, nodeArguments(worker));
  });
});
