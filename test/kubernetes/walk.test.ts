// The page of `kubeadm join`, typed on real machines.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, test } from "vitest";
import { labWorld } from "../walk/lab-world.ts";
import { parseWalk } from "../walk/walk.ts";
import { Walker } from "../walk/walk-on.ts";

const sections = parseWalk(readFileSync(new URL("../walk/kubeadm-join.walk", import.meta.url), "utf8"));
let world: Awaited<ReturnType<typeof labWorld>>;
let walker: Walker;
beforeAll(async () => {
  world = await labWorld("walk");
  walker = new Walker(world);
});
afterAll(() => world?.[Symbol.asyncDispose]());

describe("The page of kubeadm join, walked on real machines:", () => {
  for (const { title, steps } of sections) test(title, () => walker.walk(steps));
});
