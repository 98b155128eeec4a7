import { describe, expect, test } from "vitest";
import { hasRemovedGate } from "./removed-gates.ts";

describe("a gate that a cluster's configuration switches off", () => {
  test.each([
    ["ControlPlaneKubeletLocalMode", "v1.35.9", false],
    ["ControlPlaneKubeletLocalMode", "v1.36.0", true],
    ["NodeLocalCRISocket", "v1.34.0", false],
    ["NodeLocalCRISocket", "v1.36.4", false],
    ["NodeLocalCRISocket", "v1.37.2", true],
  ] as const)("%s in %s: on is %s", (gate, kubernetesVersion, expected) => {
    expect(hasRemovedGate(gate, { kubernetesVersion, featureGates: { [gate]: false } })).toBe(expected);
    expect(hasRemovedGate(gate, { kubernetesVersion, featureGates: {} })).toBe(true);
  });
});
