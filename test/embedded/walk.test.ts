// The page of `kubeadm join`, typed on machines without root.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flagsByName } from "../../src/kubeadm/flags/flag-table.ts";
import { joinFlagNames, joinFlags } from "../../src/kubeadm/flags/join-flags.ts";
import { embeddedWorld } from "../walk/embedded-world.ts";
import { parseWalk } from "../walk/walk.ts";
import { Walker } from "../walk/walk-on.ts";

const text = readFileSync(new URL("../walk/kubeadm-join.walk", import.meta.url), "utf8");
let world: Awaited<ReturnType<typeof embeddedWorld>>;
let walker: Walker;
beforeAll(async () => {
  world = await embeddedWorld();
  walker = new Walker(world);
});
afterAll(() => world?.[Symbol.asyncDispose]());

describe("The page of kubeadm join, walked on machines without root:", { timeout: 60_000 }, () => {
  for (const { title, steps } of parseWalk(text)) test(title, () => walker.walk(steps));
});

/** Flags that upstream's page does not have, with tests of their own: discovery-url.test.ts here, test/resume. */
const ownFlagNames = Object.entries(flagsByName(joinFlags)).flatMap(([name, { isOurs = false }]) =>
  isOurs ? [name] : [],
);

test("The walk uses every flag of kubeadm join that upstream has", () => {
  const joins = text.split("\n").filter((line) => /^w\d[$&] kubeadm join |^cp\d[$&] kubeadm join /.test(line));
  const used = new Set(joins.flatMap((line) => [...line.matchAll(/ --([a-z-]+)/g)].map(([, name]) => name)));
  expect(joinFlagNames.filter((name) => !used.has(name))).toEqual(ownFlagNames);
});
