import { describe, expect, it } from "vitest";
import { anyOf, orElse, unlessAborted } from "./or-else.ts";

class Refused extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`refused: ${code}`);
    this.code = code;
  }
}
class Lost extends Error {}

const isBusy = (error: unknown): error is Refused => error instanceof Refused && error.code === "busy";
const failing = (error: Error) => () => Promise.reject(error);

describe("orElse", () => {
  it("returns what the work returns", async () => {
    expect(await orElse(2, Refused, async () => 1)).toBe(1);
  });

  it.each([
    ["of the class", Refused, new Refused("x")],
    ["of a class below it", Error, new Lost("x")],
    ["that the function recognizes", isBusy, new Refused("busy")],
    ["of one of several kinds", anyOf(Lost, isBusy), new Refused("busy")],
    ["of the other of several kinds", anyOf(Lost, isBusy), new Lost("x")],
  ])("returns the fallback for an error %s", async (_, kind, error) => {
    expect(await orElse("fallback", kind, failing(error))).toBe("fallback");
  });

  it.each([
    ["of another class", Refused, new Lost("x")],
    ["of the class above", Lost, new Error("x")],
    ["that the function does not recognize", isBusy, new Refused("x")],
    ["of none of several kinds", anyOf(Lost, isBusy), new Refused("x")],
  ])("throws an error %s", async (_, kind, error) => {
    await expect(orElse("fallback", kind, failing(error))).rejects.toBe(error);
  });

  it("returns the fallback for an error that is thrown before there is a promise", async () => {
    const work = (): Promise<never> => {
      throw new Lost("x");
    };
    expect(await orElse("fallback", Lost, work)).toBe("fallback");
  });

  it("throws the reason of an aborted signal instead of returning the fallback", async () => {
    const reason = new Error("enough");
    const work = failing(new Lost("x"));
    await expect(orElse("fallback", unlessAborted(AbortSignal.abort(reason), Lost), work)).rejects.toBe(reason);
    const { signal } = new AbortController();
    expect(await orElse("fallback", unlessAborted(signal, Lost), work)).toBe("fallback");
    await expect(orElse("fallback", unlessAborted(signal, Refused), work)).rejects.toThrow(Lost);
  });
});
