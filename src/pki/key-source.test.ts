import { expect, it } from "vitest";
import { keySource } from "./key-source.ts";

it("keys that are announced twice are made once", async () => {
  const over = new AbortController();
  const keys = keySource("ECDSA-P256", { atOnce: 4, signal: over.signal });
  keys.prepareAtLeast(2);
  keys.prepareAtLeast(2);
  const made = await Promise.all([keys.take(), keys.take()]);
  expect(new Set(made).size).toBe(2);
  over.abort();
  // No third one has been started before.
  await expect(keys.take()).rejects.toThrow();
});
