import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import {
  contentOf,
  controlPlaneNode,
  externalEtcd,
  from,
  makeAll,
  pki,
  type Tree,
  withFiles,
  without,
  workshop,
} from "../../../test/fixtures/kubeadm/certificates/certificates.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { generateKeys, privateKeyPem } from "../../pki/keys.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { ensureAuthority, ensureLeaf } from "./init-certificates.ts";
import { makeJoiningCertificates } from "./join-certificates.ts";
import { makeServiceAccountKeys } from "./service-account-keys.ts";
import { sharedCertificatesProblems } from "./shared-certificates.ts";

/** The certificates of one init, made once: tests take copies. */
let made: Tree;
let other: Tree;
beforeAll(async () => {
  const [one, another] = [workshop(), workshop()];
  await makeAll(controlPlaneNode(), one.ports);
  await makeAll(controlPlaneNode(), another.ports);
  made = one.host.files.snapshot();
  other = another.host.files.snapshot();
});

const apiServerNames = [
  "cp1",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];
const etcdAddresses = ["192.0.2.10", "127.0.0.1", "::1"];

describe("init's certificates", () => {
  it.each([
    ["ca", "kubernetes", true, [], ["kubernetes"], []],
    ["apiserver", "kube-apiserver", false, ["server auth"], apiServerNames, ["10.96.0.1", "192.0.2.10"]],
    ["apiserver-kubelet-client", "kube-apiserver-kubelet-client", false, ["client auth"], [], []],
    ["front-proxy-ca", "front-proxy-ca", true, [], ["front-proxy-ca"], []],
    ["front-proxy-client", "front-proxy-client", false, ["client auth"], [], []],
    ["etcd/ca", "etcd-ca", true, [], ["etcd-ca"], []],
    ["etcd/server", "cp1", false, ["server auth", "client auth"], ["cp1", "localhost"], etcdAddresses],
    ["etcd/peer", "cp1", false, ["server auth", "client auth"], ["cp1", "localhost"], etcdAddresses],
    ["etcd/healthcheck-client", "kube-etcd-healthcheck-client", false, ["client auth"], [], []],
    ["apiserver-etcd-client", "kube-apiserver-etcd-client", false, ["client auth"], [], []],
  ])("%s is what upstream makes", (name, commonName, isAuthority, extendedKeyUsages, dnsNames, ipAddresses) => {
    expect(certificateContent(new X509Certificate(from(made, `${name}.crt`)))).toMatchObject({
      subject: { commonName, organizations: [] },
      isAuthority,
      extendedKeyUsages,
      dnsNames,
      ipAddresses,
      notBefore: new Date("2026-11-24T11:55:00Z"),
      notAfter: new Date(isAuthority ? "2036-11-21T12:00:00Z" : "2027-11-24T12:00:00Z"),
    });
  });

  it("are reported with the validity that is in them, made and kept", async () => {
    for (const [origin, seed] of [
      ["made", {}],
      ["kept", { files: made }],
    ] as const) {
      const shop = workshop(seed);
      await makeAll(controlPlaneNode(), shop.ports);
      const files = shop.host.files.snapshot();
      const paths = Object.keys(files).filter((path) => path.endsWith(".crt"));
      expect(shop.validities().map(({ path }) => path)).toEqual(expect.arrayContaining(paths));
      expect(shop.validities()).toHaveLength(paths.length);
      for (const { path, subject, notBefore, notAfter, ...told } of shop.validities()) {
        const content = certificateContent(new X509Certificate(String(files[path])));
        expect(told.origin).toBe(origin);
        expect([subject, new Date(notBefore), new Date(notAfter)]).toEqual([
          content.subject.commonName,
          content.notBefore,
          content.notAfter,
        ]);
      }
    }
  });

  it("have upstream's modes, and keys no one else may read", async () => {
    const shop = workshop();
    await makeAll(controlPlaneNode(), shop.ports);
    for (const path of Object.keys(shop.host.files.snapshot())) {
      const status = await shop.host.files.status(path);
      expect([path, status?.mode]).toEqual([path, path.endsWith(".crt") ? 0o644 : 0o600]);
    }
    expect((await shop.host.files.status(`${pki}/etcd`))?.mode).toBe(0o755);
  });

  it("are kept as they are by a second run, which says so", async () => {
    const shop = workshop({ files: made });
    await makeAll(controlPlaneNode(), shop.ports);
    expect(shop.host.files.snapshot()).toEqual(made);
    expect(shop.told()).toEqual([
      "certificate.kept authority ca",
      "certificate.kept leaf apiserver",
      "certificate.kept leaf apiserver-kubelet-client",
      "certificate.kept authority front-proxy-ca",
      "certificate.kept leaf front-proxy-client",
      "certificate.kept authority etcd/ca",
      "certificate.kept leaf etcd/server",
      "certificate.kept leaf etcd/peer",
      "certificate.kept leaf etcd/healthcheck-client",
      "certificate.kept leaf apiserver-etcd-client",
      "certificate.kept key sa",
    ]);
  });

  it("leave those of an external etcd to its operator", async () => {
    const shop = workshop();
    await makeAll(controlPlaneNode({ etcd: externalEtcd }), shop.ports);
    expect(Object.keys(shop.host.files.snapshot()).filter((path) => path.includes("etcd"))).toEqual([]);
    expect(shop.told().filter((line) => line.startsWith("certificate.skipped"))).toEqual([
      "certificate.skipped etcd/ca",
      "certificate.skipped etcd/server",
      "certificate.skipped etcd/peer",
      "certificate.skipped etcd/healthcheck-client",
      "certificate.skipped apiserver-etcd-client",
    ]);
  });

  it.each<[string, Partial<ClusterConfiguration>, readonly string[], readonly string[]]>([
    ["a name of the endpoint", { controlPlaneEndpoint: "lb.example.com:8443" }, ["lb.example.com"], []],
    ["an address of the endpoint without port", { controlPlaneEndpoint: "192.0.2.99" }, [], ["192.0.2.99"]],
    [
      "IPv6 services",
      { networking: { serviceSubnet: "fd00:1::/108", podSubnet: "", dnsDomain: "x.y" } },
      ["kubernetes.default.svc.x.y"],
      ["fd00:1::1"],
    ],
    [
      "dual-stack services: the first",
      { networking: { serviceSubnet: "10.1.0.0/16,fd00::/108", podSubnet: "", dnsDomain: "c" } },
      [],
      ["10.1.0.1"],
    ],
    [
      "names of the user",
      { apiServer: { ...controlPlaneNode().cluster.apiServer, certSANs: ["*.w.example", "fd00::0005", "192.0.2.10"] } },
      ["*.w.example"],
      ["fd00::5", "192.0.2.10"],
    ],
  ])("carry %s", async (_what, more, dnsNames, ipAddresses) => {
    const shop = workshop();
    await ensureAuthority("ca", controlPlaneNode(more), shop.ports);
    await ensureLeaf("apiserver", controlPlaneNode(more), shop.ports);
    const content = await contentOf(shop, "apiserver.crt");
    expect(content.dnsNames).toEqual(expect.arrayContaining([...dnsNames]));
    expect(content.ipAddresses).toEqual(expect.arrayContaining([...ipAddresses]));
    expect(content.dnsNames).toEqual([...new Set(content.dnsNames)].sort());
    expect(content.ipAddresses).toEqual([...new Set(content.ipAddresses)]);
  });

  it("complete a service account key with its public half", async () => {
    const shop = workshop({ files: without(made, "sa.pub") });
    await makeServiceAccountKeys(controlPlaneNode().cluster, shop.ports);
    expect(shop.host.files.snapshot()).toEqual(made);
  });
});

describe("a service account key that init keeps", () => {
  it("is warned of where the public key next to it is another's", async () => {
    const shop = workshop({ files: withFiles(made, { "sa.pub": from(other, "sa.pub") }) });
    await makeServiceAccountKeys(controlPlaneNode().cluster, shop.ports);
    expect(shop.warnings()).toEqual([
      `the service account keys are kept unchanged, but: ${pki}/sa.pub is not the public half of ${pki}/sa.key`,
    ]);
    expect(from(shop.host.files.snapshot(), "sa.pub")).toBe(from(other, "sa.pub"));
  });

  it("may be the second key whose tokens are accepted, as during its replacement", async () => {
    const both = `${from(other, "sa.pub")}${from(made, "sa.pub")}`;
    const shop = workshop({ files: withFiles(made, { "sa.pub": both }) });
    await makeServiceAccountKeys(controlPlaneNode().cluster, shop.ports);
    expect(shop.warnings()).toEqual([]);
  });
});

describe("a certificate in the way", () => {
  const remedy = (code: string) => ({ code, remedy: expect.stringMatching(/\S/) });
  it.each<[string, () => Tree, "ca" | "apiserver", string, string]>([
    [
      "of another CA",
      () => withFiles(made, { "ca.crt": from(other, "ca.crt"), "ca.key": from(other, "ca.key") }),
      "apiserver",
      "CERTIFICATE_INVALID",
      "[certs] certificate apiserver not signed by CA certificate ca: x509: certificate signed by unknown authority",
    ],
    [
      "that is a client's where a server's is needed",
      () =>
        withFiles(made, {
          "apiserver.crt": from(made, "apiserver-kubelet-client.crt"),
          "apiserver.key": from(made, "apiserver-kubelet-client.key"),
        }),
      "apiserver",
      "CERTIFICATE_INVALID",
      "not signed by CA certificate ca: x509: certificate specifies an incompatible key usage",
    ],
    [
      "with another's key",
      () => withFiles(made, { "apiserver.key": from(other, "apiserver.key") }),
      "apiserver",
      "CERTIFICATE_INVALID",
      `the private key ${pki}/apiserver.key does not match ${pki}/apiserver.crt`,
    ],
    [
      "without its key",
      () => without(made, "apiserver.key"),
      "apiserver",
      "CERTIFICATE_INVALID",
      `failure loading apiserver key: couldn't load the private key file ${pki}/apiserver.key: open ${pki}/apiserver.key: no such file or directory`,
    ],
    [
      "that cannot be read, and its key neither: the key is told of",
      () => withFiles(made, { "apiserver.crt": "garbage", "apiserver.key": "garbage" }),
      "apiserver",
      "CERTIFICATE_INVALID",
      "failure loading apiserver key: ",
    ],
    [
      "that is only a key",
      () => without(made, "apiserver.crt"),
      "apiserver",
      "CERTIFICATE_INVALID",
      `failed to write or validate certificate "apiserver": failure loading apiserver certificate: couldn't load the certificate file ${pki}/apiserver.crt: open ${pki}/apiserver.crt: no such file or directory`,
    ],
    [
      "that is no CA where one is needed",
      () =>
        withFiles(without(made, "apiserver.crt", "apiserver.key"), {
          "ca.crt": from(made, "front-proxy-client.crt"),
          "ca.key": from(made, "front-proxy-client.key"),
        }),
      "apiserver",
      "CERTIFICATE_INVALID",
      "certificate ca is not a CA",
    ],
    [
      "that cannot be read, in place of a CA",
      () => withFiles(made, { "ca.crt": "garbage" }),
      "ca",
      "CERTIFICATE_INVALID",
      `failure loading ca certificate: failed to load certificate: couldn't load the certificate file ${pki}/ca.crt: error reading ${pki}/ca.crt: data does not contain any valid RSA or ECDSA certificates`,
    ],
    [
      "of nobody: there is no CA",
      () => ({}),
      "apiserver",
      "CERTIFICATE_AUTHORITY_MISSING",
      `couldn't load ca certificate authority from ${pki}`,
    ],
  ])("%s is an error and stays untouched", async (_what, files, phase, code, message) => {
    const tree = files();
    const shop = workshop({ files: tree });
    const node = controlPlaneNode();
    const doing = phase === "ca" ? ensureAuthority("ca", node, shop.ports) : ensureLeaf("apiserver", node, shop.ports);
    await expect(doing).rejects.toMatchObject({ message: expect.stringContaining(message), ...remedy(code) });
    expect(shop.host.files.snapshot()).toEqual(tree);
  });

  it("that is a dangling link counts as missing: a new one is created", async () => {
    const shop = workshop({ files: { [`${pki}/ca.crt`]: { target: "/none" } } });
    await ensureAuthority("ca", controlPlaneNode(), shop.ports);
    expect((await contentOf(shop, "ca.crt")).subject).toBeDefined();
    expect(shop.told()).toContain("certificate.generating ca");
  });

  it("that has expired is named with its dates and its issuer", async () => {
    const shop = workshop({ files: made }, { now: new Date("2028-01-01T00:00:00Z") });
    await expect(ensureLeaf("apiserver", controlPlaneNode(), shop.ports)).rejects.toMatchObject({
      message: expect.stringContaining("current time 2028-01-01T00:00:00Z is after 2027-11-24T12:00:00Z"),
      remedy: expect.stringContaining(
        `${pki}/apiserver.crt is CN=kube-apiserver, issued by CN=kubernetes, valid from 2026-11-24T11:55:00Z to 2027-11-24T12:00:00Z`,
      ),
    });
    expect(shop.warnings()).toEqual([
      "WARNING: could not validate bounds for certificate apiserver: the certificate has expired: NotBefore: 2026-11-24 11:55:00 +0000 UTC, NotAfter: 2027-11-24 12:00:00 +0000 UTC",
    ]);
  });

  it("that lacks names is kept by init, with a warning", async () => {
    const shop = workshop({ files: made });
    await ensureLeaf("apiserver", controlPlaneNode({ controlPlaneEndpoint: "lb.example.com:6443" }), shop.ports);
    expect(shop.told()).toEqual(["certificate.kept leaf apiserver"]);
    expect(shop.warnings()).toEqual([
      `certificate apiserver is kept unchanged, but: x509: certificate is valid for ${apiServerNames.join(", ")}, not lb.example.com`,
    ]);
  });
});

describe("a joining control plane", () => {
  const shared = [
    "ca.crt",
    "ca.key",
    "front-proxy-ca.crt",
    "front-proxy-ca.key",
    "etcd/ca.crt",
    "etcd/ca.key",
    "sa.key",
    "sa.pub",
  ];
  const copied = (): Tree => Object.fromEntries(shared.map((name) => [`${pki}/${name}`, from(made, name)]));
  const node = () => controlPlaneNode({}, "cp2", "192.0.2.11");

  it("makes its own certificates under the shared CAs, and keeps those", async () => {
    const shop = workshop({ files: copied() });
    await makeJoiningCertificates(node(), shop.ports);
    expect(shop.told()).toEqual([
      "certificates.directory",
      "certificate.generating apiserver",
      "certificate.serving apiserver",
      "certificate.generating apiserver-kubelet-client",
      "certificate.generating front-proxy-client",
      "certificate.generating etcd/server",
      "certificate.serving etcd/server",
      "certificate.generating etcd/peer",
      "certificate.serving etcd/peer",
      "certificate.generating etcd/healthcheck-client",
      "certificate.generating apiserver-etcd-client",
      "certificates.complete",
      "certificate.kept key sa",
    ]);
    expect(shop.host.files.snapshot()).toMatchObject(copied());
    expect((await contentOf(shop, "etcd/peer.crt")).dnsNames).toEqual(["cp2", "localhost"]);
  });

  it("keeps its own certificates in a second run", async () => {
    const shop = workshop({ files: copied() });
    await makeJoiningCertificates(node(), shop.ports);
    const before = shop.host.files.snapshot();
    await makeJoiningCertificates(node(), shop.ports);
    expect(shop.host.files.snapshot()).toEqual(before);
  });

  it("refuses another node's certificates", async () => {
    const shop = workshop({ files: made });
    await expect(makeJoiningCertificates(node(), shop.ports)).rejects.toMatchObject({
      code: "CERTIFICATE_INVALID",
      message: `error creating PKI assets: failed to write or validate certificate "apiserver": certificate apiserver is invalid: x509: certificate is valid for ${apiServerNames.join(", ")}, not cp2`,
    });
  });

  it("needs every certificate of a CA whose key is elsewhere", async () => {
    const shop = workshop({ files: without(copied(), "ca.key") });
    await expect(makeJoiningCertificates(node(), shop.ports)).rejects.toMatchObject({
      code: "EXTERNAL_CA_INCOMPLETE",
      message: expect.stringContaining(
        'error creating PKI assets: could not load expected certificate "apiserver" or validate the existence of key "ca" for it: ',
      ),
    });
  });

  it("gets one error with all shared files that are missing", async () => {
    const shop = workshop({ files: { [`${pki}/etcd/ca.crt`]: from(made, "apiserver.crt") } });
    const problems = await sharedCertificatesProblems(node().cluster, shop.ports);
    const missing = (name: string) => `open ${pki}/${name}: no such file or directory`;
    expect(problems.map(({ message }) => message)).toEqual([
      `failure loading certificate for CA: couldn't load the certificate file ${pki}/ca.crt: ${missing("ca.crt")}`,
      `failure loading key for service account: couldn't load the private key file ${pki}/sa.key: ${missing("sa.key")}`,
      `failure loading certificate for front-proxy CA: couldn't load the certificate file ${pki}/front-proxy-ca.crt: ${missing("front-proxy-ca.crt")}`,
      "certificate etcd CA is not a CA",
    ]);
  });

  it("has everything with the shared files, and may do without the CAs' keys", async () => {
    const shop = workshop({ files: without(copied(), "etcd/ca.key") });
    expect(await sharedCertificatesProblems(node().cluster, shop.ports)).toEqual([]);
    expect(shop.warnings()).toEqual([
      `assuming external key for etcd CA: couldn't load the private key file ${pki}/etcd/ca.key: open ${pki}/etcd/ca.key: no such file or directory`,
    ]);
  });

  it("may have several public service account keys, as a cluster has that replaces its key", async () => {
    const both = `${from(other, "sa.pub")}${from(made, "sa.pub")}`;
    const shop = workshop({ files: withFiles(copied(), { "sa.pub": both }) });
    expect(await sharedCertificatesProblems(node().cluster, shop.ports)).toEqual([]);
  });

  it("gets an error for a public key that is not the private key's", async () => {
    const { privateKey } = await generateKeys("ECDSA-P256");
    const shop = workshop({ files: withFiles(copied(), { "sa.key": privateKeyPem(privateKey) }) });
    expect(await sharedCertificatesProblems(node().cluster, shop.ports)).toEqual([
      {
        message: `failure loading key for service account: ${pki}/sa.pub is not the public half of ${pki}/sa.key`,
        path: `${pki}/sa.pub`,
      },
    ]);
  });
});
