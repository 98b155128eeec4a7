import { afterEach, describe, expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../test/fixtures/cri/memory.ts";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import {
  type EtcdCluster,
  type RunningEtcdMember,
  startEtcdCluster,
} from "../../../test/support/etcd/start-etcd-cluster.ts";
import { TransportError } from "../../cluster/transport.ts";
import { etcdBy } from "../../etcd/grpc-etcd.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import { resetFlagNames } from "../../kubeadm/flags/reset-flags.ts";
import { localTlsSockets } from "../../sockets/local-tls-sockets.ts";
import { defined } from "../../values/defined.ts";
import { resetWorkflow } from "./reset.ts";

const clusters: EtcdCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster[Symbol.asyncDispose]();
});

const peerUrlOf = (number: number) => `https://192.0.2.1${number}:2380`;

/** A cluster of so many control planes, cp1 and so on. */
async function etcdOf(count: number) {
  const cluster = await startEtcdCluster();
  clusters.push(cluster);
  const members: RunningEtcdMember[] = [];
  for (let number = 1; number <= count; number++) {
    const peerUrl = peerUrlOf(number);
    if (number > 1) cluster.membership.add([peerUrl], false);
    members.push(await cluster.startMember({ name: `cp${number}`, peerUrl }));
  }
  return { cluster, members, names: () => cluster.membership.members.map(({ name }) => name) };
}

const authority = btoa((await testAuthority()).certificatePem);
const kubeconfig = [
  `apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{name: c, cluster: {server: "https://192.0.2.1:6443", certificate-authority-data: ${authority}}}]`,
  "contexts: [{name: a, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: t}}]\n",
].join("\n");

const configuration = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n";

type Etcd = Awaited<ReturnType<typeof etcdOf>>;

/** The machine cp<number> as its join left it. */
function controlPlane({ cluster, members }: Etcd, number: number, { manifest = true } = {}) {
  const { certificateAuthority, clientCertificate, clientKey } = cluster.credentials;
  const command = [
    "etcd",
    `--name=cp${number}`,
    `--advertise-client-urls=${members[number - 1]?.clientUrl}`,
    `--initial-advertise-peer-urls=${peerUrlOf(number)}`,
  ];
  const pod = {
    spec: {
      containers: [{ command }],
      volumes: [{ name: "etcd-data", hostPath: { path: "/var/lib/etcd" } }],
    },
  };
  return memoryHost({
    files: {
      "/etc/kubernetes/admin.conf": kubeconfig,
      "/etc/kubernetes/pki/etcd/ca.crt": certificateAuthority,
      "/etc/kubernetes/pki/etcd/healthcheck-client.crt": clientCertificate,
      "/etc/kubernetes/pki/etcd/healthcheck-client.key": clientKey.reveal(),
      "/var/lib/etcd/member/snap/db": "db",
      "/var/lib/kubelet/config.yaml": "config",
      ...(manifest ? { "/etc/kubernetes/manifests/etcd.yaml": JSON.stringify(pod) } : {}),
    },
    services: { kubelet: { state: "active" } },
    clock: { automatic: true },
  });
}

interface Setting {
  readonly etcd: Etcd;
  readonly dryRun?: boolean;
  /** The API server answers. */
  readonly hasServer?: boolean;
  readonly only?: string;
}

async function run(host: ReturnType<typeof memoryHost>, { etcd, dryRun = false, hasServer = true, only }: Setting) {
  const told: Event[] = [];
  const pods = etcd.members.map(({ clientUrl }) => ({
    metadata: { name: "etcd", annotations: { "kubeadm.kubernetes.io/etcd.advertise-client-urls": clientUrl } },
  }));
  const answers: Readonly<Record<string, unknown>> = {
    "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
      apiVersion: "v1",
      kind: "ConfigMap",
      data: { ClusterConfiguration: configuration },
    },
    "/api/v1/namespaces/kube-system/pods": { apiVersion: "v1", kind: "PodList", items: pods, metadata: {} },
  };
  const outcome = resetWorkflow.run(
    {
      flags: { force: true, dryRun, given: ["force", "dry-run"], accepted: resetFlagNames },
      ...defined({ only }),
    },
    {
      host,
      connectTransport: () => ({
        send: async ({ url }) => {
          const answer = answers[new URL(url).pathname];
          if (!hasServer || answer === undefined) throw new TransportError("refused", url, `no answer of ${url}`);
          const text = JSON.stringify(answer);
          return {
            status: 200,
            headers: { "content-type": "application/json" },
            text: async () => text,
            lines: async function* () {
              yield text;
            },
          };
        },
        close: () => undefined,
      }),
      connectContainerRuntime: memoryContainerRuntimes({
        "unix:///var/run/containerd/containerd.sock": memoryRuntime(),
      }),
      connectEtcd: etcdBy(localTlsSockets),
      inspectServer: async () => undefined,
      readLine: async () => undefined,
      events: eventsTo((event) => told.push(event), host.clock.now),
      signal: new AbortController().signal,
    },
  );
  const result = await outcome;
  const warnings = told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  const removals = told.flatMap((event) => (event.type === "reset.etcd.left" ? [event.removal] : []));
  const would = told.flatMap((event) => (event.type === "dryrun.would" ? [event.action] : []));
  return { result, warnings, removals, would };
}

const dataOf = (host: ReturnType<typeof memoryHost>) =>
  Object.keys(host.files.snapshot()).filter((path) => path.startsWith("/var/lib/etcd"));

describe("a reset of a control plane", () => {
  it("takes its member out of etcd, then empties the data", async () => {
    const etcd = await etcdOf(3);
    const host = controlPlane(etcd, 2);
    const { warnings, removals, result } = await run(host, { etcd });
    expect(etcd.names()).toEqual(["cp1", "cp3"]);
    expect([removals, warnings]).toEqual([["removed"], []]);
    expect(dataOf(host)).toEqual([]);
    expect(result.wasClean).toBe(false);
  });

  it("leaves the only member in its list, and still empties the data", async () => {
    const etcd = await etcdOf(1);
    const host = controlPlane(etcd, 1);
    const { removals, warnings } = await run(host, { etcd });
    expect(etcd.names()).toEqual(["cp1"]);
    expect([removals, warnings]).toEqual([["only-member"], []]);
    expect(dataOf(host)).toEqual([]);
  });

  it("removes the member without an API server too: its static Pod has etcd's address", async () => {
    const etcd = await etcdOf(3);
    const { removals } = await run(controlPlane(etcd, 3), { etcd, hasServer: false });
    expect(etcd.names()).toEqual(["cp1", "cp2"]);
    expect(removals).toEqual(["removed"]);
  });

  it("that was killed in its join between the announcement of its member and the static Pod removes the member", async () => {
    const etcd = await etcdOf(1);
    etcd.cluster.membership.add([peerUrlOf(2)], true);
    const host = controlPlane(etcd, 2, { manifest: false });
    await host.files.remove("/var/lib/etcd/member", { recursive: true });
    const argv = { command: ["kube-apiserver", "--advertise-address=192.0.2.12"] };
    const pod = JSON.stringify({ spec: { containers: [argv] } });
    await host.files.write("/etc/kubernetes/manifests/kube-apiserver.yaml", pod, { mode: 0o600 });
    const { removals, warnings } = await run(host, { etcd });
    expect(etcd.names()).toEqual(["cp1"]);
    expect([removals, warnings]).toEqual([["removed"], []]);
  });

  it("done once more finds the member gone", async () => {
    const etcd = await etcdOf(2);
    etcd.cluster.membership.remove(etcd.members[1]?.id ?? "");
    const { removals, warnings } = await run(controlPlane(etcd, 2), { etcd });
    expect([removals, warnings]).toEqual([["absent"], []]);
  });

  it("that is needed for the quorum causes a warning with the numbers, and the reset continues as upstream's does", async () => {
    const etcd = await etcdOf(3);
    await etcd.members[2]?.stop();
    const host = controlPlane(etcd, 1);
    const { warnings, result } = await run(host, { etcd });
    expect(etcd.names()).toEqual(["cp1", "cp2", "cp3"]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("Failed to remove etcd member: ");
    expect(warnings[0]).toContain(
      "of the 2 other voting members 1 responds, and they need 2 for quorum; no response from cp3",
    );
    expect(warnings[0]).toContain("please manually remove this etcd member using etcdctl: ");
    expect(warnings[0]).toContain("its line has https://192.0.2.11:2380");
    expect(dataOf(host)).toEqual([]);
    expect(result.leftovers.map(({ what }) => what)).toContain("the etcd member of this node in the cluster");
  });

  it("warns where etcd's certificates are gone", async () => {
    const etcd = await etcdOf(2);
    const host = controlPlane(etcd, 2);
    await host.files.remove("/etc/kubernetes/pki/etcd/healthcheck-client.key");
    const { warnings } = await run(host, { etcd });
    expect(warnings[0]).toMatch(
      /^Failed to remove etcd member: error loading the etcd client certificate: .*healthcheck-client.key/,
    );
    expect(etcd.names()).toEqual(["cp1", "cp2"]);
  });

  it("in a dry run changes nothing and says what it would do", async () => {
    const etcd = await etcdOf(2);
    const host = controlPlane(etcd, 2);
    const before = host.files.snapshot();
    const { would } = await run(host, { etcd, dryRun: true });
    expect(would.slice(0, 2)).toEqual([
      "remove the etcd member on this node from the etcd cluster",
      "delete contents of the etcd data directory: /var/lib/etcd",
    ]);
    expect(etcd.names()).toEqual(["cp1", "cp2"]);
    expect(host.files.snapshot()).toEqual(before);
  });

  it("can be done by its phase alone, which leaves the static Pods", async () => {
    const etcd = await etcdOf(2);
    const host = controlPlane(etcd, 2);
    await run(host, { etcd, only: "remove-etcd-member" });
    expect(etcd.names()).toEqual(["cp1"]);
    expect(dataOf(host)).toEqual([]);
    expect(host.files.snapshot()).toHaveProperty("/etc/kubernetes/manifests/etcd.yaml");
  });
});
