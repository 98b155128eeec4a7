import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../values/json.ts";
import { kubeletMergeSchema, type MergeSchema, podMergeSchema, workloadMergeSchema } from "./merge-keys.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { PatchError } from "./patch-error.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

interface PatchCase {
  readonly name: string;
  readonly document: JsonObject;
  readonly patch: JsonValue;
  /** The result of upstream's libraries; undefined: they refuse the patch. */
  readonly result?: JsonObject;
}

const pod = (spec: JsonObject): JsonObject => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "etcd" }, spec });
const named = (...names: readonly string[]): JsonObject[] => names.map((name) => ({ name }));

/** Upstream's results for strategic merge patches of a Pod. */
const podCases: readonly PatchCase[] = [
  {
    name: "a container of the same name is merged, the others stay",
    document: pod({ containers: [{ name: "etcd", image: "a", command: ["etcd"] }, { name: "b" }] }),
    patch: { spec: { containers: [{ name: "etcd", image: "c", resources: { limits: { cpu: "1" } } }] } },
    result: pod({
      containers: [{ name: "etcd", image: "c", command: ["etcd"], resources: { limits: { cpu: "1" } } }, { name: "b" }],
    }),
  },
  {
    name: "a new container comes before those that the patch does not name",
    document: pod({ containers: named("etcd") }),
    patch: { spec: { containers: named("sidecar") } },
    result: pod({ containers: named("sidecar", "etcd") }),
  },
  {
    name: "named items take the patch's order, each after the unnamed ones that it followed",
    document: pod({ containers: named("a", "b", "c", "d") }),
    patch: { spec: { containers: named("d", "b") } },
    result: pod({ containers: named("a", "c", "d", "b") }),
  },
  {
    name: "a command is replaced whole",
    document: pod({ containers: [{ name: "etcd", command: ["etcd", "--a", "--b"] }] }),
    patch: { spec: { containers: [{ name: "etcd", command: ["etcd"] }] } },
    result: pod({ containers: [{ name: "etcd", command: ["etcd"] }] }),
  },
  {
    name: "env merges by name, ports by containerPort, mounts by mountPath",
    document: pod({
      containers: [
        {
          name: "etcd",
          env: [{ name: "A", value: "1" }],
          ports: [{ containerPort: 2379, name: "client" }],
          volumeMounts: [{ mountPath: "/d", name: "data" }],
        },
      ],
    }),
    patch: {
      spec: {
        containers: [
          {
            name: "etcd",
            env: [{ name: "A", value: "2" }],
            ports: [{ containerPort: 2379, hostPort: 1 }],
            volumeMounts: [{ mountPath: "/d", readOnly: true }],
          },
        ],
      },
    },
    result: pod({
      containers: [
        {
          name: "etcd",
          env: [{ name: "A", value: "2" }],
          ports: [{ containerPort: 2379, name: "client", hostPort: 1 }],
          volumeMounts: [{ mountPath: "/d", name: "data", readOnly: true }],
        },
      ],
    }),
  },
  {
    name: "the same port number with another protocol is the same port",
    document: pod({ containers: [{ name: "x", ports: [{ containerPort: 53, protocol: "UDP" }] }] }),
    patch: { spec: { containers: [{ name: "x", ports: [{ containerPort: 53, protocol: "TCP" }] }] } },
    result: pod({ containers: [{ name: "x", ports: [{ containerPort: 53, protocol: "TCP" }] }] }),
  },
  {
    name: "init containers and host aliases merge, tolerations and envFrom do not",
    document: pod({
      initContainers: [{ name: "i", image: "a" }],
      hostAliases: [{ ip: "10.0.0.1", hostnames: ["a"] }],
      tolerations: [{ key: "a" }],
      containers: [{ name: "c", envFrom: [{ prefix: "A" }] }],
    }),
    patch: {
      spec: {
        initContainers: [{ name: "i", args: ["x"] }],
        hostAliases: [{ ip: "10.0.0.1", hostnames: ["b"] }],
        tolerations: [{ key: "b" }],
        containers: [{ name: "c", envFrom: [{ prefix: "B" }] }],
      },
    },
    result: pod({
      initContainers: [{ name: "i", image: "a", args: ["x"] }],
      hostAliases: [{ ip: "10.0.0.1", hostnames: ["b"] }],
      tolerations: [{ key: "b" }],
      containers: [{ name: "c", envFrom: [{ prefix: "B" }] }],
    }),
  },
  {
    name: "null removes a field, also one that is not there",
    document: pod({ hostNetwork: true, priority: 1 }),
    patch: { metadata: { labels: { a: null, b: "1" } }, spec: { hostNetwork: null, nodeName: null } },
    result: { apiVersion: "v1", kind: "Pod", metadata: { name: "etcd", labels: { b: "1" } }, spec: { priority: 1 } },
  },
  {
    name: "$patch: delete removes an item",
    document: pod({ containers: named("a", "b") }),
    patch: { spec: { containers: [{ name: "a", $patch: "delete" }] } },
    result: pod({ containers: named("b") }),
  },
  {
    name: "$patch: delete of an item that is not there is nothing",
    document: pod({ volumes: named("a") }),
    patch: { spec: { volumes: [{ name: "z", $patch: "delete" }] } },
    result: pod({ volumes: named("a") }),
  },
  {
    name: "$patch: delete without the merge key is refused",
    document: pod({ containers: named("a") }),
    patch: { spec: { containers: [{ $patch: "delete" }] } },
  },
  {
    name: "$patch: replace within a list leaves only what the patch brings",
    document: pod({ volumes: named("a", "b") }),
    patch: { spec: { volumes: [{ name: "c" }, { $patch: "replace" }] } },
    result: pod({ volumes: named("c") }),
  },
  {
    name: "$patch: replace within an object leaves only what the patch brings",
    document: pod({ securityContext: { runAsUser: 1, fsGroup: 2 } }),
    patch: { spec: { securityContext: { $patch: "replace", runAsUser: 3 } } },
    result: pod({ securityContext: { runAsUser: 3 } }),
  },
  {
    name: "$patch: delete empties an object",
    document: pod({ securityContext: { runAsUser: 1 } }),
    patch: { spec: { securityContext: { $patch: "delete" } } },
    result: pod({ securityContext: {} }),
  },
  {
    name: "an object with a directive has no meaning where the original has none",
    document: pod({ priority: 1 }),
    patch: { spec: { securityContext: { $patch: "replace", runAsUser: 3 } } },
    result: pod({ priority: 1 }),
  },
  {
    name: "an object with $patch: merge is refused",
    document: pod({ securityContext: {} }),
    patch: { spec: { securityContext: { $patch: "merge" } } },
  },
  {
    name: "a list item with $patch: merge is refused",
    document: pod({ containers: named("a") }),
    patch: { spec: { containers: [{ name: "a", $patch: "merge" }] } },
  },
  {
    name: "an item without the merge key is refused",
    document: pod({ containers: named("a") }),
    patch: { spec: { containers: [{ image: "b" }] } },
  },
  {
    name: "a text in a list of containers is refused",
    document: pod({ containers: named("a") }),
    patch: { spec: { containers: ["b"] } },
  },
  {
    name: "finalizers are a set",
    document: { metadata: { finalizers: ["a", "b"] } },
    patch: { metadata: { finalizers: ["b", "c"] } },
    result: { metadata: { finalizers: ["a", "b", "c"] } },
  },
  {
    name: "$deleteFromPrimitiveList takes values out",
    document: { metadata: { finalizers: ["a", "b"] } },
    patch: { metadata: { "$deleteFromPrimitiveList/finalizers": ["a", "z"] } },
    result: { metadata: { finalizers: ["b"] } },
  },
  {
    name: "$deleteFromPrimitiveList works on a list that does not merge",
    document: pod({ containers: [{ name: "etcd", command: ["etcd", "--a", "--b"] }] }),
    patch: { spec: { containers: [{ name: "etcd", "$deleteFromPrimitiveList/command": ["--a"] }] } },
    result: pod({ containers: [{ name: "etcd", command: ["etcd", "--b"] }] }),
  },
  {
    name: "$setElementOrder orders a list that the patch does not change",
    document: pod({ containers: named("a", "b", "c") }),
    patch: { spec: { "$setElementOrder/containers": named("c", "a") } },
    result: pod({ containers: named("b", "c", "a") }),
  },
  {
    name: "$setElementOrder puts a new item in its place",
    document: pod({ containers: named("a", "b") }),
    patch: { spec: { "$setElementOrder/containers": named("a", "n", "b"), containers: named("n") } },
    result: pod({ containers: named("a", "n", "b") }),
  },
  {
    name: "$setElementOrder must name what the patch brings",
    document: pod({ containers: named("a") }),
    patch: { spec: { "$setElementOrder/containers": named("a"), containers: named("n") } },
  },
  {
    name: "$retainKeys clears the other members of a union",
    document: pod({ volumes: [{ name: "d", hostPath: { path: "/d" } }] }),
    patch: { spec: { volumes: [{ name: "d", $retainKeys: ["name", "emptyDir"], emptyDir: {} }] } },
    result: pod({ volumes: [{ name: "d", emptyDir: {} }] }),
  },
  {
    name: "$retainKeys must name what the patch brings",
    document: pod({ volumes: [{ name: "d", hostPath: { path: "/d" } }] }),
    patch: { spec: { volumes: [{ name: "d", $retainKeys: ["name"], emptyDir: {} }] } },
  },
  {
    name: "a value of another type replaces",
    document: pod({ hostNetwork: true, volumes: named("a") }),
    patch: { spec: { hostNetwork: "yes", volumes: { a: null, b: 1 } } },
    result: pod({ hostNetwork: "yes", volumes: { b: 1 } }),
  },
  { name: "an empty patch changes nothing", document: pod({}), patch: null, result: pod({}) },
  { name: "a list is no patch", document: pod({}), patch: [] },
];

/** Upstream's results for strategic merge patches of a Deployment. */
const deploymentCases: readonly PatchCase[] = [
  {
    name: "the template is a Pod's, the selector and strategy merge field by field",
    document: {
      spec: {
        strategy: { type: "RollingUpdate" },
        template: { spec: { containers: [{ name: "coredns", args: ["a"] }] } },
      },
    },
    patch: {
      spec: {
        strategy: { rollingUpdate: { maxSurge: 1 } },
        template: { spec: { containers: [{ name: "coredns", image: "b" }] } },
      },
    },
    result: {
      spec: {
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
        template: { spec: { containers: [{ name: "coredns", args: ["a"], image: "b" }] } },
      },
    },
  },
];

/** Upstream's results for strategic merge patches of a KubeletConfiguration, whose type has no tags. */
const kubeletCases: readonly PatchCase[] = [
  {
    name: "maps merge and lists are replaced",
    document: { evictionHard: { "memory.available": "1Mi", "nodefs.available": "5%" }, clusterDNS: ["10.96.0.10"] },
    patch: { evictionHard: { "memory.available": "2Mi" }, clusterDNS: ["10.96.0.11"], maxPods: 20 },
    result: {
      evictionHard: { "memory.available": "2Mi", "nodefs.available": "5%" },
      clusterDNS: ["10.96.0.11"],
      maxPods: 20,
    },
  },
  {
    name: "taints are replaced, though they have keys",
    document: { registerWithTaints: [{ key: "a", effect: "NoSchedule" }] },
    patch: { registerWithTaints: [{ key: "b", effect: "NoExecute" }] },
    result: { registerWithTaints: [{ key: "b", effect: "NoExecute" }] },
  },
];

const suites: readonly (readonly [string, MergeSchema, readonly PatchCase[]])[] = [
  ["a Pod", podMergeSchema, podCases],
  ["a Deployment", workloadMergeSchema, deploymentCases],
  ["a KubeletConfiguration", kubeletMergeSchema, kubeletCases],
];

describe.each(suites)("a strategic merge patch of %s", (_, schema, cases) => {
  test.each(cases)("$name", ({ document, patch, result }) => {
    const before = structuredClone(document);
    const apply = () => applyStrategicMergePatch(document, patch, schema);
    if (result === undefined) expect(apply).toThrow(PatchError);
    else expect(apply()).toEqual(result);
    expect(document).toEqual(before);
  });
});

test("what a patch adds whole has neither nulls nor directives", () => {
  const added = { name: "n", image: null, env: [{ name: "A", $patch: "delete" }, { name: "B" }] };
  const patched = applyStrategicMergePatch(
    { spec: { containers: [] } },
    { spec: { containers: [added] } },
    podMergeSchema,
  );
  expect(patched).toEqual({ spec: { containers: [{ name: "n", env: [{ name: "B" }] }] } });
});

test("the name of a method of all objects is a field like any other", () => {
  const patch = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"a": 1}}');
  const patched = applyStrategicMergePatch({ a: 1 }, patch, podMergeSchema);
  expect(Object.keys(patched as JsonObject).sort()).toEqual(["__proto__", "a", "constructor"]);
  expect(({} as JsonObject)["polluted"]).toBeUndefined();
});

const keys = fc.constantFrom("a", "b", "c", "d");
const scalars = fc.oneof(fc.integer(), fc.string(), fc.boolean());
const listItems = fc.oneof(scalars, fc.dictionary(keys, scalars));
/** Objects with nulls, except within lists: there a merge patch keeps them when the list replaces an object. */
const { object } = fc.letrec<{ object: JsonObject; value: JsonValue }>((tie) => ({
  object: fc.dictionary(keys, tie("value"), { noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 3 }, scalars, fc.constant(null), fc.array(listItems), tie("object")),
}));

test("without tags it does what a merge patch does", () => {
  fc.assert(
    fc.property(object, object, (document, patch) => {
      expect(applyStrategicMergePatch(document, patch, {})).toEqual(applyMergePatch(document, patch));
    }),
  );
});

test("applied twice it does no more than once", () => {
  const containers = fc.uniqueArray(
    fc.record({ name: keys, image: fc.constantFrom("x", "y"), args: fc.array(keys) }, { requiredKeys: ["name"] }),
    { selector: ({ name }) => name },
  );
  const pods = containers.map((list): JsonObject => ({ spec: { containers: list as readonly JsonObject[] } }));
  fc.assert(
    fc.property(pods, pods, (document, patch) => {
      const once = applyStrategicMergePatch(document, patch, podMergeSchema);
      expect(applyStrategicMergePatch(once, patch, podMergeSchema)).toEqual(once);
    }),
  );
});
