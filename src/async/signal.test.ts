import { describe, expect, it } from "vitest";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import { abortable, abortReason, throwIfAborted } from "./signal.ts";

describe("the reason of an aborted signal", () => {
  it("is CANCELLED when the aborter gave none", () => {
    const reason = abortReason(AbortSignal.abort());
    expect(reason).toBeInstanceOf(KubeadmError);
    expect(reason).toMatchObject({ code: "CANCELLED", message: "interrupted" });
  });

  it("is CANCELLED when the aborter gave something that is no error", () => {
    expect(abortReason(AbortSignal.abort("SIGINT"))).toMatchObject({ code: "CANCELLED" });
  });

  it("is the aborter's own error", () => {
    const own = new KubeadmError("DISCOVERY_TIMEOUT", "too late");
    expect(abortReason(AbortSignal.abort(own))).toBe(own);
  });

  it("is thrown only when the signal is aborted", () => {
    const own = new Error("enough");
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    expect(() => throwIfAborted(AbortSignal.abort(own))).toThrow(own);
  });
});

describe("an abortable promise", () => {
  const never = new AbortController().signal;

  it("settles as the promise does while nothing aborts", async () => {
    expect(await abortable(Promise.resolve(7), never)).toBe(7);
    await expect(abortable(Promise.reject(new Error("own")), never)).rejects.toThrow("own");
  });

  it("rejects with the reason immediately, and drops what the promise does later", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const outcome = abortable(promise, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    // An unhandled rejection would fail the test run.
    reject(new Error("later"));
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  });

  it("rejects even for a settled promise when the signal was aborted before", async () => {
    await expect(abortable(Promise.resolve(7), AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("drops a failing promise when the signal was aborted before", async () => {
    await expect(abortable(Promise.reject(new Error("own")), AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  });
});
