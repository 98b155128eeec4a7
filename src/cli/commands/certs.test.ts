import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type ControlPlane, startControlPlane } from "../../controlplane/index.ts";
import { type MemoryHost, memoryHost } from "../../host/memory.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { main } from "../main.ts";
import { memoryPorts } from "../memory-ports.ts";

type Tree = Readonly<Record<string, string>>;

const pki = "/etc/kubernetes/pki";
const configuration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.10, bindPort: 6443}
nodeRegistration: {name: cp1, criSocket: unix:///run/containerd/containerd.sock}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
controlPlaneEndpoint: lb.example.com:8443
encryptionAlgorithm: ECDSA-P256
`;

interface Setting {
  readonly files?: Tree;
  readonly now?: string;
  readonly controlPlane?: ControlPlane;
}

async function kubeadm(line: string, { files = {}, now = "2026-01-01T00:00:00Z", controlPlane }: Setting = {}) {
  const host: MemoryHost = memoryHost({
    files: { "/c.yaml": configuration, ...files },
    clock: { start: new Date(now), automatic: true },
  });
  const ports = memoryPorts({
    host,
    ...(controlPlane === undefined ? {} : { connectTransport: async () => controlPlane.connectInProcess }),
  });
  const status = await main(line.split(" "), ports);
  const { "/c.yaml": _, ...snapshot } = host.files.snapshot();
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text(), files: snapshot };
}

/** A control plane's files, as the phases of init make them. */
let machine: Tree;
beforeAll(async () => {
  const certs = await kubeadm("init phase certs all --config /c.yaml");
  expect(certs).toMatchObject({ status: 0, stderr: "" });
  machine = (await kubeadm("init phase kubeconfig all --config /c.yaml", { files: certs.files })).files;
});

const without = (...names: string[]): Tree =>
  Object.fromEntries(
    Object.entries(machine).filter(([path]) => !names.some((name) => path === `/etc/kubernetes/${name}`)),
  );

const certificateOf = (text: string | undefined) => {
  const embedded = /client-certificate-data: (.*)/.exec(text ?? "")?.[1];
  const pem = embedded === undefined ? text : Buffer.from(embedded, "base64").toString();
  return certificateContent(new X509Certificate(pem ?? ""));
};

describe("the phases that make certificates and kubeconfigs", () => {
  const serving = (name: string, dnsNames: string, addresses: string) =>
    `[certs] ${name} serving cert is signed for DNS names [${dnsNames}] and IPs [${addresses}]`;
  const apiServerNames =
    "cp1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local lb.example.com";
  const etcdAddresses = "192.0.2.10 127.0.0.1 ::1";

  it("say what they make in upstream's lines", async () => {
    const certs = await kubeadm("init phase certs all --config /c.yaml");
    expect(certs.stdout.trimEnd().split("\n")).toEqual([
      `[certs] Using certificateDir folder "${pki}"`,
      '[certs] Generating "ca" certificate and key',
      '[certs] Generating "apiserver" certificate and key',
      serving("apiserver", apiServerNames, "10.96.0.1 192.0.2.10"),
      '[certs] Generating "apiserver-kubelet-client" certificate and key',
      '[certs] Generating "front-proxy-ca" certificate and key',
      '[certs] Generating "front-proxy-client" certificate and key',
      '[certs] Generating "etcd/ca" certificate and key',
      '[certs] Generating "etcd/server" certificate and key',
      serving("etcd/server", "cp1 localhost", etcdAddresses),
      '[certs] Generating "etcd/peer" certificate and key',
      serving("etcd/peer", "cp1 localhost", etcdAddresses),
      '[certs] Generating "etcd/healthcheck-client" certificate and key',
      '[certs] Generating "apiserver-etcd-client" certificate and key',
      '[certs] Generating "sa" key and public key',
    ]);
    const kubeconfigs = await kubeadm("init phase kubeconfig all --config /c.yaml", { files: certs.files });
    expect(kubeconfigs.stdout.trimEnd().split("\n")).toEqual([
      '[kubeconfig] Using kubeconfig folder "/etc/kubernetes"',
      ...["admin", "super-admin", "kubelet", "controller-manager", "scheduler"].map(
        (name) => `[kubeconfig] Writing "${name}.conf" kubeconfig file`,
      ),
    ]);
  });

  it("say what they keep in upstream's lines", async () => {
    const { stdout, files } = await kubeadm("init phase certs all --config /c.yaml", { files: machine });
    expect(stdout.trimEnd().split("\n").slice(1)).toEqual([
      "[certs] Using existing ca certificate authority",
      "[certs] Using existing apiserver certificate and key on disk",
      "[certs] Using existing apiserver-kubelet-client certificate and key on disk",
      "[certs] Using existing front-proxy-ca certificate authority",
      "[certs] Using existing front-proxy-client certificate and key on disk",
      "[certs] Using existing etcd/ca certificate authority",
      "[certs] Using existing etcd/server certificate and key on disk",
      "[certs] Using existing etcd/peer certificate and key on disk",
      "[certs] Using existing etcd/healthcheck-client certificate and key on disk",
      "[certs] Using existing apiserver-etcd-client certificate and key on disk",
      '[certs] Using the existing "sa" key',
    ]);
    expect(files).toEqual(machine);
    const admin = await kubeadm("init phase kubeconfig admin --config /c.yaml", { files: machine });
    expect(admin.stdout).toBe('[kubeconfig] Using existing kubeconfig file: "/etc/kubernetes/admin.conf"\n');
  });

  it("take over what an external CA has signed", async () => {
    const files = without("pki/ca.key");
    const certs = await kubeadm("init phase certs all --config /c.yaml", { files });
    expect(certs.stdout).toContain("[certs] Using existing ca keyless certificate authority\n");
    const kubeconfigs = await kubeadm("init phase kubeconfig all --config /c.yaml", { files });
    expect(kubeconfigs.stdout).toContain("[kubeconfig] External CA mode: Using user provided admin.conf\n");
    expect([certs.status, kubeconfigs.status, kubeconfigs.files]).toEqual([0, 0, files]);
  });

  it.each([
    ["certs ca", ["ca.crt", "ca.key"]],
    ["certs sa", ["sa.key", "sa.pub"]],
  ])("%s makes nothing else", async (phase, names) => {
    const { stdout, files } = await kubeadm(`init phase ${phase} --config /c.yaml`);
    expect(Object.keys(files)).toEqual(names.map((name) => `${pki}/${name}`));
    expect(stdout.split("\n")).toHaveLength(2);
  });

  it("put back what they wrote where a file cannot be written", async () => {
    const host = memoryHost({ files: { "/c.yaml": configuration } });
    host.files.fail(`${pki}/ca.crt`, "ENOSPC", { operations: ["write"] });
    const ports = memoryPorts({ host });
    expect(await main("init phase certs ca --config /c.yaml".split(" "), ports)).toBe(1);
    expect(ports.stderr.text()).toContain("error: error execution phase certs/ca: ");
    expect(Object.keys(host.files.snapshot())).toEqual(["/c.yaml"]);
  });
});

describe("certs check-expiration", () => {
  it("shows every certificate and CA in upstream's tables", async () => {
    const files = without("scheduler.conf", "pki/front-proxy-ca.key");
    const { status, stdout, stderr } = await kubeadm("certs check-expiration --config /c.yaml", { files });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const end = "Jan 01, 2027 00:00 UTC   365d            ";
    expect(
      stdout,
    ).toBe(`CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED
admin.conf                 ${end}ca                      no      
apiserver                  ${end}ca                      no      
apiserver-etcd-client      ${end}etcd-ca                 no      
apiserver-kubelet-client   ${end}ca                      no      
controller-manager.conf    ${end}ca                      no      
etcd-healthcheck-client    ${end}etcd-ca                 no      
etcd-peer                  ${end}etcd-ca                 no      
etcd-server                ${end}etcd-ca                 no      
front-proxy-client         ${end}front-proxy-ca          yes     
!MISSING! scheduler.conf                                                                    
super-admin.conf           ${end}ca                      no      

CERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED
ca                      Dec 30, 2035 00:00 UTC   10y             no      
etcd-ca                 Dec 30, 2035 00:00 UTC   10y             no      
front-proxy-ca          Dec 30, 2035 00:00 UTC   10y             yes     
`);
  });

  it.each([
    ["2026-12-31T22:00:00Z", "120m"],
    ["2026-12-30T00:00:00Z", "2d"],
    ["2027-01-01T00:00:05Z", "<invalid>"],
  ])("at %s says that %s are left", async (now, left) => {
    const { stdout } = await kubeadm("certs check-expiration --config /c.yaml", { files: machine, now });
    expect(stdout).toContain(`apiserver                  Jan 01, 2027 00:00 UTC   ${left} `);
  });

  it("prints an object for machines, and nothing else", async () => {
    const line = "certs check-expiration -o json --config /c.yaml";
    const { stdout, stderr } = await kubeadm(line, { files: without("admin.conf") });
    const { certificates, certificateAuthorities, ...rest } = JSON.parse(stdout);
    expect({ stderr, ...rest }).toEqual({
      stderr: "",
      kind: "CertificateExpirationInfo",
      apiVersion: "output.kubeadm.k8s.io/v1alpha3",
    });
    expect(certificates.slice(0, 2)).toEqual([
      { name: "admin.conf", expirationDate: null, residualTime: 0, externallyManaged: false, missing: true },
      {
        name: "apiserver",
        expirationDate: "2027-01-01T00:00:00Z",
        residualTime: 31_536_000,
        externallyManaged: false,
        caName: "ca",
        missing: false,
      },
    ]);
    expect(certificateAuthorities.map(({ name, caName }: { name: string; caName?: string }) => [name, caName])).toEqual(
      [
        ["ca", undefined],
        ["etcd-ca", undefined],
        ["front-proxy-ca", undefined],
      ],
    );
  });

  it("leaves out what an external etcd brings itself", async () => {
    const etcd = "etcd: {external: {endpoints: ['https://192.0.2.9:2379'], caFile: /a, certFile: /b, keyFile: /c}}\n";
    const files = { ...machine, "/e.yaml": configuration + etcd };
    const { stdout } = await kubeadm("certs check-expiration --config /e.yaml", { files });
    expect(stdout).not.toContain("etcd");
    expect(stdout.split("\n")).toHaveLength(7 + 1 + 1 + 1 + 2 + 1);
  });

  it("ends with what cannot be read", async () => {
    const files = { ...machine, [`${pki}/apiserver.crt`]: "garbage" };
    const { status, stderr } = await kubeadm("certs check-expiration --config /c.yaml", { files });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: failed to load existing certificate apiserver: couldn't load the certificate file/);
  });
});

describe("the configuration that certs goes by", () => {
  const heading = (area: string) =>
    `[${area}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n` +
    `[${area}] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n`;

  it("is the cluster's, but for the directory", async () => {
    const controlPlane = await startControlPlane({ encryptionAlgorithm: "ECDSA-P256" });
    try {
      const files = { "/etc/kubernetes/admin.conf": controlPlane.adminKubeconfig };
      const { status, stdout } = await kubeadm("certs renew apiserver --cert-dir /own", { files, controlPlane });
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: `${heading("renew")}\nMISSING! certificate for serving the Kubernetes API\n`,
      });
    } finally {
      await controlPlane.close();
    }
  });

  it("is the default where the cluster does not answer, and why is told", async () => {
    const { status, stdout, stderr } = await kubeadm("certs check-expiration", { files: machine });
    expect(status).toBe(0);
    expect(
      stdout.startsWith(
        `${heading("check-expiration")}[check-expiration] Error reading configuration from the Cluster. Falling back to default configuration\n\nCERTIFICATE `,
      ),
    ).toBe(true);
    expect(stderr).toMatch(/^W.*\] the cluster's configuration could not be read: .*there is no network here\n$/);
  });

  it("is the default without a word where there is no kubeconfig", async () => {
    const { stdout, stderr } = await kubeadm("certs check-expiration --kubeconfig /none", { files: machine });
    expect({ head: stdout.slice(0, 12), stderr }).toEqual({ head: "CERTIFICATE ", stderr: "" });
  });
});

describe("certs renew", () => {
  const later = "2026-11-01T00:00:00Z";

  it("all makes every certificate anew, with what stands in the old one", async () => {
    const before = { ...machine };
    const { status, stdout, stderr, files } = await kubeadm("certs renew all --config /c.yaml", {
      files: before,
      now: later,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe(`certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself renewed
certificate for serving the Kubernetes API renewed
certificate the apiserver uses to access etcd renewed
certificate for the API server to connect to kubelet renewed
certificate embedded in the kubeconfig file for the controller manager to use renewed
certificate for liveness probes to healthcheck etcd renewed
certificate for etcd nodes to communicate with each other renewed
certificate for serving etcd renewed
certificate for the front proxy client renewed
certificate embedded in the kubeconfig file for the scheduler manager to use renewed
certificate embedded in the kubeconfig file for the super-admin renewed

Done renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.
`);
    const kept = [
      `${pki}/ca.`,
      `${pki}/etcd/ca.`,
      `${pki}/front-proxy-ca.`,
      `${pki}/sa.`,
      "/etc/kubernetes/kubelet.conf",
    ];
    for (const [path, content] of Object.entries(before)) {
      const isKept = kept.some((prefix) => path.startsWith(prefix));
      expect([path, files[path] === content]).toEqual([path, isKept]);
      if (isKept || path.endsWith(".key")) continue;
      const { notBefore: _b, notAfter: _a, ...was } = certificateOf(content);
      expect(certificateOf(files[path])).toEqual({
        ...was,
        notBefore: new Date("2026-10-31T23:55:00Z"),
        notAfter: new Date("2027-11-01T00:00:00Z"),
      });
    }
  });

  it("keeps the names of the certificate, whatever the configuration says", async () => {
    const changed = { ...machine, "/c.yaml": configuration.replace("lb.example.com", "other.example.com") };
    const { files } = await kubeadm("certs renew apiserver --config /c.yaml", { files: changed });
    expect(certificateOf(files[`${pki}/apiserver.crt`]).dnsNames).toContain("lb.example.com");
  });

  it("brings the CA in a kubeconfig up to date, and keeps the rest of it", async () => {
    const path = "/etc/kubernetes/admin.conf";
    const stale = (machine[path] ?? "").replace(
      /certificate-authority-data: .*/,
      "certificate-authority-data: c3RhbGU=",
    );
    const namespaced = stale.replace("    cluster: kubernetes\n", "    cluster: kubernetes\n    namespace: mine\n");
    const { stdout, files } = await kubeadm("certs renew admin.conf --config /c.yaml", {
      files: { ...machine, [path]: namespaced },
    });
    expect(stdout).toBe(
      "certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself renewed\n",
    );
    const masked = (text: string | undefined) => text?.replace(/client-(certificate|key)-data: .*/g, "client-$1-data:");
    const expected = namespaced.replace("c3RhbGU=", Buffer.from(machine[`${pki}/ca.crt`] ?? "").toString("base64"));
    expect(masked(files[path])).toBe(masked(expected));
    expect(files[path]).not.toBe(expected);
  });

  it.each([
    ["apiserver", ["pki/apiserver.crt"], "MISSING! certificate for serving the Kubernetes API\n"],
    [
      "apiserver",
      ["pki/ca.key"],
      "Detected external ca, certificate for serving the Kubernetes API can't be renewed\n",
    ],
    [
      "etcd-peer",
      ["pki/etcd/ca.key"],
      "Detected external etcd/ca, certificate for etcd nodes to communicate with each other can't be renewed\n",
    ],
  ])("%s without %s changes nothing and says so", async (name, gone, expected) => {
    const files = without(...gone);
    const { status, stdout, files: after } = await kubeadm(`certs renew ${name} --config /c.yaml`, { files });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expected });
    expect(after).toEqual(files);
  });

  it.each<[string, () => Tree, RegExp]>([
    [
      "is not the key of its certificate",
      () => ({ [`${pki}/ca.key`]: machine[`${pki}/sa.key`] ?? "" }),
      /^error: failed to renew certificate apiserver: failure loading ca certificate authority: the private key \/etc\/kubernetes\/pki\/ca.key is not that of/,
    ],
    [
      "cannot be read",
      () => ({ [`${pki}/ca.key`]: "x" }),
      /^error: failed to renew certificate apiserver: failure loading ca certificate authority: failed to load key: couldn't load the private key file/,
    ],
  ])("signs nothing with a CA key that %s", async (_what, more, message) => {
    const files = { ...machine, ...more() };
    const { status, stderr, files: after } = await kubeadm("certs renew apiserver --config /c.yaml", { files });
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(after).toEqual(files);
  });

  it("says of a kubeconfig without an embedded certificate what is missing in it", async () => {
    const path = "/etc/kubernetes/admin.conf";
    const text = (machine[path] ?? "")
      .replace(/ *client-certificate-data: .*\n/, "")
      .replace(/client-key-data: .*/, "token: abc");
    const { status, stderr } = await kubeadm("certs renew admin.conf --config /c.yaml", {
      files: { ...machine, [path]: text },
    });
    expect(status).toBe(1);
    expect(stderr).toContain(
      'the user "kubernetes-admin" has no client certificate embedded (client-certificate-data)',
    );
    expect(stderr).not.toContain("abc");
  });
});

describe("certs generate-csr", () => {
  const line = "certs generate-csr --config /c.yaml --cert-dir /own/pki --kubeconfig-dir /own";

  it("writes a key and a request for everything but the CAs", async () => {
    const { status, stdout, stderr, files } = await kubeadm(line);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const bases = [
      "apiserver",
      "apiserver-kubelet-client",
      "front-proxy-client",
      "etcd/server",
      "etcd/peer",
      "etcd/healthcheck-client",
      "apiserver-etcd-client",
    ];
    const confs = ["admin.conf", "super-admin.conf", "kubelet.conf", "controller-manager.conf", "scheduler.conf"];
    expect(stdout).toBe(
      [
        "generating keys and CSRs in /own/pki",
        ...bases.map((name) => `  ${name}`),
        "generating keys and CSRs in /own",
        ...confs.map((name) => `  ${name}`),
        "",
      ].join("\n"),
    );
    expect(Object.keys(files)).toEqual(
      [
        ...bases.flatMap((base) => [`/own/pki/${base}.key`, `/own/pki/${base}.csr`]),
        ...confs.flatMap((conf) => [`/own/${conf}`, `/own/${conf}.csr`]),
      ].sort(),
    );
    expect(files["/own/kubelet.conf"]?.replace(/-data: .*/, "-data:")).toBe(`apiVersion: v1
clusters:
- cluster:
    server: https://lb.example.com:8443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: system:node:cp1
  name: system:node:cp1@kubernetes
current-context: system:node:cp1@kubernetes
kind: Config
users:
- name: system:node:cp1
  user:
    client-key-data:
`);
  });

  it.each([
    ["/own/pki/etcd/peer.key", "key or CSR /own/pki/etcd/peer"],
    ["/own/scheduler.conf", "kube config: /own/scheduler.conf"],
    ["/own/scheduler.conf.csr", "key or CSR /own/scheduler.conf"],
  ])("writes nothing at all where %s is there already", async (path, what) => {
    const { status, stdout, stderr, files } = await kubeadm(line, { files: { [path]: "mine" } });
    expect({ status, stdout, files }).toEqual({ status: 1, stdout: "", files: { [path]: "mine" } });
    expect(stderr).toMatch(new RegExp(`^error: file already exists: ${what}\n`));
  });
});

describe("kubeconfig user", () => {
  const clientOf = (text: string) => certificateOf(text);

  it("prints a kubeconfig with a client certificate", async () => {
    const line = "kubeconfig user --client-name joe --org dev,ops --validity-period 8h --config /c.yaml";
    const { status, stdout, stderr } = await kubeadm(line, { files: machine });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.replace(/-data: .*/g, "-data:")).toBe(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data:
    server: https://lb.example.com:8443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: joe
  name: joe@kubernetes
current-context: joe@kubernetes
kind: Config
users:
- name: joe
  user:
    client-certificate-data:
    client-key-data:

`);
    expect(clientOf(stdout)).toMatchObject({
      subject: { commonName: "joe", organizations: ["dev", "ops"] },
      extendedKeyUsages: ["client auth"],
      notAfter: new Date("2026-01-01T08:00:00Z"),
    });
  });

  it("prints one with the token instead", async () => {
    const { stdout } = await kubeadm("kubeconfig user --client-name joe --token s3cret --config /c.yaml", {
      files: machine,
    });
    expect(stdout).toMatch(/- name: joe\n {2}user:\n {4}token: s3cret\n\n$/);
  });

  it("warns of a long validity", async () => {
    const line = "kubeconfig user --client-name joe --validity-period 90000h --config /c.yaml";
    const { status, stderr } = await kubeadm(line, { files: machine });
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /\] WARNING: the specified certificate validity period 90000h0m0s is longer than the default duration 8760h0m0s, this may increase security risks\.\n$/,
    );
  });

  it("needs the CA's key", async () => {
    const { status, stdout, stderr } = await kubeadm(
      "kubeconfig user --client-name joe --token s3cret --config /c.yaml",
      {
        files: without("pki/ca.key"),
      },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(
      `error: couldn't create a kubeconfig; the CA files couldn't be loaded: failed to load key: couldn't load the private key file ${pki}/ca.key`,
    );
    expect(stderr).not.toContain("s3cret");
  });
});
