import { describe, expect, test } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import { memoryHost } from "../../host/memory.ts";
import { main } from "../main.ts";

const init = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.9}
nodeRegistration: {name: n1, criSocket: "unix:///run/x"}
patches: {directory: /p}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
`;
const patch = (text: string) => ({ "/p/kube-scheduler.yaml": text });

async function failure(line: string, files: Readonly<Record<string, string>>) {
  const ports = memoryPorts({ host: memoryHost({ files }) });
  const status = await main(line.split(" "), ports);
  const lines = ports.stderr.text().split("\n");
  const begin = lines.findIndex((each) => each.startsWith("error: "));
  const end = lines.findIndex((each) => each.startsWith("cause: ") || each.startsWith("remedy: "));
  return { status, error: lines.slice(begin, end) };
}

describe("fails in upstream's words where", () => {
  test.each([
    [
      "a component's patches are not there",
      "init phase control-plane scheduler --config /c.yaml",
      { "/c.yaml": init },
      [
        'error: error execution phase control-plane/scheduler: failed to patch static Pod manifest file for "kube-scheduler": could not list patch files for path "/p": lstat /p: no such file or directory',
      ],
    ],
    [
      "etcd's patches are not there",
      "init phase etcd local --config /c.yaml",
      { "/c.yaml": init },
      [
        'error: error execution phase etcd/local: error creating local etcd static pod manifest file: failed to patch static Pod manifest file for "etcd": could not list patch files for path "/p": lstat /p: no such file or directory',
      ],
    ],
    [
      "the kubelet's patches are not there",
      "init phase kubelet-start --config /c.yaml",
      { "/c.yaml": init },
      [
        'error: error execution phase kubelet-start: error writing kubelet configuration to disk: could not apply patches to the KubeletConfiguration: could not list patch files for path "/p": lstat /p: no such file or directory',
      ],
    ],
    [
      "an item of a patch lacks its name",
      "init phase control-plane scheduler --config /c.yaml",
      { "/c.yaml": init, ...patch("spec: {containers: [{image: x, tty: true, args: [a, b]}]}") },
      expect.arrayContaining([": map: map[args:[a b] image:x tty:true] does not contain declared merge key: name"]),
    ],
    [
      "there is no admin.conf to write to the cluster with",
      "init phase bootstrap-token --config /c.yaml",
      { "/c.yaml": init },
      [
        "error: error execution phase bootstrap-token: could not bootstrap the admin user in file admin.conf: open /etc/kubernetes/admin.conf: no such file or directory",
      ],
    ],
    [
      "a kind is a number",
      "config validate --config /c.yaml",
      { "/c.yaml": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: 5\n" },
      [
        'error: unknown configuration APIs: []schema.GroupVersionKind{schema.GroupVersionKind{Group:"kubeadm.k8s.io", Version:"v1beta4", Kind:"5"}}',
      ],
    ],
    [
      "a file is a separator alone",
      "config validate --config /c.yaml",
      { "/c.yaml": "---\n" },
      [
        "error: invalid configuration for GroupVersionKind /, Kind=: kind and apiVersion is mandatory information that must be specified",
      ],
    ],
    [
      "a version is a URL",
      "init phase control-plane scheduler --kubernetes-version https://x/y",
      {},
      ['error: invalid version "https://x/y"'],
    ],
  ])("%s", async (_name, line, files, error) => {
    expect(await failure(line, files)).toEqual({ status: 1, error });
  });
});
