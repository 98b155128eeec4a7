import { describe, expect, it } from "vitest";
import { KubeadmError, withContext } from "../../errors/kubeadm-error.ts";
import { errorText } from "./error-text.ts";

const hint = "To see the stack trace of this error execute with --v=5 or higher";

describe("an error's text", () => {
  it("has upstream's message first, then remedy and code, and upstream's hint last", () => {
    const error = new KubeadmError("NODE_NAME_TAKEN", "a Node is there", { remedy: "Choose another." });
    expect(errorText(error, 0)).toBe(`error: a Node is there\nremedy: Choose another.\ncode: NODE_NAME_TAKEN\n${hint}`);
  });

  it("names causes that add something, and only those", () => {
    const deepest = new Error("ECONNREFUSED by 10.0.0.1");
    const known = new Error("connection refused", { cause: deepest });
    const error = new KubeadmError("DISCOVERY_UNREACHABLE", "failed: connection refused", { cause: known });
    const lines = errorText(withContext(error, "error execution phase preflight"), 0).split("\n");
    expect(lines[0]).toBe("error: error execution phase preflight: failed: connection refused");
    expect(lines.filter((line) => line.startsWith("cause: "))).toEqual(["cause: ECONNREFUSED by 10.0.0.1"]);
  });

  it("ends with the stack from -v=5 on", () => {
    const lines = errorText(new KubeadmError("CONFIG_INVALID", "bad"), 5).split("\n");
    expect(lines).not.toContain(hint);
    expect(lines.at(-1)).toMatch(/^\s+at /);
  });

  it("ends with the stack of where the error arose, not of where a context was put before it", () => {
    function whereItArises(): KubeadmError {
      return new KubeadmError("CONFIG_INVALID", "bad");
    }
    const wrapped = withContext(withContext(whereItArises(), "inner"), "outer");
    const lines = errorText(wrapped, 5).split("\n");
    expect(lines[0]).toBe("error: outer: inner: bad");
    expect(lines.find((line) => /^\s+at /.test(line))).toContain("whereItArises");
    expect(lines.filter((line) => line.startsWith("cause: "))).toEqual([]);
  });

  it("has no stack for a mistyped command line", () => {
    expect(errorText(new KubeadmError("USAGE", "bad"), 9)).toMatch(/\nno stack trace$/);
  });

  it("calls any other error a defect, with its stack and where to report it", () => {
    const text = errorText(new TypeError("x is not a function"), 0);
    expect(text).toMatch(/^error: x is not a function\nThis is a bug in kubeadm-ts /);
    expect(text).toContain("report it");
    expect(text).toMatch(/\n\s+at /);
  });

  it("does not break on what is no error, nor on causes in a circle", () => {
    expect(errorText("boom", 0)).toContain("error: boom\n");
    const error = new KubeadmError("USAGE", "a");
    error.cause = error;
    expect(errorText(error, 0)).toContain("error: a\n");
  });
});
