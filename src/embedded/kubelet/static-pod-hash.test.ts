import { expect, test } from "vitest";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import type { JsonObject } from "../../values/json.ts";
import { staticPodHash } from "./static-pod-hash.ts";

const place = { nodeName: "cp1", path: "/etc/kubernetes/manifests/kube-scheduler.yaml" };
const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: kube-scheduler
  namespace: kube-system
spec:
  containers:
  - command:
    - kube-scheduler
    - --leader-elect=true
    image: registry.k8s.io/kube-scheduler:v1.36.3
    livenessProbe:
      httpGet:
        path: /livez
        port: 10259
        scheme: HTTPS
    name: kube-scheduler
    resources:
      requests:
        cpu: 100m
  hostNetwork: true
`;

function hashOf(text: string, where = place): string {
  return staticPodHash(toJson(readYaml(text)) as JsonObject, where);
}

function changed(from: string, to: string): string {
  expect(manifest).toContain(from);
  return manifest.replace(from, to);
}

test.each([
  ["a comment is added", `# edited\n${manifest}`],
  ["the keys have another order", changed("apiVersion: v1\nkind: Pod\n", "kind: Pod\napiVersion: v1\n")],
  ["an empty list is added", changed("  hostNetwork: true\n", "  hostNetwork: true\n  tolerations: []\n")],
  [
    "a field is added that a Pod does not have",
    changed("  hostNetwork: true\n", "  hostNetwork: true\n  color: red\n"),
  ],
  ["a quantity is written in another way", changed("cpu: 100m", 'cpu: "0.1"')],
  [
    "defaults of the Pod are written",
    changed("  hostNetwork: true\n", "  hostNetwork: true\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\n"),
  ],
  [
    "a default of the container is written",
    changed("    name: kube", "    imagePullPolicy: IfNotPresent\n    name: kube"),
  ],
  ["a default of a probe is written", changed("    livenessProbe:\n", "    livenessProbe:\n      periodSeconds: 10\n")],
])("a static Pod stays the same if %s", (_name, text) => {
  expect(hashOf(text)).toBe(hashOf(manifest));
});

test.each([
  ["its image changes", changed("v1.36.3", "v1.37.2")],
  [
    "its arguments have another order",
    changed("kube-scheduler\n    - --leader-elect=true", "--leader-elect=true\n    - kube-scheduler"),
  ],
  ["a probe changes", changed("/livez", "/healthz")],
  ["it gets an annotation", changed("  name: kube-scheduler\n", '  name: kube-scheduler\n  annotations: {a: "1"}\n')],
])("a static Pod becomes another one if %s", (_name, text) => {
  expect(hashOf(text)).not.toBe(hashOf(manifest));
});

test.each([
  ["on another node", { ...place, nodeName: "cp2" }],
  ["in another file", { ...place, path: "/etc/kubernetes/manifests/scheduler.yaml" }],
])("a static Pod is another one %s", (_name, where) => {
  expect(hashOf(manifest, where)).not.toBe(hashOf(manifest));
});
