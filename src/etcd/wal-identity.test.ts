import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { walIdentity } from "./wal-identity.ts";

/** The head of a segment that etcd 3.7.3 wrote. */
const head = Buffer.from(
  "040000000000008408041000000000002000000000000000080110e28581f6081a160899b3ca98afb599ffdb0110bad480a68ca8839599010e00000000000082",
  "hex",
);

describe("the identity in a write-ahead log", () => {
  it("is that of the member that wrote it", () => {
    const segment = new Uint8Array(4096);
    segment.set(head);
    expect(walIdentity(segment)).toEqual({ memberId: "dbfe65aaf3129999", clusterId: "992a0d40c4c02a3a" });
  });

  it.each([
    ["an empty file", new Uint8Array(0)],
    ["a segment that was set aside and never written", new Uint8Array(4096)],
    ["a segment that ends in its head", head.subarray(0, 30)],
    ["a text", new TextEncoder().encode("this is no log of etcd, whatever its name says")],
  ])("is not told by %s", (_name, bytes) => {
    expect(walIdentity(bytes)).toBeUndefined();
  });

  it("is never made of anything, and never fails", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const identity = walIdentity(bytes);
        return identity === undefined || /^[0-9a-f]+$/.test(identity.memberId);
      }),
    );
  });
});
