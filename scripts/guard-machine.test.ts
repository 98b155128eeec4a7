import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { temporaryDirectory } from "../test/support/temporary/temporary-directory.ts";
import { guardMachine } from "./guard-machine.ts";

let directory: string;
let kubernetes: string;
beforeEach(() => {
  directory = temporaryDirectory().path;
  kubernetes = join(directory, "kubernetes");
});

const told = () => [`a test has touched ${kubernetes} of this machine`];

it("says nothing where nothing was touched", () => {
  mkdirSync(kubernetes);
  const guard = guardMachine([kubernetes, "/no/such/parent"]);
  writeFileSync(join(directory, "other"), "");
  expect(guard.end()).toEqual([]);
});

it("reports a directory that was created", () => {
  const guard = guardMachine([kubernetes]);
  mkdirSync(kubernetes);
  expect(guard.end()).toEqual(told());
});

it("reports a file that was changed deep in a directory", () => {
  mkdirSync(join(kubernetes, "pki"), { recursive: true });
  writeFileSync(join(kubernetes, "pki/ca.crt"), "a");
  const guard = guardMachine([kubernetes]);
  writeFileSync(join(kubernetes, "pki/ca.crt"), "changed");
  expect(guard.end()).toEqual(told());
});

it("reports a directory that was created and removed", async () => {
  const guard = guardMachine([kubernetes]);
  mkdirSync(kubernetes);
  rmSync(kubernetes, { recursive: true });
  // Events of the watch come with the loop's next rounds.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(guard.end()).toEqual(told());
});
