import { describe, expect, it } from "vitest";
import { shownObject } from "./show-object.ts";

const shown = (object: object) => shownObject(object);

describe("an object that a dry run shows", () => {
  it.each([
    ["Service", { spec: {} }, "kind: Service\nspec: {}\nstatus:\n  loadBalancer: {}\n"],
    ["Deployment", {}, "kind: Deployment\nstatus: {}\n"],
    [
      "DaemonSet",
      { spec: { template: { spec: { containers: [{ name: "a" }] } } } },
      `kind: DaemonSet
spec:
  template:
    spec:
      containers:
      - name: a
        resources: {}
status:
  currentNumberScheduled: 0
  desiredNumberScheduled: 0
  numberMisscheduled: 0
  numberReady: 0
`,
    ],
    ["ConfigMap", { data: { a: "b" } }, "data:\n  a: b\nkind: ConfigMap\n"],
  ])("has the empty fields of a %s", (kind, fields, yaml) => {
    expect(shown({ kind, ...fields })).toBe(yaml);
  });

  it("keeps what a Node has of them", () => {
    const yaml = shown({ kind: "Node", status: { nodeInfo: { machineID: "m" } } });
    expect(yaml).toContain("spec: {}\n");
    expect(yaml).toContain("  nodeInfo:\n    machineID: m\n");
    expect(yaml).toContain("      Port: 0\n");
  });

  it("does not have what is secret, in a list neither", () => {
    const secret = { kind: "Secret", data: { "token-id": "aWQ=", "token-secret": "c2VjcmV0", empty: "" } };
    for (const yaml of [shown(secret), shown({ kind: "SecretList", items: [secret] })]) {
      expect(yaml).toContain("token-id: aWQ=\n");
      expect(yaml).toContain("token-secret: '[redacted]'\n");
      expect(yaml).toContain('empty: ""\n');
    }
  });
});
