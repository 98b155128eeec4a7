// Files in which kubeadm finds its configuration, and what it stores in the cluster.
import { createHash } from "node:crypto";
import { eventsTo } from "../../../src/events/events.ts";
import { YamlError } from "../../../src/go/yaml/yaml-error.ts";
import { memoryHost } from "../../../src/host/memory.ts";
import { decodeJournal, encodeJournal, JournalError } from "../../../src/journal/journal.ts";
import { decodeClusterConfiguration } from "../../../src/kubeadm/config/cluster/stored-cluster-configuration.ts";
import { storedClusterConfiguration } from "../../../src/kubeadm/config/cluster/write-cluster-configuration.ts";
import { loadInitConfiguration } from "../../../src/kubeadm/config/init/load-init-configuration.ts";
import {
  loadJoinConfiguration,
  parseJoinConfiguration,
} from "../../../src/kubeadm/config/join/load-join-configuration.ts";
import { writeJoinConfiguration } from "../../../src/kubeadm/config/join/write-join-configuration.ts";
import { loadResetConfiguration } from "../../../src/kubeadm/config/reset/load-reset-configuration.ts";
import { loadUpgradeConfiguration } from "../../../src/kubeadm/config/upgrade/load-upgrade-configuration.ts";
import { corefileServers } from "../../../src/kubeadm/core-dns/corefile.ts";
import { migrateCorefile } from "../../../src/kubeadm/core-dns/migrate-corefile.ts";
import { KubeconfigError, withClusterName } from "../../../src/kubeadm/kubeconfig/kubeconfig.ts";
import { parseKubeconfig } from "../../../src/kubeadm/kubeconfig/read-kubeconfig.ts";
import { requireUsable, requireValid } from "../../../src/kubeadm/kubeconfig/validate-kubeconfig.ts";
import { writeKubeconfig } from "../../../src/kubeadm/kubeconfig/write-kubeconfig.ts";
import { decodeKubeletConfiguration } from "../../../src/kubeadm/kubelet/kubelet-configuration.ts";
import { answer, answerLater, type FuzzTarget, requireSame, textTarget, WrongAnswer } from "../target.ts";
import { fieldsIn, filesLike } from "./samples.ts";

const silent = eventsTo(
  () => undefined,
  () => new Date(0),
);

const words = [
  ...["apiVersion: kubeadm.k8s.io/v1beta4\n", "apiVersion: kubeadm.k8s.io/v1beta3\n", "kind: JoinConfiguration\n"],
  ...["kind: ClusterConfiguration\n", "kind: InitConfiguration\n", "---\n", "extraArgs:\n- name: v\n  value: '4'\n"],
  ...[
    "taints: []\n",
    "nodeRegistration:\n",
    "timeouts:\n  discovery: 5m0s\n",
    "null",
    "{}",
    "[]",
    "1h",
    "10.96.0.0/12,fd00::/108",
  ],
];

type Load = (file: string, ports: ReturnType<typeof portsWith>) => Promise<unknown>;

const file = "/kubeadm.yaml";

function portsWith(text: string) {
  const { files, network, machine } = memoryHost({ files: { [file]: text } });
  return { files, network, machine, events: silent, signal: new AbortController().signal };
}

const loading = (load: Load) => (text: string) => answerLater(() => load(file, portsWith(text)));

const configurations = () => [
  ...filesLike("test/golden/config/*.yaml", "test/golden/manifests/*/configuration.yaml"),
  ...fieldsIn("test/golden/kubeadm/yaml/configurations.jsonl", "text").slice(0, 60),
];

function join(text: string): string {
  return answer(() => {
    const { configuration } = parseJoinConfiguration(text, {}, silent);
    const written = writeJoinConfiguration(configuration).reveal();
    const again = writeJoinConfiguration(parseJoinConfiguration(written, {}, silent).configuration).reveal();
    requireSame("a JoinConfiguration written again", again, written);
  });
}

function kubeconfig(text: string): string {
  return answer(
    () => {
      const parsed = parseKubeconfig(text);
      const written = writeKubeconfig(parsed);
      requireSame("a kubeconfig written again", writeKubeconfig(parseKubeconfig(written)), written);
      requireValid(parsed);
      requireUsable(parsed);
      withClusterName(parsed, "kubernetes");
    },
    YamlError,
    KubeconfigError,
  );
}

function clusterConfiguration(text: string): string {
  return answer(() => {
    const written = storedClusterConfiguration(decodeClusterConfiguration(text, silent));
    requireSame("a ClusterConfiguration stored again", again(written), written);
  });
}

function again(text: string): string {
  return storedClusterConfiguration(decodeClusterConfiguration(text, silent));
}

function corefile(text: string): string {
  return answer(() => {
    corefileServers(text);
    for (const tag of ["1.1.3", "1.6.7", "v1.9.3"]) {
      const { corefile: migrated } = migrateCorefile(text, tag);
      const { corefile: twice } = migrateCorefile(migrated, tag);
      if (migrateCorefile(migrated, tag, tag).corefile !== migrated) throw new WrongAnswer("changed for no version");
      requireSame("a Corefile migrated again", twice, migrated);
    }
    return `${Math.min(corefileServers(text).length, 4)} servers`;
  });
}

const corefiles = () =>
  [
    ".:53 {\n    errors\n    health {\n       lameduck 5s\n    }\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n       pods insecure\n       fallthrough in-addr.arpa ip6.arpa\n       ttl 30\n    }\n    prometheus :9153\n    forward . /etc/resolv.conf {\n       max_concurrent 1000\n    }\n    cache 30\n    loop\n    reload\n    loadbalance\n}\n",
    'example.org {\n    proxy . 8.8.8.8 {\n        policy round_robin # comment\n    }\n    "quoted \\" name" a\n    rewrite stop {\n        name regex (.*) {1}\n    }\n    federation cluster.local {\n        prod prod.example\n    }\n}\n(snippet) {\n    import other\n}\n',
    ".:53 {\n    kubernetes cluster.local {\n        resyncperiod 5m\n        upstream\n        endpoint https://a https://b\n    }\n    autopath @kubernetes\n    startup echo\n    k8s_external ext\n    hosts {\n        192.0.2.1 a\n        ttl 60\n    }\n}\n",
  ] as const;

const state = { kind: "file", digest: "ab".repeat(32), mode: 0o600, copy: "1" } as const;

const journalText = encodeJournal({
  version: 1,
  run: {
    ...{ command: "join", role: "worker", nodeName: "w1", target: "192.0.2.10:6443" },
    configuration: { "nodeRegistration.taints": "ab".repeat(32) },
  },
  program: "kubeadm-ts 1.0.0",
  startedAt: "2026-11-24T19:28:25Z",
  updatedAt: "2026-11-24T19:28:26Z",
  phases: [{ name: "preflight", state: "done" }],
  files: [{ path: "/etc/kubernetes/kubelet.conf", phase: "kubelet-start", before: { kind: "absent" }, after: state }],
  services: [{ service: "kubelet", action: "restarted" }],
  objects: [{ kind: "CertificateSigningRequest", name: "csr-1" }],
  remembered: { a: [1, null] },
});

/** Also with a digest that fits: otherwise nothing else is read. */
function journal(text: string): string {
  const json = text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1);
  const digest = createHash("sha256").update(json).digest("hex");
  return [text, `${json}sha256:${digest}\n`]
    .map((each) =>
      answer(() => {
        const journal = decodeJournal(each);
        requireSame("a journal written and read again", decodeJournal(encodeJournal(journal)), journal);
      }, JournalError),
    )
    .join(", ");
}

export const configurationTargets: readonly FuzzTarget[] = [
  textTarget("init-configuration", {
    samples: configurations,
    words,
    read: loading((path, ports) => loadInitConfiguration(path, { detectsCriSocket: true }, ports)),
  }),
  textTarget("join-configuration", {
    samples: configurations,
    words,
    read: loading((path, ports) => loadJoinConfiguration(path, { detectsCriSocket: true }, ports)),
  }),
  textTarget("join-configuration-written", { samples: configurations, words, read: join }),
  textTarget("reset-configuration", { samples: configurations, words, read: loading(loadResetConfiguration) }),
  textTarget("upgrade-configuration", { samples: configurations, words, read: loading(loadUpgradeConfiguration) }),
  textTarget("stored-cluster-configuration", { samples: configurations, words, read: clusterConfiguration }),
  textTarget("kubelet-configuration", {
    samples: () => filesLike("test/golden/init/kubelet/config.yaml", "test/golden/join/worker/config.yaml"),
    words,
    read: (text) => answer(() => void decodeKubeletConfiguration(text)),
  }),
  textTarget("kubeconfig", {
    samples: () => filesLike("test/golden/join/worker/*.conf"),
    words: [
      ...words,
      "clusters:\n",
      "exec:\n",
      "auth-provider:\n",
      "certificate-authority-data: QQ==\n",
      "env:\n- name: a\n",
    ],
    read: kubeconfig,
  }),
  textTarget("corefile", {
    samples: corefiles,
    words: ["{", "}", '"', "#", "\\", "import ", ".:53", "forward ", "proxy ", "upstream"],
    read: corefile,
  }),
  textTarget("journal", {
    samples: () => [journalText],
    words: ['"', "[", "]", "{", "}", ",", ":", '"/etc/a"'],
    read: journal,
  }),
];
