import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { silentEvents } from "../../../events/events.ts";
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
