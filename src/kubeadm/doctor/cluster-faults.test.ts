import { describe } from "vitest";
import { certificateRequest } from "../../../test/fixtures/kubeadm/doctor/certificate-request.ts";
import { type Fault, itNamesFirst } from "../../../test/fixtures/kubeadm/doctor/faults.ts";
import {
  kubeletConf,
  kubeletConfiguration,
  nodePath,
  readyNode,
  requestsPath,
  secret,
  server,
  statusObject,
  type Worker,
} from "../../../test/fixtures/kubeadm/doctor/worker.ts";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import { TransportError } from "../../cluster/transport.ts";

const kubeletConfPath = "/etc/kubernetes/kubelet.conf";
const configPath = "/var/lib/kubelet/config.yaml";
const pairPath = "/var/lib/kubelet/pki/kubelet-client-2026.pem";

const refused = new TransportError(
  "refused",
  server,
  `Get "${server}/readyz": dial tcp 192.0.2.10:6443: connect: connection refused`,
);
const untrusted = new TransportError(
  "certificate-untrusted",
  server,
  `Get "${server}/readyz": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
);

/** The server presents the certificate, which the kubelet's CA did not sign. */
async function presenting(worker: Worker, ca: Awaited<ReturnType<typeof testAuthority>>): Promise<void> {
  worker.api["*"] = untrusted;
  worker.inspect = async () => ({ reached: "tls", chain: [], certificates: [ca.certificate], names: "" });
}

const networkFaults: readonly Fault[] = [
  {
    name: "the API server's name does not resolve",
    inject: ({ network }) => {
      network.names = { w1: ["192.0.2.21"] };
    },
    first: "endpoint-name",
    says: /api.example does not resolve: lookup api.example: no such host/,
  },
  {
    name: "nothing listens at the API server's address",
    inject: (worker) => {
      worker.api["*"] = refused;
      worker.inspect = async () => undefined;
    },
    first: "endpoint-answers",
    says: /does not respond: dial tcp 192.0.2.10:6443: connect: connection refused/,
  },
  {
    name: "packets to the API server get lost",
    inject: (worker) => {
      worker.api["*"] = new TransportError(
        "timed-out",
        server,
        `Get "${server}/readyz": dial tcp 192.0.2.10:6443: i/o timeout`,
      );
      worker.inspect = async () => ({ reached: "nothing", chain: [], certificates: [], names: "" });
    },
    first: "endpoint-answers",
    says: /does not reply to connection attempts/,
  },
  {
    name: "a rule of the firewall drops what goes to the API server",
    inject: (worker) => {
      worker.commands["iptables"] = ({ argv }) => ({
        stdout: argv.includes("OUTPUT") ? "-P OUTPUT ACCEPT\n-A OUTPUT -p tcp -m tcp --dport 6443 -j DROP\n" : "",
      });
      worker.api["*"] = new TransportError("timed-out", server, `Get "${server}/readyz": dial tcp: i/o timeout`);
      worker.inspect = async () => ({ reached: "nothing", chain: [], certificates: [], names: "" });
    },
    first: "firewall",
    says: /blocks the API server's port 6443: -A OUTPUT/,
  },
  {
    name: "firewalld does not let the kubelet's port through",
    inject: ({ commands, services }) => {
      services["firewalld"] = { exists: true, state: "active" };
      commands["firewall-cmd"] = ({ argv }) => ({
        stdout: argv.includes("--get-default-zone")
          ? "public\n"
          : "public (active)\n  target: default\n  interfaces: eth0\n  sources: \n  services: \n  ports: 30000-32767/tcp\n",
      });
    },
    first: "firewall",
    says: /zone public does not let 10250\/tcp in/,
    state: "warning",
  },
  {
    name: "another cluster answers",
    inject: async (worker) => presenting(worker, await testAuthority()),
    first: "endpoint-identity",
    says: /Another cluster responds at https:\/\/api.example:6443/,
  },
  {
    name: "a proxy intercepts TLS",
    inject: async (worker) => presenting(worker, await testAuthority("api.example")),
    first: "endpoint-identity",
    says: /A proxy intercepts TLS .* issued by CN=api.example/,
  },
  {
    name: "something else answers",
    inject: async (worker) => presenting(worker, await testAuthority("printer.example")),
    first: "endpoint-identity",
    says: /Something other than the API server responds .*CN=printer.example/,
  },
  {
    name: "the API server is not ready",
    inject: ({ api }) => {
      api["/readyz"] = { status: 500, body: "[+]ping ok\n[-]etcd failed: reason withheld\n" };
    },
    first: "endpoint-ready",
    says: /is not ready \(status 500\): \[-\]etcd failed/,
  },
  {
    name: "one of two addresses of the API server is dead",
    inject: (worker) => {
      worker.network.names = { ...worker.network.names, "api.example": ["192.0.2.10", "192.0.2.11"] };
      const { inspect } = worker;
      worker.inspect = async (url, signal) => (url.includes("192.0.2.11") ? undefined : inspect(url, signal));
    },
    first: "endpoint-backends",
    says: /1 of the 2 addresses of api.example do not respond: https:\/\/192.0.2.11:6443/,
    state: "warning",
  },
  {
    name: "one of the servers behind the API server's address is dead",
    inject: (worker) => {
      const { inspect } = worker;
      let count = 0;
      worker.inspect = async (url, signal) => (count++ % 2 === 1 ? undefined : inspect(url, signal));
    },
    first: "endpoint-backends",
    says: /4 of 8 connections to https:\/\/api.example:6443 failed/,
    state: "warning",
  },
  {
    name: "the packets of Pods are longer than those of the node",
    inject: ({ files }) => {
      files["/sys/class/net/vxlan.calico/mtu"] = "1500\n";
    },
    first: "pod-mtu",
    says: /MTU of vxlan.calico is 1500, which with 50 bytes of overhead exceeds the 1500 of eth0/,
    state: "warning",
  },
  {
    name: "the machine's own name does not resolve",
    inject: ({ network }) => {
      network.names = { "api.example": ["192.0.2.10"] };
    },
    first: "resolver",
    says: /own name w1 does not resolve/,
    state: "warning",
  },
  {
    name: "the resolver's file of the kubelet does not exist",
    inject: ({ files }) => {
      files[configPath] = `${kubeletConfiguration}resolvConf: /run/systemd/resolve/resolv.conf\n`;
    },
    first: "resolver",
    says: /resolvConf \/run\/systemd\/resolve\/resolv.conf does not exist: no Pod starts/,
  },
];

/** A worker whose kubelet has a bootstrap kubeconfig, and waits for its certificate. */
function bootstrapping({ ca, files }: Worker): void {
  delete files[kubeletConfPath];
  delete files[pairPath];
  files["/etc/kubernetes/bootstrap-kubelet.conf"] = secret(
    kubeletConf(ca).replace(/user: \{.*\}/, "user: { token: abcdef.0123456789abcdef }"),
  );
}

const clusterFaults: readonly Fault[] = [
  {
    name: "the kubelet's request is pending",
    inject: (worker) => {
      bootstrapping(worker);
      worker.api[requestsPath] = certificateRequest({});
      worker.api[nodePath] = { status: 404, body: statusObject(404, "NotFound") };
    },
    first: "certificate-requests",
    says: /csr-1 is pending, sent 10m ago: nothing has approved it/,
  },
  {
    name: "the kubelet's request is approved, but not signed",
    inject: (worker) => {
      bootstrapping(worker);
      worker.api[requestsPath] = certificateRequest({ conditions: [{ type: "Approved", status: "True" }] });
    },
    first: "certificate-requests",
    says: /csr-1 is approved, but not signed/,
  },
  {
    name: "the kubelet's request is denied",
    inject: (worker) => {
      bootstrapping(worker);
      worker.api[requestsPath] = certificateRequest({
        conditions: [{ type: "Denied", reason: "Stranger", message: "who is this" }],
      });
    },
    first: "certificate-requests",
    says: /csr-1 was denied: Stranger: who is this/,
  },
  {
    name: "a renewal of the kubelet's certificate is pending",
    inject: ({ api }) => {
      api[requestsPath] = certificateRequest({});
    },
    first: "certificate-requests",
    says: /csr-1 is pending/,
    state: "warning",
  },
  {
    name: "the bootstrap token has expired",
    inject: (worker) => {
      bootstrapping(worker);
      for (const path of [requestsPath, nodePath])
        worker.api[path] = { status: 401, body: statusObject(401, "Unauthorized") };
    },
    first: "certificate-requests",
    says: /refuses the kubelet's bootstrap credentials: Unauthorized/,
  },
  {
    name: "the Node was deleted",
    inject: ({ api }) => {
      delete api[nodePath];
    },
    first: "node-registered",
    says: /has no Node w1/,
  },
  {
    name: "the API server refuses the kubelet's certificate",
    inject: ({ api }) => {
      for (const path of [requestsPath, nodePath]) api[path] = { status: 401, body: statusObject(401, "Unauthorized") };
    },
    first: "node-registered",
    says: /refuses the kubelet's credentials: Unauthorized/,
  },
  {
    name: "the Node is another machine",
    inject: ({ api }) => {
      const nodeInfo = { machineID: "f".repeat(32) };
      const addresses = [{ type: "InternalIP", address: "192.0.2.99" }];
      api[nodePath] = { body: JSON.stringify({ ...readyNode, status: { ...readyNode.status, nodeInfo, addresses } }) };
    },
    first: "node-machine",
    says: /The Node w1 belongs to another machine/,
  },
  {
    name: "the kubelet has stopped reporting",
    inject: ({ api }) => {
      const lastHeartbeatTime = new Date(Date.now() - 15 * 60_000).toISOString();
      const conditions = [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", lastHeartbeatTime }];
      api[nodePath] = { body: JSON.stringify({ ...readyNode, status: { ...readyNode.status, conditions } }) };
    },
    first: "node-ready",
    says: /has not reported to the API server for 15 min/,
  },
  {
    name: "the Node is not Ready for lack of disk space",
    inject: ({ api }) => {
      const conditions = [
        { type: "Ready", status: "True" },
        {
          type: "DiskPressure",
          status: "True",
          reason: "KubeletHasDiskPressure",
          message: "kubelet has disk pressure",
        },
      ];
      api[nodePath] = { body: JSON.stringify({ ...readyNode, status: { ...readyNode.status, conditions } }) };
    },
    first: "node-ready",
    says: /DiskPressure: kubelet has disk pressure/,
    state: "warning",
  },
];

describe("a fault of the network", () => itNamesFirst(networkFaults));
describe("a fault that the cluster shows", () => itNamesFirst(clusterFaults));
