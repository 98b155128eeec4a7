import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../../test/fixtures/cli/memory-ports.ts";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { goodFiles } from "../../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { ContainerRuntimeError } from "../../../cri/container-runtime.ts";
import { memoryHost } from "../../../host/memory.ts";
import { main } from "../../main.ts";

const socket = "unix:///var/run/containerd/containerd.sock";
const images = [
  "kube-apiserver:v1.37.2",
  "kube-controller-manager:v1.37.2",
  "kube-scheduler:v1.37.2",
  "kube-proxy:v1.37.2",
  "coredns/coredns:v1.14.6",
  "pause:3.10.2",
  "etcd:3.7.0-0",
].map((image) => `registry.k8s.io/${image}`);

async function preflight(line: string, runtime = memoryRuntime()) {
  const host = memoryHost({
    files: goodFiles,
    commands: { kubelet: { stdout: "Kubernetes v1.37.2\n" }, losetup: {}, mount: {}, cp: {} },
    services: { kubelet: { exists: true, enabled: true } },
    network: { names: { "node-1": ["192.0.2.10"] }, defaultRoutes: { IPv4: ["eth0"] } },
  });
  const ports = memoryPorts({
    host,
    connectContainerRuntime: async () => memoryContainerRuntimes({ [socket]: runtime }),
  });
  const status = await main(["init", "phase", "preflight", ...line.split(" ")], ports);
  const pulled = runtime.calls.filter((call) => call.startsWith("pullImage"));
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text(), pulled };
}

describe("init phase preflight", () => {
  it("checks the machine and has the runtime pull what it lacks", async () => {
    const { status, stdout, stderr, pulled } = await preflight("-v 0");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe(
      [
        "[preflight] Running pre-flight checks",
        "[preflight] Pulling images required for setting up a Kubernetes cluster",
        "[preflight] This might take a minute or two, depending on the speed of your internet connection",
        "[preflight] You can also perform this action beforehand using 'kubeadm config images pull'",
        "",
      ].join("\n"),
    );
    expect(pulled).toEqual(images.map((image) => `pullImage ${image}`));
  });

  it("pulls from the registry that is named", async () => {
    const { pulled } = await preflight("--image-repository example.com/k");
    expect(pulled).toContain("pullImage example.com/k/etcd:3.7.0-0");
    expect(pulled).toContain("pullImage example.com/k/coredns:v1.14.6");
  });

  it("pulls nothing in a dry run", async () => {
    const { status, stdout, pulled } = await preflight("--dry-run");
    expect(status).toBe(0);
    expect(stdout).toContain("[preflight] Would pull the required images (like 'kubeadm config images pull')\n");
    expect(pulled).toEqual([]);
  });

  it("names all images that cannot be had, and how to bring them here", async () => {
    const runtime = memoryRuntime();
    runtime.failures.set("pullImage", new ContainerRuntimeError("other", "no such host"));
    const { status, stderr } = await preflight("-v 0", runtime);
    expect(status).toBe(1);
    for (const image of images) {
      expect(stderr).toContain(
        `\t[ERROR ImagePull]: failed to pull image ${image}: failed to pull image ${image}: no such host\n`,
      );
    }
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(`Missing: ${images.join(" ")}.`);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain("'ctr --namespace k8s.io images import FILE'");
    expect(stderr).toContain("error: error execution phase preflight: preflight checks failed\n");
  });

  it("lets errors pass that are to be ignored", async () => {
    const runtime = memoryRuntime();
    runtime.failures.set("pullImage", new ContainerRuntimeError("other", "no such host"));
    const { status, stderr } = await preflight("--ignore-preflight-errors ImagePull", runtime);
    expect(status).toBe(0);
    expect(stderr).toContain("\t[WARNING ImagePull]: failed to pull image");
  });
});
