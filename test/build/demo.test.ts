import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built, checkout, type Outcome, run } from "./artifact.ts";

/** From start to end of the demo, builds aside; what it promises is 5 s, on a machine that does nothing else. */
const limitMs = 20_000;

describe("the demo", () => {
  let temporary = "";
  let outcome: Outcome;
  let durationMs = 0;

  beforeAll(() => {
    built("binary");
    temporary = mkdtempSync(join(tmpdir(), "demo-"));
    chmodSync(temporary, 0o755);
    const started = performance.now();
    outcome = run([process.execPath, join(checkout, "scripts/demo.ts")], { environment: { TMPDIR: temporary } });
    durationMs = performance.now() - started;
  }, 120_000);

  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  test("ends well, by itself and soon", () => {
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
    expect(durationMs).toBeLessThan(limitMs);
  });

  test("shows the node ready and its request approved and signed", () => {
    expect(outcome.stdout).toMatch(/\n {2}w1 +Ready +v1\.37\.2 /);
    expect(outcome.stdout).toMatch(/\n {2}csr-\w+ +system:bootstrap:\w{6} +Approved,Issued\n/);
    expect(outcome.stdout).toContain("This node has joined the cluster:");
  });

  test("shows no token, and no line longer than 80 columns or with colours in a pipe", () => {
    expect(outcome.stdout).toMatch(/--token [a-z0-9]{6}\.\[redacted\]/);
    expect(outcome.stdout).not.toMatch(/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/);
    expect(outcome.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(outcome.stdout).not.toContain("\u001b");
  });

  test("leaves nothing behind", () => {
    expect(readdirSync(temporary)).toEqual([]);
  });
});
