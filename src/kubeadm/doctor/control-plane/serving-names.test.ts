import { expect, it } from "vitest";
import { makeAll, workshop } from "../../../../test/fixtures/kubeadm/certificates/certificates.ts";
import { bareMachine, nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { examinationPorts } from "../../../../test/fixtures/kubeadm/doctor/examination.ts";
import { kubeletConf, secret } from "../../../../test/fixtures/kubeadm/doctor/worker.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { apiServerPod } from "../../control-plane/api-server-pod.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { examinationOf } from "../examination.ts";
import { ownAddresses } from "./addresses.ts";
import { servingNames } from "./serving-names.ts";

interface ControlPlaneMachine {
  /** What etcd listens to for clients. */
  readonly listens?: string;
  /** The server of kubelet.conf, and the name that its certificate must have. */
  readonly server?: string;
  readonly serverName?: string;
}

/** Returns the examination of cp1, at 192.0.2.10, with all its certificates. */
async function examinationWith({ listens, server = "https://192.0.2.10:6443", serverName }: ControlPlaneMachine) {
  const extraArgs = listens === undefined ? [] : [{ name: "listen-client-urls", value: listens }];
  const node = nodeWith({ etcd: { local: { extraArgs } } });
  const local = "local" in node.cluster.etcd ? node.cluster.etcd.local : undefined;
  if (local === undefined) throw new Error("the cluster of this test has a local etcd");
  const { host, ports } = workshop({
    network: { addresses: [{ interface: "eth0", address: "192.0.2.10", family: "IPv4", internal: false }] },
  });
  await makeAll(node, ports);
  const ca = { certificatePem: await host.files.readText("/etc/kubernetes/pki/ca.crt") };
  const kubeconfig = kubeletConf(ca, server);
  const named = serverName === undefined ? "" : `    tls-server-name: ${serverName}\n`;
  const kubelet = kubeconfig.replace(/( {4}server: .*\n)/, `$1${named}`);
  host.files.put("/etc/kubernetes/manifests/etcd.yaml", writeYaml(etcdPod(node, local)));
  host.files.put("/etc/kubernetes/manifests/kube-apiserver.yaml", writeYaml(apiServerPod(node, bareMachine)));
  host.files.put("/etc/kubernetes/kubelet.conf", secret(kubelet));
  return examinationOf(examinationPorts(host));
}

it.each<readonly [string, ControlPlaneMachine]>([
  ["the addresses that kubeadm chose", {}],
  ["etcd listens at all IPv4 addresses", { listens: "https://0.0.0.0:2379" }],
  ["etcd listens at all addresses", { listens: "https://[::]:2379,https://127.0.0.1:2379" }],
  [
    "the kubelet expects another name than the server's",
    { server: "https://198.51.100.1:6443", serverName: "kubernetes" },
  ],
])("the serving certificates name what is in use: %s", async (_title, machine) => {
  const examination = await examinationWith(machine);
  expect(await servingNames.look(examination)).toEqual({ state: "ok" });
  expect(await ownAddresses.look(examination)).toMatchObject({ state: "ok" });
});

it.each<readonly [string, ControlPlaneMachine, RegExp]>([
  ["an address of etcd", { listens: "https://192.0.2.99:2379" }, /etcd\/server.crt is not valid for 192.0.2.99/],
  ["the server of the kubelet", { server: "https://api.example:6443" }, /apiserver.crt is not valid for api.example/],
  [
    "the name that the kubelet expects",
    { serverName: "other.example" },
    /apiserver.crt is not valid for other.example/,
  ],
])("the serving certificates lack %s", async (_title, machine, finding) => {
  expect(await servingNames.look(await examinationWith(machine))).toMatchObject({
    state: "found",
    findings: [{ severity: "error", finding: expect.stringMatching(finding) }],
  });
});

it("an address that no interface has is named, in whatever notation the manifest has it", async () => {
  const examination = await examinationWith({
    listens: "https://[::0]:2379,https://127.8.0.1:2379,https://192.0.2.99:2379",
  });
  expect(await ownAddresses.look(examination)).toMatchObject({
    findings: [{ finding: expect.stringContaining("No interface of this machine has the address 192.0.2.99") }],
  });
});
