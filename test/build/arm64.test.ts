import { beforeAll, describe, expect, test } from "vitest";
import { arm64Emulator, built, run } from "./artifact.ts";

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
});
