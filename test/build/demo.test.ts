import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { built, checkout, type Outcome, run } from "./artifact.ts";

describe("the demo", () => {
  let temporary = "";
  let outcome: Outcome;

  beforeAll(() => {
    built("binary");
    temporary = temporaryDirectory().path;
    chmodSync(temporary, 0o755);
    outcome = run([process.execPath, join(checkout, "scripts/demo.ts")], { environment: { TMPDIR: temporary } });
  }, 120_000);

  test("ends successfully on its own", () => {
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
  });

  test("shows the node ready and its request approved and signed", () => {
    expect(outcome.stdout).toMatch(/\n {2}w1 +Ready +v1\.37\.2 /);
    expect(outcome.stdout).toMatch(/\n {2}csr-\w+ +system:bootstrap:\w{6} +Approved,Issued\n/);
    expect(outcome.stdout).toContain("This node has joined the cluster:");
  });

  test("shows no token, and no line longer than 80 columns or with colors in a pipe", () => {
    expect(outcome.stdout).toMatch(/--token [a-z0-9]{6}\.\[redacted\]/);
    expect(outcome.stdout).not.toMatch(/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/);
    expect(outcome.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(outcome.stdout).not.toContain("\u001b");
  });

  test("leaves nothing behind", () => {
    expect(readdirSync(temporary)).toEqual([]);
  });
});
