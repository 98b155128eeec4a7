import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { silentEvents } from "../../../events/events.ts";
import { joinConfigurationSchema } from "./join-configuration-schema.ts";
import { parseJoinConfiguration } from "./load-join-configuration.ts";
import { writeJoinConfiguration } from "./write-join-configuration.ts";

function rewritten(text: string): string {
  return writeJoinConfiguration(parseJoinConfiguration(text, {}, silentEvents).configuration).reveal();
}

describe("writeJoinConfiguration", () => {
  it("prints the defaults to the byte as upstream does", () => {
    const path = new URL("../../../../test/golden/kubeadm/files/join-defaults.yaml", import.meta.url);
    const text = readFileSync(path, "utf8");
    expect(rewritten(text)).toBe(text);
  });

  it("converts v1beta3", () => {
    const text = rewritten(
      "apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /d}, timeout: 30s}\nnodeRegistration: {kubeletExtraArgs: {a: b}, taints: []}\ncontrolPlane: {certificateKey: k}\nskipPhases: [x]\npatches: {directory: /p}\n",
    );
    expect(text).toContain("apiVersion: kubeadm.k8s.io/v1beta4\n");
    expect(text).toContain("  kubeletExtraArgs:\n  - name: a\n    value: b\n");
    expect(text).toContain("  taints: []\n");
    expect(text).toContain("  discovery: 30s\n");
    expect(text).toContain("controlPlane:\n  certificateKey: k\n  localAPIEndpoint:\n    bindPort: 6443\n");
    expect(rewritten(text)).toBe(text);
  });
});

describe("joinConfigurationSchema", () => {
  const schema = joinConfigurationSchema();

  it("names kind and version, and lets no unknown field pass", () => {
    expect(schema).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["apiVersion", "kind", "discovery"],
      properties: { apiVersion: { const: "kubeadm.k8s.io/v1beta4" }, kind: { const: "JoinConfiguration" } },
    });
  });

  it("has the patterns of durations and the words of enumerations", () => {
    const { timeouts, nodeRegistration } = schema["properties"] as unknown as Record<
      string,
      { properties: Record<string, { pattern?: string; enum?: string[] }> }
    >;
    const pattern = new RegExp(timeouts?.properties["discovery"]?.pattern ?? "x");
    expect(["5m0s", "1h2m3.5s", "0"].every((text) => pattern.test(text))).toBe(true);
    expect(["soon", "5", "5x"].some((text) => pattern.test(text))).toBe(false);
    expect(nodeRegistration?.properties["imagePullPolicy"]?.enum).toContain("Always");
  });

  it("is plain JSON", () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});
