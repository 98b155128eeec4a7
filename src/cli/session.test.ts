import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../test/fixtures/cli/memory-ports.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import { Secret } from "../errors/secret.ts";
import type { Events } from "../events/events.ts";
import type { Flags } from "../kubeadm/flags/flag.ts";
import { interruption } from "./interruption.ts";
import type { Invocation } from "./line/command.ts";
import { runSession } from "./session.ts";

async function session(output: string, work: (events: Events) => Promise<void>) {
  const ports = memoryPorts();
  const invocation: Invocation<Flags> = {
    path: "kubeadm join",
    args: [],
    flags: { output, token: new Secret("not-a-token-by-its-looks") },
    global: { rootfs: "", v: 0, vmodule: [] },
    changed: new Set(),
    ports,
  };
  const status = await runSession(invocation, work);
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text() };
}

const fail = (error: unknown) => async () => {
  throw error;
};

describe("a session", () => {
  it("shows lines as text", async () => {
    const outcome = await session("text", async (events) => events.emit("kubelet.starting", {}));
    expect(outcome).toEqual({ status: 0, stdout: "[kubelet-start] Starting the kubelet\n", stderr: "" });
  });

  it("shows one event a line as JSON, the result last", async () => {
    const { status, stdout, stderr } = await session("json", async (events) => {
      events.within("kubelet-start").emit("kubelet.starting", {});
      events.emit("warning", { message: "token abcdef.0123456789abcdef\nnot-a-token-by-its-looks" });
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events).toEqual([
      { v: 1, time: expect.any(String), type: "run.started", command: "kubeadm join", version: expect.any(String) },
      { v: 1, time: expect.any(String), type: "kubelet.starting", phase: "kubelet-start" },
      { v: 1, time: expect.any(String), type: "warning", message: "token abcdef.[redacted]\n[redacted]" },
      { v: 1, time: expect.any(String), type: "run.finished", durationMs: expect.any(Number) },
    ]);
  });

  it("ends a failure as JSON with the error, and nothing on stderr", async () => {
    const cause = new Error("401");
    const details = { tokenId: "abcdef" };
    const error = new KubeadmError("TOKEN_REJECTED", "no", { remedy: "Make a new one.", cause, details });
    const { status, stdout, stderr } = await session("json", fail(error));
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      type: "run.failed",
      code: "TOKEN_REJECTED",
      message: "no",
      causes: ["401"],
      remedy: "Make a new one.",
      details,
    });
  });

  it("ends a failure as text with the error on stderr", async () => {
    const { status, stdout, stderr } = await session("text", fail(new KubeadmError("TOKEN_REJECTED", "no")));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^error: no\nremedy: .*\ncode: TOKEN_REJECTED\nTo see the stack trace/);
  });

  it("prints a defect with its stack on stderr, with any --output", async () => {
    for (const output of ["text", "json"]) {
      expect((await session(output, fail(new Error("oops")))).stderr).toMatch(
        /^error: oops\nThis is a bug in .*\n\s+at /s,
      );
    }
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("exits as a shell expects after %s", async (signal, status) => {
    expect((await session("text", fail(interruption(signal)))).status).toBe(status);
  });

  it("refuses another output format before it starts", async () => {
    await expect(session("xml", async () => undefined)).rejects.toThrow("invalid output format: xml");
  });
});
