import { expect, test } from "vitest";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo, silentEvents } from "../../events/events.ts";
import type { JsonObject, JsonValue } from "../../values/json.ts";
import { applyPatches } from "./apply-patches.ts";
import type { Patch, PatchKind } from "./read-patches.ts";

const pod: JsonObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "etcd" },
  spec: { containers: [{ name: "etcd", command: ["etcd"] }] },
};

function patch(kind: PatchKind, content: JsonValue, path = "/p/etcd.yaml"): Patch {
  return { target: "etcd", kind, content, path };
}

function refusal(...patches: readonly Patch[]): { readonly message: string; readonly remedy: string } {
  try {
    applyPatches("etcd", pod, patches, { events: silentEvents });
  } catch (error) {
    if (isKubeadmError(error) && error.code === "PATCH_INVALID")
      return { message: error.message, remedy: error.remedy };
    throw error;
  }
  throw new Error("the patches were applied");
}

test("patches apply one after the other, and each is reported", () => {
  const told: unknown[] = [];
  const sink = ({ type, ...event }: Event) => told.push([type, "patchType" in event ? event.patchType : undefined]);
  const patches = [
    patch("strategic", { metadata: { labels: { a: "1" } } }),
    patch("json", [{ op: "test", path: "/metadata/labels/a", value: "1" }]),
    patch("merge", { metadata: { labels: { a: "2" } } }),
  ];
  const patched = applyPatches("etcd", pod, patches, { events: eventsTo(sink, () => new Date(0)) });
  expect(patched).toEqual({ ...pod, metadata: { name: "etcd", labels: { a: "2" } } });
  expect(told).toEqual([
    ["patches.applied", "application/strategic-merge-patch+json"],
    ["patches.applied", "application/json-patch+json"],
    ["patches.applied", "application/merge-patch+json"],
  ]);
});

test("a patch that does not apply is shown, with its file and what is wrong", () => {
  expect(refusal(patch("json", [{ op: "remove", path: "/spec/x" }]))).toEqual({
    message:
      'could not apply the following patch of type "application/json-patch+json" to target "etcd":\n' +
      '[{"op":"remove","path":"/spec/x"}]\n' +
      ": error in remove for path: '/spec/x': Unable to remove nonexistent key: x: missing value",
    remedy: "Fix /p/etcd.yaml.",
  });
});

test("tokens in a patch are not shown", () => {
  const token = "abcdef.0123456789abcdef";
  expect(refusal(patch("json", [{ op: "x", path: token }])).message).not.toContain("0123456789abcdef");
});

test("what becomes of a document between two patches does not count", () => {
  const patches = [patch("merge", { kind: "X" }), patch("merge", { kind: "Pod" })];
  expect(applyPatches("etcd", pod, patches, { events: silentEvents })).toEqual(pod);
});
