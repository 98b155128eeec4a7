import { describe, expect, test } from "vitest";
import { memoryPorts } from "../../../../test/fixtures/cli/memory-ports.ts";
import { memoryHost } from "../../../host/memory.ts";
import { main } from "../../main.ts";

const init = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.9}
nodeRegistration: {name: n1, criSocket: "unix:///run/x"}
patches: {directory: p}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
`;

async function writeScheduler(...argv: readonly string[]) {
  // The working directory of the ports in memory is /root.
  const patch = "metadata: {labels: {patched: sure}}";
  const host = memoryHost({ files: { "/root/p/kube-scheduler.yaml": patch, "/root/init.yaml": init } });
  const ports = memoryPorts({ host });
  const status = await main(["init", "phase", "control-plane", "scheduler", ...argv], ports);
  const manifest = await host.files.readText("/etc/kubernetes/manifests/kube-scheduler.yaml");
  return { status, stdout: ports.stdout.text(), manifest };
}

describe("a relative directory of patches is one of the working directory:", () => {
  test.each([
    ["of a file", ["--config", "init.yaml"]],
    ["of the flag", ["--patches", "p", "--kubernetes-version", "v1.37.2"]],
  ])("%s", async (_name, argv) => {
    const { status, stdout, manifest } = await writeScheduler(...argv);
    expect(status).toBe(0);
    expect(stdout).toContain('[patches] Reading patches from path "p"\n');
    expect(manifest).toContain("    patched: sure\n");
  });
});
