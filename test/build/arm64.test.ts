import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { arm64Emulator } from "../../scripts/arm64-emulator.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { built, checkout, run } from "./artifact.ts";

const emulator = arm64Emulator();
describe.skipIf(emulator === undefined)("the arm64 executable [needs qemu-user-static and libc6-arm64-cross]", () => {
  let kubeadm = "";
  beforeAll(() => {
    kubeadm = built("arm64");
  }, 300_000);

  test("answers version as the x64 one does, but for the platform", () => {
    const here = run([built("binary"), "version", "-o", "json"]);
    const there = run([...(emulator ?? ["false"]), kubeadm, "version", "-o", "json"]);
    expect(there.stderr).toBe("");
    expect(there.status).toBe(0);
    expect(there.stdout).toBe(here.stdout.replaceAll("amd64", "arm64"));
  }, 120_000);

  test("joins a node in the demo, and leaves nothing behind", () => {
    const temporary = temporaryDirectory().path;
    chmodSync(temporary, 0o755);
    const ran = run([process.execPath, join(checkout, "scripts/demo.ts"), "--arm64"], {
      environment: { TMPDIR: temporary },
      timeoutMs: 110_000,
    });
    expect({ status: ran.status, stderr: ran.stderr }, ran.stdout).toEqual({ status: 0, stderr: "" });
    expect(ran.stdout).toMatch(/\$ .*dist\/kubeadm-arm64 join /);
    expect(ran.stdout).toMatch(/\n {2}w1 +Ready +v1\.37\.2 /);
    expect(readdirSync(temporary)).toEqual([]);
  }, 120_000);
});
