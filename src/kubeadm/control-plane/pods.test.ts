import { describe, expect, it } from "vitest";
import { bareMachine, nodeWith } from "../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import type { JsonObject } from "../../values/json.ts";
import { apiServerPod, warnOfArguments } from "./api-server-pod.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { controllerManagerPod } from "./controller-manager-pod.ts";
import { etcdPod } from "./etcd-pod.ts";
import { findSurroundings } from "./pod-surroundings.ts";
import { schedulerPod } from "./scheduler-pod.ts";

interface Container {
  readonly command: readonly string[];
  readonly image: string;
  readonly ports: readonly { readonly containerPort: number }[];
  readonly livenessProbe: { readonly httpGet: { readonly host?: string; readonly scheme: string } };
  readonly startupProbe: { readonly failureThreshold: number };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: true }[];
}

function containerOf(pod: JsonObject): Container {
  const { containers } = pod["spec"] as unknown as { containers: readonly [Container] };
  return containers[0];
}

const local = (node: ControlPlaneNode) => {
  if (!("local" in node.cluster.etcd)) throw new Error("the etcd of this node is external");
  return node.cluster.etcd.local;
};
const etcdOf = (node: ControlPlaneNode) => containerOf(etcdPod(node, local(node)));
const apiServerOf = (node: ControlPlaneNode) => containerOf(apiServerPod(node, bareMachine));

describe("the Pod of etcd", () => {
  const oldFlags = /experimental-initial-corrupt-check=true .*experimental-watch-progress-notify-interval=5s/;
  const newFlags = /--feature-gates=InitialCorruptCheck=true .*--watch-progress-notify-interval=5s/;
  it.each([
    ["1.34 with an etcd 3.5 has the flags by their experimental names", "v1.34.1", "3.5.21-0", oldFlags],
    ["1.35 with an etcd 3.5 too", "v1.35.4", "v3.5.24", oldFlags],
    ["1.35 with its own etcd has the names of 3.6", "v1.35.4", "", newFlags],
    ["1.36 has the names of 3.6 whatever the tag", "v1.36.0", "3.5.24-0", newFlags],
    ["a tag that is no version counts as new", "v1.34.1", "mine", newFlags],
  ])("of a cluster of %s", (_name, kubernetesVersion, imageTag, expected) => {
    const { command } = etcdOf(nodeWith({ kubernetesVersion, etcd: { local: { imageTag } } }));
    expect(command.join(" ")).toMatch(expected);
    expect(command.join(" ").includes("experimental")).toBe(expected === oldFlags);
  });

  it.each([
    ["v1.34.0", "registry.k8s.io/etcd:3.6.5-0"],
    ["v1.35.4", "registry.k8s.io/etcd:3.6.6-0"],
    ["v1.36.2", "registry.k8s.io/etcd:3.7.0-0"],
    ["v1.37.2", "registry.k8s.io/etcd:3.7.0-0"],
  ])("of a cluster of %s runs %s", (kubernetesVersion, image) => {
    expect(etcdOf(nodeWith({ kubernetesVersion })).image).toBe(image);
  });

  it("that joins names all members, and that their cluster exists", () => {
    const node = nodeWith();
    const pod = etcdPod(node, local(node), [
      { name: "cp0", peerUrl: "https://192.0.2.9:2380" },
      { name: "cp1", peerUrl: "https://192.0.2.10:2380" },
    ]);
    const { command } = containerOf(pod);
    expect(command).toContain("--initial-cluster=cp0=https://192.0.2.9:2380,cp1=https://192.0.2.10:2380");
    expect(command).toContain("--initial-cluster-state=existing");
  });

  it.each([
    ["https://[2001:db8::1]:9000", { host: "2001:db8::1", scheme: "HTTPS" }, 9000],
    ["http://:9000", { host: "127.0.0.1", scheme: "HTTP" }, 9000],
    ["https://metrics", { host: "metrics", scheme: "HTTPS" }, 2381],
    ["HTTPS://metrics:99", { host: "metrics", scheme: "HTTPS" }, 99],
    ["unix://x", { host: "x", scheme: "HTTP" }, 2381],
    ["unix:///x", { host: "127.0.0.1", scheme: "HTTP" }, 2381],
    ["http://[::1]", { host: "::1", scheme: "HTTP" }, 2381],
    ["http://[fe80::1%25eth0]:5", { host: "fe80::1%eth0", scheme: "HTTP" }, 5],
    ["http://u:p@h:9/p?q", { host: "h", scheme: "HTTP" }, 9],
    ["//h:5", { host: "h", scheme: "HTTP" }, 5],
    ["http://x:0", { host: "x", scheme: "HTTP" }, 2381],
    ["http://x:70000", { host: "x", scheme: "HTTP" }, 2381],
    ["http://x:abc", { host: "127.0.0.1", scheme: "HTTP" }, 2381],
    ["x:99", { host: "127.0.0.1", scheme: "HTTP" }, 2381],
    [" http://h:1", { host: "127.0.0.1", scheme: "HTTP" }, 2381],
    ["http://h:1,http://i:2", { host: "h", scheme: "HTTP" }, 1],
    ["", { host: "127.0.0.1", scheme: "HTTP" }, 2381],
  ])("with metrics at %s is asked there", (url, target, port) => {
    const { livenessProbe, ports } = etcdOf(
      nodeWith({ etcd: { local: { extraArgs: [{ name: "listen-metrics-urls", value: url }] } } }),
    );
    expect(livenessProbe.httpGet).toEqual({ path: "/livez", port: "probe-port", ...target });
    expect(ports[0]?.containerPort).toBe(port);
  });
});

describe("the Pod of the API server", () => {
  it.each([
    [60_000, 6],
    [65_000, 7],
    [240_000, 24],
    [0, 0],
  ])("with %i ms to start is asked %i times", (controlPlaneComponentHealthCheck, failureThreshold) => {
    const { timeouts } = nodeWith();
    const node = nodeWith({}, { timeouts: { ...timeouts, controlPlaneComponentHealthCheck } });
    expect(apiServerOf(node).startupProbe.failureThreshold).toBe(failureThreshold);
  });

  it("is asked at the Pod's address where it is on all addresses", () => {
    const node = nodeWith({}, { localAPIEndpoint: { advertiseAddress: "0.0.0.0", bindPort: 6443 } });
    expect(apiServerOf(node).livenessProbe.httpGet).not.toHaveProperty("host");
  });

  it("sorts the user's arguments in with its own in clusters of 1.34, and appends them later", () => {
    const extraArgs = [
      { name: "v", value: "2" },
      { name: "audit-log-path", value: "-" },
    ];
    const commandOf = (kubernetesVersion: string) =>
      apiServerOf(nodeWith({ kubernetesVersion, apiServer: { extraArgs } })).command;
    expect(commandOf("v1.34.9").slice(3, 5)).toEqual(["--audit-log-path=-", "--authorization-mode=Node,RBAC"]);
    expect(commandOf("v1.35.0").slice(-2)).toEqual(["--v=2", "--audit-log-path=-"]);
  });

  it("of a test build runs the image of where test builds are, unless another place is named", () => {
    const version = "v1.38.0-alpha.0.12+0123456789abcd";
    const imageOf = (imageRepository: string) => {
      const { cluster } = nodeWith({ kubernetesVersion: version, imageRepository });
      return apiServerOf(nodeWith({}, { cluster: { ...cluster, isCi: true } })).image;
    };
    const tag = "v1.38.0-alpha.0.12_0123456789abcd";
    expect(imageOf("registry.k8s.io")).toBe(`gcr.io/k8s-staging-ci-images/kube-apiserver:${tag}`);
    expect(imageOf("example.com")).toBe(`example.com/kube-apiserver:${tag}`);
  });

  it("mounts certificates of an external etcd next to its own, not below it", () => {
    const external = { endpoints: ["https://e:2379"], caFile: "/etc/kubernetes/pki-etcd/ca.crt" };
    expect(apiServerOf(nodeWith({ etcd: { external } })).volumeMounts).toContainEqual({
      name: "etcd-certs-0",
      mountPath: "/etc/kubernetes/pki-etcd",
      readOnly: true,
    });
  });

  it.each([
    ["Node,RBAC", []],
    ["", []],
    ["Node,,RBAC,", []],
    ["RBAC,Node", ['the default kube-apiserver authorization-mode is "Node,RBAC"; using "RBAC,Node"']],
    [
      "Node,Foo",
      [
        'ignoring unknown kube-apiserver authorization-mode "Foo"',
        'the default kube-apiserver authorization-mode is "Node,RBAC"; using "Node"',
      ],
    ],
    ["Foo", ['ignoring unknown kube-apiserver authorization-mode "Foo"']],
  ])("with authorization-mode %j warns %j", (value, expected) => {
    const told: Event[] = [];
    const events = eventsTo(
      (event) => told.push(event),
      () => new Date(0),
    );
    warnOfArguments(nodeWith({ apiServer: { extraArgs: [{ name: "authorization-mode", value }] } }), events);
    expect(told.flatMap((event) => (event.type === "warning" ? [event.message] : []))).toEqual(expected);
  });
});

describe("the Pod of the controller manager", () => {
  const flexVolumes = "/usr/libexec/kubernetes/kubelet-plugins/volume/exec";

  it.each([
    ["v1.35.4", true],
    ["v1.36.0", false],
  ])("of a cluster of %s mounts a directory of flex volumes: %s", async (kubernetesVersion, mounts) => {
    const node = nodeWith({ kubernetesVersion });
    const host = memoryHost({ files: { [flexVolumes]: { kind: "directory" } } });
    const { volumeMounts } = containerOf(controllerManagerPod(node, await findSurroundings(node.cluster, host)));
    expect(volumeMounts.some(({ mountPath, readOnly }) => mountPath === flexVolumes && readOnly !== true)).toBe(mounts);
  });

  it.each([
    ["both are there", { "ca.crt": "", "ca.key": "" }, "/etc/kubernetes/pki/ca"],
    ["neither is there yet", {}, "/etc/kubernetes/pki/ca"],
    ["the key is kept elsewhere", { "ca.crt": "" }, ""],
  ])("signs with the CA's files where %s", async (_name, files, prefix) => {
    const node = nodeWith();
    const paths = Object.entries(files).map(([name, content]) => [`/etc/kubernetes/pki/${name}`, content] as const);
    const host = memoryHost({ files: Object.fromEntries(paths) });
    const { command } = containerOf(controllerManagerPod(node, await findSurroundings(node.cluster, host)));
    expect(command).toContain(`--cluster-signing-cert-file=${prefix === "" ? "" : `${prefix}.crt`}`);
    expect(command).toContain(`--cluster-signing-key-file=${prefix === "" ? "" : `${prefix}.key`}`);
  });

  it("mounts directories of CA certificates that are there, as links too, and no files of their names", async () => {
    const node = nodeWith();
    const host = memoryHost({
      files: {
        "/etc/pki/ca-trust": { kind: "directory" },
        "/usr/local/share/certificates/a.crt": "",
        "/usr/local/share/ca-certificates": { target: "/usr/local/share/certificates" },
        "/etc/ca-certificates": { target: "/nowhere" },
        "/usr/share/ca-certificates": "a file",
      },
    });
    const { directories } = await findSurroundings(node.cluster, host);
    expect(directories.authorities).toEqual(["/etc/pki/ca-trust", "/usr/local/share/ca-certificates"]);
  });
});

describe("the Pod of the scheduler", () => {
  it.each([
    ["0.0.0.0", undefined],
    ["::", undefined],
    ["", undefined],
    ["10.0.0.1", "10.0.0.1"],
  ])("that listens on %j is asked at %s", (value, host) => {
    const node = nodeWith({ scheduler: { extraArgs: [{ name: "bind-address", value }] } });
    expect(containerOf(schedulerPod(node, bareMachine)).livenessProbe.httpGet.host).toBe(host);
  });
});
