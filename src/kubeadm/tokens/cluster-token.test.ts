import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBootstrapToken } from "../config/fields/bootstrap-token.ts";
import { clusterTokenFrom, TokenSecretError, tokenSecret } from "./cluster-token.ts";
import { generateToken, tokenText } from "./generate-token.ts";

const now = new Date("2026-05-01T10:00:00.900Z");
const group = fc.stringMatching(/^system:bootstrappers:[a-z0-9:-]{0,20}[a-z0-9]$/);

describe("a token's Secret", () => {
  it("gives back what it was made of", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.integer({ min: -10, max: 10_000_000 }),
        fc.subarray(["authentication", "signing"]),
        fc.array(group, { maxLength: 3 }),
        (description, ttlSeconds, usages, groups) => {
          const token = generateToken();
          const spec = { token, description, ttlMs: ttlSeconds * 1000, usages, groups };
          const read = clusterTokenFrom(tokenSecret(spec, now));
          expect({ ...read, token: tokenText(read.token).reveal() }).toEqual({
            token: tokenText(token).reveal(),
            description,
            usages,
            groups,
            ...(ttlSeconds > 0 ? { expires: new Date(Date.parse("2026-05-01T10:00:00Z") + ttlSeconds * 1000) } : {}),
          });
        },
      ),
    );
  });

  const token = parseBootstrapToken("abcdef.0123456789abcdef");
  const secret = tokenSecret({ token, description: "", ttlMs: 0, usages: [], groups: [] }, now);
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  const withData = (data: Readonly<Record<string, string>>) => ({ ...secret, data: { ...secret.data, ...data } });

  it.each([
    ["has no id", withData({ "token-id": "" }), "bootstrap Token Secret has no token-id data: bootstrap-token-abcdef"],
    ["has no secret", withData({ "token-secret": "" }), "bootstrap Token Secret has no token-secret data: "],
    [
      "has a name for another id",
      withData({ "token-id": encoded("abcdeg") }),
      "bootstrap token name is not of the form",
    ],
    [
      "has a secret of another form",
      withData({ "token-secret": encoded("Short") }),
      "is invalid and couldn't be parsed",
    ],
    [
      "has no time as expiration",
      withData({ expiration: encoded("tomorrow") }),
      "can't parse expiration time of bootstrap",
    ],
  ])("that %s is no token", (_, broken, message) => {
    expect(() => clusterTokenFrom(broken)).toThrow(TokenSecretError);
    expect(() => clusterTokenFrom(broken)).toThrow(message);
  });
});

describe("a random token", () => {
  it("is a token, and uses every character about as often as the others", () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 2_000; index++) {
      const text = tokenText(generateToken()).reveal();
      expect(parseBootstrapToken(text).id).toBe(text.slice(0, 6));
      for (const character of text.replace(".", "")) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(36);
    // 44000 characters: 1222 of each, with a standard deviation of 35.
    for (const count of counts.values()) expect(Math.abs(count - 1_222)).toBeLessThan(220);
  });
});
