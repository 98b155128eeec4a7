import { describe, expect, it } from "vitest";
import { certificateRequest } from "../../../test/fixtures/kubeadm/doctor/certificate-request.ts";
import {
  examined,
  healthyWorker,
  kubeletConf,
  kubeletConfiguration,
  readyNode,
  requestsPath,
  secret,
  type Worker,
} from "../../../test/fixtures/kubeadm/doctor/worker.ts";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import { TransportError } from "../../cluster/transport.ts";

const hostile = "x; rm -rf $(id)";
/** The same as a host of a URL, where spaces are not allowed. */
const hostileHost = "x;rm$(id)";
const url = `https://${hostileHost}:6443`;

/** A worker whose kubeconfig names the hostile host. */
function namingHost({ ca, files, network }: Worker): void {
  files["/etc/kubernetes/kubelet.conf"] = secret(kubeletConf(ca, url));
  network.names = { ...network.names, [hostileHost]: ["192.0.2.10"] };
}

interface Row {
  readonly name: string;
  readonly inject: (worker: Worker) => void | Promise<void>;
  /** The check that suggests the command. */
  readonly check: string;
  readonly command?: string;
  /** The API server cannot have sent the name: the check says so, and no command has it. */
  readonly refusal?: RegExp;
}

const rows: readonly Row[] = [
  {
    name: "a server that does not resolve",
    inject: (worker) => {
      namingHost(worker);
      worker.network.names = { w1: ["192.0.2.21"] };
    },
    check: "endpoint-name",
    command: `getent hosts '${hostileHost}'`,
  },
  {
    name: "a server that does not respond",
    inject: (worker) => {
      namingHost(worker);
      worker.api["*"] = new TransportError("refused", url, "connect: connection refused");
    },
    check: "endpoint-answers",
    command: `curl -k -v --max-time 10 '${url}/readyz'`,
  },
  {
    name: "a server with a certificate of another CA",
    inject: async (worker) => {
      namingHost(worker);
      const { certificate } = await testAuthority();
      worker.api["*"] = new TransportError("certificate-untrusted", url, "x509: unknown authority");
      worker.inspect = async () => ({ reached: "tls", chain: [], certificates: [certificate], names: "" });
    },
    check: "endpoint-identity",
    command: `timeout 10 openssl s_client -connect '${hostileHost}:6443' -showcerts </dev/null`,
  },
  {
    name: "the machine's own name",
    inject: (worker) => {
      worker.machine.hostname = hostile;
    },
    check: "resolver",
    command: `getent hosts '${hostile}'`,
  },
  {
    name: "the kubelet's resolver file",
    inject: ({ files }) => {
      files["/var/lib/kubelet/config.yaml"] = `${kubeletConfiguration}resolvConf: "/${hostile}"\n`;
      files[`/${hostile}`] = "nameserver 127.0.0.1\n";
    },
    check: "resolver",
    command: `cat '/${hostile}'`,
  },
  {
    name: "a pending certificate signing request",
    inject: ({ api }) => {
      api[requestsPath] = certificateRequest({}, hostile);
    },
    check: "certificate-requests",
    refusal: /metadata.name "x; rm -rf \$\(id\)" is not an RFC 1123 subdomain/,
  },
  {
    name: "a denied certificate signing request",
    inject: ({ api }) => {
      api[requestsPath] = certificateRequest({ conditions: [{ type: "Denied" }] }, "--all");
    },
    check: "certificate-requests",
    refusal: /metadata.name "--all" is not an RFC 1123 subdomain/,
  },
  {
    name: "the image of sandboxes",
    inject: ({ runtime }) => {
      runtime.info["config"] = JSON.stringify({ sandboxImage: hostile });
    },
    check: "sandbox-image",
    command: `crictl --runtime-endpoint unix:///run/containerd/containerd.sock pull '${hostile}'`,
  },
  {
    name: "an image of sandboxes that looks like an option",
    inject: ({ runtime }) => {
      runtime.info["config"] = JSON.stringify({ sandboxImage: "--creds=a:b" });
    },
    check: "sandbox-image",
    command: "crictl --runtime-endpoint unix:///run/containerd/containerd.sock pull ./--creds=a:b",
  },
  {
    name: "the name of a machine that looks like an option",
    inject: (worker) => {
      worker.machine.hostname = "--service=x";
    },
    check: "resolver",
    command: "getent hosts ./--service=x",
  },
  {
    name: "a label of the kubelet's flags",
    inject: ({ files }) => {
      files["/var/lib/kubelet/kubeadm-flags.env"] =
        `KUBELET_KUBEADM_ARGS="--node-labels=node-role.kubernetes.io/x=$(id)"\n`;
    },
    check: "kubelet-flags",
    command: "kubectl label node w1 'node-role.kubernetes.io/x=$(id)'",
  },
  {
    name: "the kubelet's CA file, which is missing, while its kubeconfig has the CA",
    inject: ({ files }) => {
      files["/var/lib/kubelet/config.yaml"] =
        `${kubeletConfiguration}authentication:\n  x509:\n    clientCAFile: "/${hostile}"\n`;
    },
    check: "cluster-ca",
    command: `kubectl config view --kubeconfig /etc/kubernetes/kubelet.conf --raw --minify -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d > '/${hostile}'`,
  },
  {
    name: "the kubeconfig that a link points to",
    inject: ({ ca, files }) => {
      files["/etc/kubernetes/kubelet.conf"] = { target: `/${hostile}` };
      files[`/${hostile}`] = { content: kubeletConf(ca), mode: 0o644 };
    },
    check: "file-modes",
    command: `chmod 0600 '/${hostile}'`,
  },
  {
    name: "a Node of the machine's name that is another machine",
    inject: ({ api, machine, network }) => {
      machine.hostname = hostile;
      network.names = { ...network.names, [hostile]: ["192.0.2.21"] };
      const status = { nodeInfo: { machineID: "f".repeat(32) }, addresses: [] };
      const body = JSON.stringify({ ...readyNode, metadata: { name: hostile }, status });
      api[`/api/v1/nodes/${encodeURIComponent(hostile)}`] = { body };
    },
    check: "node-machine",
    refusal: /^the Node could not be read$/,
  },
];

describe("a suggested command takes a foreign name as one word", () => {
  it.each(rows)("$name", async ({ inject, check, command, refusal }) => {
    const worker = await healthyWorker();
    await inject(worker);
    const { checks } = await examined(worker);
    const commands = checks.flatMap(({ findings }) => findings.flatMap((finding) => finding.commands ?? []));
    const of = checks.find(({ name }) => name === check);
    if (command !== undefined) expect(of?.findings.flatMap((finding) => finding.commands ?? [])).toContain(command);
    if (refusal !== undefined) expect(of?.note).toMatch(refusal);
    for (const each of commands)
      expect(each.replace(/'[^']*'/g, "")).not.toMatch(/; ?rm|\$\(id\)| --(?:all|creds|service)/);
  });
});
