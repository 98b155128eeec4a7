import { parse, stringify } from "yaml";
import type { WalkWorld } from "./walk-world.ts";

/** A sentence of a walk, and what it does. A capture in <angle brackets> below is a word of the sentence. */
interface Deed {
  readonly sentence: RegExp;
  /** Gives what the walk's $NAMEs stand for from now on. */
  run(words: readonly string[], world: WalkWorld): Promise<Readonly<Record<string, string>> | undefined>;
}

const roles = "/apis/rbac.authorization.k8s.io/v1";
const sharedCertificates = [
  ...["ca.crt", "ca.key", "sa.pub", "sa.key"],
  ...["front-proxy-ca.crt", "front-proxy-ca.key", "etcd/ca.crt", "etcd/ca.key"],
].map((file) => `/etc/kubernetes/pki/${file}`);

const deeds: readonly Deed[] = [
  {
    sentence: /^(\S+) makes the cluster, with init --upload-certs$/,
    run: async ([name = ""], world) => {
      const { endpoint, certificateKey, caPin } = await world.makeCluster(name);
      return { ENDPOINT: endpoint, KEY: certificateKey, PRINTED: caPin };
    },
  },
  {
    sentence: /^(\S+) is ready$/,
    run: async ([name = ""], world) => nothing((await machineOf(name, world)).becomesNode(name)),
  },
  {
    sentence: /^(\S+) leaves(?: as (\S+))?$/,
    run: async ([name = "", nodeName = name], world) => nothing((await world.machine(name)).leave(nodeName)),
  },
  {
    sentence: /^(\S+) has the shared certificates of (\S+)$/,
    run: async ([name = "", from = ""], world) => {
      const [target, source] = await Promise.all([world.machine(name), world.machine(from)]);
      for (const path of sharedCertificates) {
        await target.write(path, await source.read(path), path.endsWith(".key") ? 0o600 : 0o644);
      }
      return undefined;
    },
  },
  {
    sentence: /^(\S+) has (\S+) of (\S+) as (\S+)$/,
    run: async ([name = "", file = "", from = "", path = ""], world) => {
      const text = await (await world.machine(from)).read(`/root/${file}`);
      return nothing((await world.machine(name)).write(path, text, 0o600));
    },
  },
  {
    sentence: /^(\S+) has (\S+) of (\S+) with the token (\S+) as (\S+)$/,
    run: async ([name = "", file = "", from = "", token = "", path = ""], world) => {
      const text = await (await world.machine(from)).read(`/root/${file}`);
      return nothing((await world.machine(name)).write(path, withToken(text, token), 0o600));
    },
  },
  {
    sentence: /^(\S+) trusts \$URL, which serves (\S+) of (\S+)$/,
    run: async ([name = "", file = "", from = ""], world) => {
      const served = await world.serveText(await (await world.machine(from)).read(`/root/${file}`), "/file.conf");
      const machine = await world.machine(name);
      await machine.write("/etc/ssl/certs/ca-certificates.crt", served.caCertificatePem, 0o644);
      return { URL: served.url };
    },
  },
  {
    sentence: /^(\S+) has an InitConfiguration as (\S+)$/,
    run: async ([name = "", path = ""], world) => {
      const { data } = (await configMap("kube-system", "kubeadm-config", world)) as { data: Record<string, string> };
      const init = { apiVersion: "kubeadm.k8s.io/v1beta4", kind: "InitConfiguration" };
      const text = `${stringify(init)}---\n${data["ClusterConfiguration"] ?? ""}`;
      return nothing((await world.machine(name)).write(path, text, 0o600));
    },
  },
  {
    sentence: /^(\S+) has a JoinConfiguration of v1beta3 for (\S+) with (\S+) and (\S+) as (\S+)$/,
    run: async ([name = "", endpoint = "", token = "", pin = "", path = ""], world) => {
      const text = stringify({
        apiVersion: "kubeadm.k8s.io/v1beta3",
        kind: "JoinConfiguration",
        discovery: { bootstrapToken: { apiServerEndpoint: endpoint, token, caCertHashes: [pin] } },
      });
      return nothing((await world.machine(name)).write(path, text, 0o600));
    },
  },
  {
    sentence: /^(\S+) has patches as (\S+)$/,
    run: async ([name = "", directory = ""], world) => {
      const machine = await world.machine(name);
      const patch = JSON.stringify({ maxPods: 42 });
      return nothing(machine.write(`${directory}/kubeletconfiguration+merge.json`, patch, 0o644));
    },
  },
  {
    sentence: /^\S+ approves client certificates again$/,
    run: async (_words, world) =>
      nothing(
        world.request("POST", `${roles}/clusterrolebindings`, {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRoleBinding",
          metadata: { name: "kubeadm:node-autoapprove-bootstrap" },
          roleRef: {
            apiGroup: "rbac.authorization.k8s.io",
            kind: "ClusterRole",
            name: "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
          },
          subjects: [groupSubject("system:bootstrappers:kubeadm:default-node-token")],
        }),
      ),
  },
  {
    sentence: /^\S+ opens cluster-info again$/,
    run: async (_words, world) =>
      nothing(
        world.request("POST", `${roles}/namespaces/kube-public/rolebindings`, {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "RoleBinding",
          metadata: { name: "kubeadm:bootstrap-signer-clusterinfo", namespace: "kube-public" },
          roleRef: {
            apiGroup: "rbac.authorization.k8s.io",
            kind: "Role",
            name: "kubeadm:bootstrap-signer-clusterinfo",
          },
          subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "system:anonymous" }],
        }),
      ),
  },
];

/** Does what the sentence says; gives new values of $NAMEs. Throws for a sentence that no deed knows. */
export async function doDeed(sentence: string, world: WalkWorld): Promise<Readonly<Record<string, string>>> {
  for (const deed of deeds) {
    const found = deed.sentence.exec(sentence);
    if (found !== null) return (await deed.run(found.slice(1), world)) ?? {};
  }
  throw new Error(`nobody knows how to do this: ${sentence}`);
}

async function nothing(work: Promise<unknown>): Promise<undefined> {
  await work;
  return undefined;
}

/** A Node may have another name than its machine: then any machine can wait for it. */
async function machineOf(name: string, world: WalkWorld) {
  return world.machine(/^(cp|w)\d$/.test(name) ? name : "w1");
}

function configMap(namespace: string, name: string, world: WalkWorld): Promise<unknown> {
  return world.request("GET", `/api/v1/namespaces/${namespace}/configmaps/${name}`);
}

function withToken(kubeconfig: string, token: string): string {
  const { clusters } = parse(kubeconfig) as { clusters: readonly { cluster: unknown }[] };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: clusters[0]?.cluster }],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

function groupSubject(name: string) {
  return { kind: "Group", apiGroup: "rbac.authorization.k8s.io", name };
}
