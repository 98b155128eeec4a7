import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeYaml } from "../../go/yaml/write-yaml.ts";
import type { JsonObject } from "../../values/json.ts";
import { decodePod, PodError } from "./decode-pod.ts";

interface Recorded {
  readonly name: string;
  readonly document: JsonObject;
  readonly pod?: string;
  readonly error?: string;
}

const recorded = readFileSync(new URL("../../../test/golden/pods/pods.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

function outcome(document: JsonObject) {
  try {
    return { pod: writeYaml(decodePod(document).pod) };
  } catch (error) {
    if (error instanceof PodError) return { error: error.message };
    throw error;
  }
}

describe("a static Pod is decoded and written as upstream's program does it:", () => {
  test.each(recorded)("$name", ({ name: _name, document, ...expected }) => {
    expect(outcome(document)).toEqual(expected);
  });
});

describe("what is not part of a Pod is reported with its path:", () => {
  const pod = { apiVersion: "v1", kind: "Pod" };

  test("fields at any depth", () => {
    const spec = {
      containers: [{ name: "c", imagePullpolicy: "Always", livenessProbe: { httpGet: { prot: 1 } } }],
      volumes: [{ name: "v", hostpath: {} }],
    };
    expect(decodePod({ ...pod, spec }).unknown).toEqual([
      "spec.containers[0].imagePullpolicy",
      "spec.containers[0].livenessProbe.httpGet.prot",
      "spec.volumes[0].hostpath",
    ]);
  });

  test.each<readonly [string, JsonObject, string]>([
    ["a wrong type", { ...pod, spec: { containers: [{ command: [5] }] } }, "spec.containers[0].command[0]"],
    ["a quantity", { ...pod, spec: { overhead: { cpu: "x" } } }, "spec.overhead[cpu]"],
    ["another kind", { ...pod, kind: "Service" }, "kind"],
    ["no kind", { apiVersion: "v1" }, "kind"],
    ["no version", { kind: "Pod" }, "apiVersion"],
  ])("%s", (_name, document, path) => {
    expect(() => decodePod(document)).toThrow(expect.objectContaining({ name: "PodError", path }));
  });
});
