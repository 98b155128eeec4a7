import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { examined, healthyWorker } from "../../../../test/fixtures/kubeadm/doctor/worker.ts";

it("takes --anonymous-auth out of a manifest, with quotes or without, and nothing else", async () => {
  const worker = await healthyWorker();
  const lines = ["- kube-apiserver", "- --anonymous-auth=false", '- "--anonymous-auth=0"', "- --v=2"];
  const manifest = [
    ...["apiVersion: v1", "kind: Pod", "metadata: { name: kube-apiserver, namespace: kube-system }", "spec:"],
    ...["  containers:", "  - name: kube-apiserver", "    image: image", "    command:"],
    ...lines.map((line) => `    ${line}`),
  ].join("\n");
  worker.files["/etc/kubernetes/manifests/kube-apiserver.yaml"] = manifest;
  const { checks } = await examined(worker);
  const [command = ""] = checks.find(({ name }) => name === "anonymous-access")?.findings[0]?.commands ?? [];
  expect(command).toMatch(/^sed .* \/etc\/kubernetes\/manifests\/kube-apiserver.yaml > /);
  const { stdout } = spawnSync("sh", ["-c", command.replace(/ \/etc.*/, "")], { input: manifest, encoding: "utf8" });
  expect(stdout.split("\n").slice(-2)).toEqual(["    - kube-apiserver", "    - --v=2"]);
});
