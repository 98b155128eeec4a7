import { describe } from "vitest";
import { kubeletClientPair } from "../../../test/fixtures/kubeadm/bootstrap/client-certificate.ts";
import { type Fault, failing, itNamesFirst, looping } from "../../../test/fixtures/kubeadm/doctor/faults.ts";
import {
  kubeletConf,
  kubeletConfiguration,
  secret,
  type Worker,
} from "../../../test/fixtures/kubeadm/doctor/worker.ts";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import { generateKeys } from "../../pki/keys.ts";

const kubeletConfPath = "/etc/kubernetes/kubelet.conf";
const configPath = "/var/lib/kubelet/config.yaml";
const pairPath = "/var/lib/kubelet/pki/kubelet-client-2026.pem";

const extendedKeyUsage = 0x25;
const basicConstraints = 0x13;

/**
 * The certificate with an extension whose value is no sequence: the platform reads extensions only when it is asked for
 * one. `extension` is the last byte of its identifier, 2.5.29.X.
 */
function withBroken(extension: number, pem: string): string {
  return pem.replace(/(-+BEGIN CERTIFICATE-+)([^-]+)/, (_whole, begin: string, base64: string) => {
    const der = Buffer.from(base64, "base64");
    const identifier = der.indexOf(Buffer.from([0x06, 0x03, 0x55, 0x1d, extension]));
    der[der.indexOf(0x30, identifier)] = 0x04;
    return `${begin}\n${der.toString("base64").replace(/.{64}/g, "$&\n")}\n`;
  });
}

const credentialFaults: readonly Fault[] = [
  {
    name: "kubelet.conf is missing",
    inject: ({ files }) => {
      delete files[kubeletConfPath];
    },
    first: "kubelet-kubeconfig",
    says: /kubelet.conf is missing/,
  },
  {
    name: "kubelet.conf is not a kubeconfig",
    inject: ({ files }) => {
      files[kubeletConfPath] = secret("clusters: nothing\n");
    },
    first: "kubelet-kubeconfig",
    says: /not a valid kubeconfig/,
  },
  {
    name: "the kubelet's certificate has expired",
    inject: async ({ ca, files }) => {
      files[pairPath] = secret(
        await kubeletClientPair({ nodeName: "w1", ca, notAfter: new Date(Date.now() - 3_600_000) }),
      );
    },
    first: "kubelet-certificate",
    says: /certificate expired on/,
  },
  {
    name: "the kubelet's certificate has an extension that cannot be read",
    inject: async ({ ca, files }) => {
      files[pairPath] = secret(withBroken(extendedKeyUsage, await kubeletClientPair({ nodeName: "w1", ca })));
    },
    first: "kubelet-certificate",
    says: /cannot be used: it contains no readable certificate/,
  },
  {
    name: "the CA in kubelet.conf has an extension that cannot be read",
    inject: ({ ca, files }) => {
      const certificatePem = withBroken(basicConstraints, ca.certificatePem);
      files[kubeletConfPath] = secret(kubeletConf({ ...ca, certificatePem }));
    },
    first: "cluster-ca",
    says: /^The CA in the kubelet's kubeconfig cannot be read: x509: malformed certificate: .*[^.]\.$/,
  },
  {
    name: "the kubelet's certificate is of another CA",
    inject: async ({ files }) => {
      files[pairPath] = secret(await kubeletClientPair({ nodeName: "w1" }));
    },
    first: "kubelet-certificate",
    says: /is not signed by the CA of the cluster/,
  },
  {
    name: "the kubelet's key does not fit its certificate",
    inject: async ({ ca, files }) => {
      const [pair, keys] = await Promise.all([kubeletClientPair({ nodeName: "w1", ca }), generateKeys("ECDSA-P256")]);
      const key = keys.privateKey.export({ type: "sec1", format: "pem" }).toString();
      files[pairPath] = secret(pair.slice(0, pair.indexOf("-----BEGIN EC")) + key);
    },
    first: "kubelet-certificate",
    says: /does not belong to the kubelet's certificate/,
  },
  {
    name: "the kubelet's certificate is missing",
    inject: ({ files }) => {
      delete files[pairPath];
    },
    first: "kubelet-certificate",
    says: /kubelet-client-current.pem is missing/,
  },
  {
    name: "the machine has got another name",
    inject: ({ machine, network }) => {
      machine.hostname = "renamed";
      network.names = { ...network.names, renamed: ["192.0.2.21"] };
    },
    first: "node-name",
    says: /registers the Node renamed, but its certificate is that of system:node:w1/,
  },
  {
    name: "the CA on disk is another one than in kubelet.conf",
    inject: async ({ files }) => {
      files["/etc/kubernetes/pki/ca.crt"] = (await testAuthority()).certificatePem;
    },
    first: "cluster-ca",
    says: /is not the CA in the kubelet's kubeconfig/,
  },
  {
    name: "the CA on disk is missing",
    inject: ({ files }) => {
      delete files["/etc/kubernetes/pki/ca.crt"];
    },
    first: "cluster-ca",
    says: /ca.crt is missing/,
  },
  {
    name: "the kubelet does not renew its certificate",
    inject: ({ files }) => {
      files[configPath] = kubeletConfiguration.replace("rotateCertificates: true", "rotateCertificates: false");
    },
    first: "kubelet-rotation",
    says: /rotateCertificates is not true/,
    state: "warning",
  },
  {
    name: "the kubelet has not renewed its certificate in time",
    inject: async ({ ca, files }) => {
      files[pairPath] = secret(
        await kubeletClientPair({ nodeName: "w1", ca, notAfter: new Date(Date.now() + 3_600_000) }),
      );
    },
    first: "kubelet-rotation",
    says: /has not renewed its certificate/,
    state: "warning",
  },
  {
    name: "others can read kubelet.conf",
    inject: ({ ca, files }) => {
      files[kubeletConfPath] = { content: kubeletConf(ca), mode: 0o644 };
    },
    first: "file-modes",
    says: /kubelet.conf can be read by users other .*0644/,
    state: "warning",
  },
  {
    name: "others can read the key that a link points to",
    inject: async ({ ca, files }) => {
      files[pairPath] = { content: await kubeletClientPair({ nodeName: "w1", ca }), mode: 0o644 };
    },
    first: "file-modes",
    says: /^\/var\/lib\/kubelet\/pki\/kubelet-client-2026\.pem can be read by users other .*0644/,
    state: "warning",
  },
];

const kubeletFaults: readonly Fault[] = [
  {
    name: "the kubelet is not installed",
    inject: ({ commands, services }) => {
      delete commands["kubelet"];
      delete services["kubelet"];
    },
    first: "kubelet-installed",
    says: /The kubelet is not installed/,
  },
  {
    name: "the kubelet is masked until the next boot",
    inject: ({ services }) => {
      services["kubelet"] = {
        exists: true,
        enabled: false,
        state: "inactive",
        subState: "dead",
        masked: true,
        maskedUntilBoot: true,
      };
    },
    first: "kubelet-enabled",
    says: /masked/,
    commands: ["systemctl unmask --runtime kubelet", "systemctl enable --now kubelet"],
  },
  {
    name: "the kubelet is masked",
    inject: ({ services }) => {
      services["kubelet"] = { exists: true, enabled: false, state: "inactive", subState: "dead", masked: true };
    },
    first: "kubelet-enabled",
    says: /masked/,
  },
  {
    name: "the kubelet does not start at boot",
    inject: ({ services }) => {
      services["kubelet"] = { ...services["kubelet"], enabled: false };
    },
    first: "kubelet-enabled",
    says: /not enabled/,
    state: "warning",
  },
  {
    name: "the kubelet is stopped",
    inject: ({ services }) => {
      services["kubelet"] = { exists: true, enabled: true, state: "inactive", subState: "dead" };
    },
    first: "kubelet-running",
    says: /its service is stopped/,
  },
  {
    name: "the kubelet's program cannot be run by this kind of processor",
    inject: ({ services }) => {
      const journal = [
        "kubelet.service: Failed to execute /usr/bin/kubelet: Exec format error",
        "kubelet.service: Failed at step EXEC spawning /usr/bin/kubelet: Exec format error",
        "kubelet.service: Main process exited, code=exited, status=203/EXEC",
        "kubelet.service: Referenced but unset environment variable evaluates to an empty string: KUBELET_EXTRA_ARGS",
      ];
      services["kubelet"] = { ...looping(""), exitStatus: 203, journal };
    },
    first: "kubelet-running",
    says: /^The kubelet exits with status 203.*Exec format error/,
  },
  {
    name: "the kubelet crashes repeatedly",
    inject: ({ services }) => {
      services["kubelet"] = looping(
        failing("failed to run Kubelet: listen tcp 127.0.0.1:10248: bind: address already in use"),
      );
    },
    first: "kubelet-running",
    says: /exits with status 1 repeatedly \(7 restarts\): failed to run Kubelet: listen tcp/,
  },
  {
    name: "the kubelet crashes, and is looked at while it starts",
    inject: ({ network, services }) => {
      services["kubelet"] = { ...looping(failing("oops")), state: "active", subState: "running" };
      network.probes = {};
    },
    first: "kubelet-running",
    says: /repeatedly \(7 restarts\): oops/,
  },
  {
    name: "the kubelet does not know a flag",
    inject: ({ files, services }) => {
      files["/var/lib/kubelet/kubeadm-flags.env"] = 'KUBELET_KUBEADM_ARGS="--old-flag=1"\n';
      services["kubelet"] = looping(failing("failed to parse kubelet flag: unknown flag: --old-flag"));
    },
    first: "kubelet-flags",
    says: /refuses its flag --old-flag: unknown flag/,
  },
  {
    name: "the kubelet refuses the value of a flag that has a short form",
    inject: ({ files, services }) => {
      files["/var/lib/kubelet/kubeadm-flags.env"] = 'KUBELET_KUBEADM_ARGS="--v=loud"\n';
      const said = 'invalid argument \\"loud\\" for \\"-v, --v\\" flag: strconv.ParseUint';
      services["kubelet"] = looping(failing(`failed to parse kubelet flag: ${said}`));
    },
    first: "kubelet-flags",
    says: /refuses its flag --v: invalid argument/,
  },
  {
    name: "the kubelet may not set a label",
    inject: ({ files }) => {
      files["/var/lib/kubelet/kubeadm-flags.env"] =
        'KUBELET_KUBEADM_ARGS="--node-labels=node-role.kubernetes.io/worker=x"\n';
    },
    first: "kubelet-flags",
    says: /labels that it may not set on its own Node: node-role.kubernetes.io\/worker=x/,
  },
  ...(
    [
      ["a loopback address", "127.0.0.1", /--node-ip=127\.0\.0\.1 does not work: .*loopback/],
      ["an address of another machine", "192.0.2.77", /192\.0\.2\.77 is not an address of this machine/],
    ] as const
  ).map(([what, value, says]) => ({
    name: `the kubelet is to register ${what}`,
    inject: ({ files }: Worker) => {
      files["/var/lib/kubelet/kubeadm-flags.env"] = `KUBELET_KUBEADM_ARGS="--node-ip=${value}"\n`;
    },
    first: "node-ip",
    says,
  })),
  {
    name: "a field of the kubelet's configuration has a wrong type",
    inject: ({ files, services }) => {
      files[configPath] = `${kubeletConfiguration}maxPods: many\n`;
      services["kubelet"] = looping(failing("failed to load kubelet config file, path: /var/lib/kubelet/config.yaml"));
    },
    first: "kubelet-configuration",
    says: /field maxPods .* into Go struct field KubeletConfiguration.maxPods of type int32/,
  },
  {
    name: "a field of the kubelet's configuration is unknown",
    inject: ({ files }) => {
      files[configPath] = `${kubeletConfiguration}maxPosd: 10\n`;
    },
    first: "kubelet-configuration",
    says: /unknown field maxPosd .*did you mean maxPods/,
    state: "warning",
  },
  {
    name: "the kubelet's configuration is missing",
    inject: ({ files }) => {
      delete files[configPath];
    },
    first: "kubelet-configuration",
    says: /config.yaml is missing/,
  },
  {
    name: "the kubelet is not healthy",
    inject: ({ network }) => {
      network.probes = { "http://127.0.0.1:10248/healthz": { status: 500, body: "[+]ping ok\n[-]syncloop failed" } };
    },
    first: "kubelet-healthy",
    says: /returned status code: 500 .*syncloop/,
  },
];

describe("a fault of the credentials", () => itNamesFirst(credentialFaults));
describe("a fault of the kubelet", () => itNamesFirst(kubeletFaults));
