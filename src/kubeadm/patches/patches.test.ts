import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import { applyMergePatch } from "../../kubernetes/patches/merge-patch.ts";
import type { JsonObject, JsonValue } from "../../values/json.ts";
import { applyPatches } from "./apply-patches.ts";
import type { Patch, PatchKind } from "./read-patches.ts";
import { readPatches } from "./read-patches.ts";

interface Vector {
  readonly name: string;
  readonly kind: PatchKind;
  readonly patch: JsonValue;
  readonly result?: JsonObject;
  readonly isRefused?: boolean;
}

function golden(name: string) {
  return JSON.parse(readFileSync(new URL(`../../../test/golden/kubeadm/patches/${name}`, import.meta.url), "utf8"));
}

const pod: JsonObject = golden("pod.json");
/** What the libraries of upstream's kubeadm made of these patches. */
const vectors: readonly Vector[] = golden("patches.json");

const silent = {
  events: eventsTo(
    () => undefined,
    () => new Date(0),
  ),
};

function patched(kind: PatchKind, content: JsonValue, document = pod): JsonObject {
  const patch: Patch = { target: "etcd", kind, content, path: "/p/etcd.yaml" };
  return applyPatches("etcd", document, [patch], silent);
}

describe("applyPatches", () => {
  it.each(vectors.filter(({ isRefused }) => isRefused !== true))("$name", ({ kind, patch, result }) => {
    expect(patched(kind, patch)).toEqual(result);
  });

  it.each(vectors.filter(({ isRefused }) => isRefused === true))("refused: $name", ({ kind, patch }) => {
    expect(() => patched(kind, patch)).toThrow(
      /^could not apply the following patch of type "application\/.*" to target "etcd":\n/,
    );
  });

  it("leaves the document itself alone", () => {
    const before = structuredClone(pod);
    for (const { kind, patch, isRefused } of vectors) if (isRefused !== true) patched(kind, patch);
    expect(pod).toEqual(before);
  });

  it("replaces the lists of a kubelet configuration", () => {
    const patch: Patch = {
      target: "kubeletconfiguration",
      kind: "strategic",
      path: "/p",
      content: { clusterDNS: ["1.1.1.1"], maxPods: 5 },
    };
    const configuration = { clusterDNS: ["10.96.0.10", "10.96.0.11"], logging: { verbosity: 0 } };
    expect(applyPatches("kubeletconfiguration", configuration, [patch], silent)).toEqual({
      clusterDNS: ["1.1.1.1"],
      maxPods: 5,
      logging: { verbosity: 0 },
    });
  });

  it("leaves patches of other targets out", () => {
    const patch: Patch = { target: "kube-scheduler", kind: "merge", path: "/p", content: { kind: "X" } };
    expect(applyPatches("etcd", pod, [patch], silent)).toBe(pod);
  });
});

describe("applyMergePatch", () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;

  it("changes nothing when applied a second time", () => {
    fc.assert(
      fc.property(json, json, (document, patch) => {
        const once = applyMergePatch(document, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe("readPatches", () => {
  async function read(files: Readonly<Record<string, string>>, directory = "/p") {
    const events: Event[] = [];
    const host = memoryHost({ files });
    const patches = await readPatches(directory, {
      files: host.files,
      events: eventsTo(
        (event) => events.push(event),
        () => new Date(0),
      ),
    });
    const told = events.map(({ v: _v, time: _time, ...event }) => event);
    return { patches, told };
  }

  it("reads names, kinds and documents in lexical order, those below included", async () => {
    const { patches, told } = await read({
      "/p/kube-apiserver1+merge.yaml": "a: 1\n---\nb: 2\n",
      "/p/etcd.json": '{"c": 3}',
      "/p/sub/kubeletconfiguration0+json.yaml": "- op: remove\n  path: /a\n",
    });
    expect(patches).toEqual([
      { target: "etcd", kind: "strategic", path: "/p/etcd.json", content: { c: 3 } },
      { target: "kube-apiserver", kind: "merge", path: "/p/kube-apiserver1+merge.yaml", content: { a: 1 } },
      { target: "kube-apiserver", kind: "merge", path: "/p/kube-apiserver1+merge.yaml", content: { b: 2 } },
      {
        target: "kubeletconfiguration",
        kind: "json",
        path: "/p/sub/kubeletconfiguration0+json.yaml",
        content: [{ op: "remove", path: "/a" }],
      },
    ]);
    expect(told).toEqual([
      { type: "patches.reading", directory: "/p" },
      { type: "patches.found", files: ["etcd.json", "kube-apiserver1+merge.yaml", "kubeletconfiguration0+json.yaml"] },
    ]);
  });

  it("reports files that it ignores", async () => {
    const { patches, told } = await read({ "/p/etcd.txt": "x", "/p/kubelet.yaml": "a: 1\n", "/p/etcd.yaml": "" });
    expect(patches).toEqual([]);
    expect(told.slice(1)).toEqual([
      { type: "patches.file.ignored", path: "etcd.txt", reason: "the file extension must be one of [json yaml]" },
      { type: "patches.file.ignored", path: "etcd.yaml", reason: "empty" },
      {
        type: "patches.file.ignored",
        path: "kubelet.yaml",
        reason:
          "unknown target, must be one of [etcd kube-apiserver kube-controller-manager kube-scheduler kubeletconfiguration corednsdeployment kubeproxydaemonset]",
      },
      { type: "patches.ignored", files: ["etcd.txt", "etcd.yaml", "kubelet.yaml"] },
    ]);
  });

  it.each([
    [
      "an unknown kind",
      { "/p/etcd+foo.yaml": "a: 1\n" },
      "unknown or missing patch type after '+', must be one of [json merge strategic]",
    ],
    [
      "no kind",
      { "/p/etcd+.yaml": "a: 1\n" },
      "unknown or missing patch type after '+', must be one of [json merge strategic]",
    ],
    ["a file in the directory's place", { "/p": "x" }, "/p: not a directory"],
    ["no directory", {}, "lstat /p: no such file or directory"],
    ["no YAML", { "/p/etcd.yaml": "a: [\n" }, "yaml: line 1: did not find expected node content"],
  ])("refuses %s", async (_, files, message) => {
    await expect(read(files)).rejects.toMatchObject({
      code: "PATCH_INVALID",
      message: expect.stringMatching(
        `^could not list patch files for path "/p": (.|\\n)*${message.replace(/[[\]+]/g, "\\$&")}$`,
      ),
    });
  });
});
