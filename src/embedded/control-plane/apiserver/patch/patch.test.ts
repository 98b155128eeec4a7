import { describe, expect, test } from "vitest";
import type { Fields, StoredObject } from "../objects.ts";
import { registry } from "../registry/registry.ts";
import { applyConfiguration } from "./apply.ts";
import { patchObject } from "./patch.ts";

/** The result of a request's patch on an object. */
function patched(type: "json" | "merge" | "strategic-merge", object: unknown, patch: unknown, kind = "Node"): unknown {
  const definition = registry.find((candidate) => candidate.kind === kind);
  if (definition === undefined) throw new Error(`the server has no ${kind}`);
  return patchObject({
    contentType: `application/${type}-patch+json`,
    body: new TextEncoder().encode(JSON.stringify(patch)),
    definition,
    fieldManager: "test",
    isForced: false,
  }).apply(object as StoredObject, new Date(0));
}

describe("a JSON patch", () => {
  const document = { a: { b: [1, 2], "c/d": 3 } };
  test.each<[string, unknown[], unknown]>([
    ["adds a member", [{ op: "add", path: "/a/x", value: 1 }], { a: { b: [1, 2], "c/d": 3, x: 1 } }],
    ["appends to a list", [{ op: "add", path: "/a/b/-", value: 3 }], { a: { b: [1, 2, 3], "c/d": 3 } }],
    ["inserts into a list", [{ op: "add", path: "/a/b/0", value: 0 }], { a: { b: [0, 1, 2], "c/d": 3 } }],
    ["replaces an item", [{ op: "replace", path: "/a/b/1", value: 9 }], { a: { b: [1, 9], "c/d": 3 } }],
    [
      "replaces a member that is not there, as upstream has it",
      [{ op: "replace", path: "/a/x", value: 1 }],
      { a: { b: [1, 2], "c/d": 3, x: 1 } },
    ],
    ["removes a member with an escaped name", [{ op: "remove", path: "/a/c~1d" }], { a: { b: [1, 2] } }],
    ["moves a member", [{ op: "move", from: "/a/b", path: "/b" }], { a: { "c/d": 3 }, b: [1, 2] }],
    ["copies a member", [{ op: "copy", from: "/a/b", path: "/b" }], { a: { b: [1, 2], "c/d": 3 }, b: [1, 2] }],
    ["passes a test that holds", [{ op: "test", path: "/a/b", value: [1, 2] }], document],
  ])("%s", (_name, patch, expected) => {
    expect(patched("json", document, patch)).toEqual(expected);
  });

  test.each<[string, unknown, number]>([
    ["removes what is not there", [{ op: "remove", path: "/x" }], 422],
    ["adds below what is not there", [{ op: "add", path: "/x/y", value: 1 }], 422],
    ["has a test that does not hold", [{ op: "test", path: "/a/b", value: [1] }], 422],
    ["has an unknown operation", [{ op: "frob", path: "/a" }], 422],
    ["is no list", { op: "add" }, 400],
  ])("is refused where it %s", (_name, patch, code) => {
    expect(() => patched("json", document, patch)).toThrow(expect.objectContaining({ code }));
  });
});

test("a merge patch merges objects, removes by null and replaces lists", () => {
  const changed = patched("merge", { a: { b: 1, c: 2 }, l: [1, 2] }, { a: { b: null, d: 3 }, l: [3] });
  expect(changed).toEqual({ a: { c: 2, d: 3 }, l: [3] });
});

describe("a strategic merge patch", () => {
  const node = {
    spec: { taints: [{ key: "a" }] },
    status: {
      conditions: [
        { type: "Ready", status: "False" },
        { type: "DiskPressure", status: "False" },
      ],
    },
    metadata: { finalizers: ["x", "y"] },
  };
  test.each<[string, Fields, Fields]>([
    [
      "changes the condition of the same type and keeps the others",
      { status: { conditions: [{ type: "Ready", status: "True" }] } },
      {
        ...node,
        status: {
          conditions: [
            { type: "Ready", status: "True" },
            { type: "DiskPressure", status: "False" },
          ],
        },
      },
    ],
    [
      "deletes an item by its key",
      { status: { conditions: [{ type: "Ready", $patch: "delete" }] } },
      { ...node, status: { conditions: [{ type: "DiskPressure", status: "False" }] } },
    ],
    [
      "replaces a list without a key",
      { spec: { taints: [{ key: "b" }] } },
      { ...node, spec: { taints: [{ key: "b" }] } },
    ],
    [
      "adds to a set, before what it does not name",
      { metadata: { finalizers: ["z"] } },
      { ...node, metadata: { finalizers: ["z", "x", "y"] } },
    ],
    [
      "deletes from a set",
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } },
      { ...node, metadata: { finalizers: ["y"] } },
    ],
    [
      "orders items as it says",
      { status: { "$setElementOrder/conditions": [{ type: "DiskPressure" }, { type: "Ready" }] } },
      {
        ...node,
        status: {
          conditions: [
            { type: "DiskPressure", status: "False" },
            { type: "Ready", status: "False" },
          ],
        },
      },
    ],
    [
      "replaces an object as a whole",
      { spec: { $patch: "replace", podCIDR: "c" } },
      { ...node, spec: { podCIDR: "c" } },
    ],
    ["removes by null", { spec: null }, { status: node.status, metadata: node.metadata }],
  ])("%s", (_name, patch, expected) => {
    expect(patched("strategic-merge", node, patch)).toEqual(expected);
  });

  test("replaces the conditions of a CertificateSigningRequest, which have no merge key", () => {
    const changed = patched(
      "strategic-merge",
      { status: { conditions: [{ type: "Approved" }] } },
      { status: { conditions: [{ type: "Failed" }] } },
      "CertificateSigningRequest",
    );
    expect(changed).toEqual({ status: { conditions: [{ type: "Failed" }] } });
  });

  const template = (...containers: readonly Fields[]) => ({ spec: { template: { spec: { containers } } } });
  test.each<[string, string, Fields, Fields, Fields]>([
    [
      "ports of a Service by their port",
      "Service",
      { spec: { ports: [{ port: 53, name: "dns" }] } },
      { spec: { ports: [{ port: 53, targetPort: 5353 }] } },
      { spec: { ports: [{ port: 53, name: "dns", targetPort: 5353 }] } },
    ],
    [
      "containers of a Deployment's template by their name",
      "Deployment",
      template({ name: "a", image: "x", ports: [{ containerPort: 1 }] }),
      template({ name: "a", ports: [{ containerPort: 1, name: "p" }] }),
      template({ name: "a", image: "x", ports: [{ containerPort: 1, name: "p" }] }),
    ],
    [
      "secrets of a ServiceAccount, whose imagePullSecrets are replaced",
      "ServiceAccount",
      { secrets: [{ name: "a" }], imagePullSecrets: [{ name: "a" }] },
      { secrets: [{ name: "a", namespace: "n" }], imagePullSecrets: [{ name: "b" }] },
      { secrets: [{ name: "a", namespace: "n" }], imagePullSecrets: [{ name: "b" }] },
    ],
  ])("merges %s", (_name, kind, object, patch, expected) => {
    expect(patched("strategic-merge", object, patch, kind)).toEqual(expected);
  });

  test("is refused where an item lacks the merge key", () => {
    const patch = { status: { conditions: [{ status: "True" }] } };
    expect(() => patched("strategic-merge", node, patch)).toThrow("does not contain declared merge key: type");
  });
});

describe("a server-side apply", () => {
  const now = new Date("2026-01-01T00:00:00Z");
  const apply = (current: StoredObject | undefined, manager: string, data: Fields, isForced = false) =>
    applyConfiguration({
      current,
      configuration: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data },
      manager,
      isForced,
      kind: "ConfigMap",
      now,
    }) as StoredObject;

  test("removes what its manager applied before and leaves out now", () => {
    const first = apply(undefined, "kubectl", { a: "1", b: "2" });
    const second = apply({ ...first, data: { a: "1", b: "2", other: "x" } }, "kubectl", { a: "1" });
    expect(second["data"]).toEqual({ a: "1", other: "x" });
  });

  test("conflicts with another manager's different value, unless it is forced", () => {
    const first = apply(undefined, "kubectl", { a: "1" });
    expect(() => apply(first, "helm", { a: "2" })).toThrow(
      'Apply failed with 1 conflict: conflict with "kubectl": .data.a',
    );
    const forced = apply(first, "helm", { a: "2" }, true);
    expect(forced["data"]).toEqual({ a: "2" });
    expect(forced.metadata["managedFields"]).toMatchObject([
      { manager: "helm", fieldsV1: { "f:data": { "f:a": {} } } },
    ]);
  });

  test("shares a field with a manager that gave it the same value, and keeps it when one lets go", () => {
    const first = apply(undefined, "kubectl", { a: "1" });
    const shared = apply(first, "helm", { a: "1" });
    const released = apply(shared, "helm", {});
    expect(released["data"]).toEqual({ a: "1" });
  });
});
