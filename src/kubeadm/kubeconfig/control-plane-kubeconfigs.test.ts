import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { controlPlaneNode, workshop } from "../../../test/fixtures/kubeadm/certificates/certificates.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { ensureAuthority } from "../certificates/init-certificates.ts";
import { ensureKubeconfigs, type KubeconfigFile, kubeconfigsOfInit } from "./control-plane-kubeconfigs.ts";
import { requireProvidedKubeconfigs } from "./external-kubeconfigs.ts";

const directory = "/etc/kubernetes";
const pki = `${directory}/pki`;
const node = controlPlaneNode({ controlPlaneEndpoint: "lb.example.com:8443" });
const endpointWarning =
  "WARNING: port specified in controlPlaneEndpoint overrides bindPort in the controlplane address";

/** A CA, and all kubeconfigs under it, made a day later. */
let made: Readonly<Record<string, string>>;
let other: Readonly<Record<string, string>>;
beforeAll(async () => {
  [made, other] = await Promise.all([everything(), everything()]);
});

async function everything() {
  const first = workshop();
  await ensureAuthority("ca", node, first.ports);
  const second = workshop({ files: first.host.files.snapshot() }, { now: new Date("2026-11-25T12:00:00Z") });
  await ensureKubeconfigs(kubeconfigsOfInit, { node, directory }, second.ports);
  for (const file of kubeconfigsOfInit) {
    expect((await second.host.files.status(`${directory}/${file}`))?.mode).toBe(0o600);
  }
  return second.host.files.snapshot();
}

const dataOf = (text: string | undefined, field: string) =>
  Buffer.from(new RegExp(`${field}: (.*)`).exec(text ?? "")?.[1] ?? "", "base64").toString();

describe("a control plane's kubeconfig", () => {
  it.each<[KubeconfigFile, string, readonly string[], string]>([
    ["admin.conf", "kubernetes-admin", ["kubeadm:cluster-admins"], "https://lb.example.com:8443"],
    ["super-admin.conf", "kubernetes-super-admin", ["system:masters"], "https://lb.example.com:8443"],
    ["kubelet.conf", "system:node:cp1", ["system:nodes"], "https://192.0.2.10:6443"],
    ["controller-manager.conf", "system:kube-controller-manager", [], "https://192.0.2.10:6443"],
    ["scheduler.conf", "system:kube-scheduler", [], "https://192.0.2.10:6443"],
  ])("%s reads as upstream's", (file, user, organizations, server) => {
    const text = made[`${directory}/${file}`];
    expect(text?.replace(/-data: .*/g, "-data: <DATA>")).toBe(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: <DATA>
    server: ${server}
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: ${user}
  name: ${user}@kubernetes
current-context: ${user}@kubernetes
kind: Config
users:
- name: ${user}
  user:
    client-certificate-data: <DATA>
    client-key-data: <DATA>
`);
    const certificate = new X509Certificate(dataOf(text, "client-certificate-data"));
    expect(certificateContent(certificate)).toMatchObject({
      subject: { commonName: user, organizations },
      extendedKeyUsages: ["client auth"],
      dnsNames: [],
      // The CA's beginning, and this run's end.
      notBefore: new Date("2026-11-24T11:55:00Z"),
      notAfter: new Date("2027-11-25T12:00:00Z"),
    });
    expect(dataOf(text, "certificate-authority-data")).toBe(made[`${pki}/ca.crt`]);
    expect(dataOf(text, "client-key-data")).toMatch(/^-----BEGIN EC PRIVATE KEY-----/);
  });

  const files = (more: Readonly<Record<string, string>>) => ({ ...made, ...more });
  const admin = `${directory}/admin.conf`;

  it("is kept where it trusts the CA, whatever its server", async () => {
    const seed = files({ [admin]: (made[admin] ?? "").replace("lb.example.com", "elsewhere.example.com") });
    const shop = workshop({ files: seed });
    await ensureKubeconfigs(["admin.conf"], { node, directory }, shop.ports);
    expect(shop.told()).toEqual([`kubeconfig.kept ${admin}`]);
    expect(shop.warnings()).toEqual([
      endpointWarning,
      `a kubeconfig file "${admin}" exists already but has an unexpected API Server URL: expected: https://lb.example.com:8443, got: https://elsewhere.example.com:8443`,
    ]);
    expect(shop.host.files.snapshot()).toEqual(seed);
  });

  it.each<[string, () => string, string]>([
    [
      "trusts another CA",
      () => other[admin] ?? "",
      `a kubeconfig file "${admin}" exists but does not contain a trusted CA in its current context's cluster. Total CA certificates found: 1`,
    ],
    [
      "has no CA",
      () => (made[admin] ?? "").replace(/certificate-authority-data: .*\n/, "insecure-skip-tls-verify: true\n"),
      `the kubeconfig file "${admin}" contains an invalid CA cert`,
    ],
    [
      "names no context",
      () => "apiVersion: v1\nkind: Config\n",
      `failed to find CurrentContext in Contexts of the kubeconfig file ${admin}`,
    ],
    [
      "names a cluster that is not there",
      () => (made[admin] ?? "").replace("  name: kubernetes\n", "  name: others\n"),
      `failed to find the given CurrentContext Cluster in Clusters of the kubeconfig file ${admin}`,
    ],
    ["is no kubeconfig", () => "- 1\n", `failed to load kubeconfig file ${admin} that already exists on disk: `],
  ])("that %s is in the way, and stays", async (_what, content, message) => {
    const seed = files({ [admin]: content() });
    const shop = workshop({ files: seed });
    await expect(ensureKubeconfigs(["admin.conf"], { node, directory }, shop.ports)).rejects.toMatchObject({
      code: "KUBECONFIG_INVALID",
      message: expect.stringContaining(message),
      remedy: expect.stringContaining(`Move ${admin} away`),
    });
    expect(shop.host.files.snapshot()).toEqual(seed);
  });

  it("cannot be made without a CA", async () => {
    const shop = workshop();
    await expect(ensureKubeconfigs(["admin.conf"], { node, directory }, shop.ports)).rejects.toMatchObject({
      code: "CERTIFICATE_AUTHORITY_MISSING",
      message: `couldn't create a kubeconfig; the CA files couldn't be loaded: failed to load certificate: couldn't load the certificate file ${pki}/ca.crt: open ${pki}/ca.crt: no such file or directory`,
    });
  });
});

describe("kubeconfigs under an external CA", () => {
  it("are accepted where all are there", async () => {
    const shop = workshop({ files: made });
    await requireProvidedKubeconfigs({ node, directory }, kubeconfigsOfInit, shop.ports);
    // The endpoint that is expected of the kubelet's is the cluster's; local ones are as good.
    expect(shop.warnings()).toEqual([
      endpointWarning,
      expect.stringContaining(`"${directory}/kubelet.conf" exists already`),
    ]);
  });

  it.each<[string, KubeconfigFile]>([
    ["the first", "controller-manager.conf"],
    ["the last", "kubelet.conf"],
  ])("are named where %s is missing", async (_which, file) => {
    const { [`${directory}/${file}`]: _gone, ...rest } = made;
    const shop = workshop({ files: rest });
    await expect(requireProvidedKubeconfigs({ node, directory }, kubeconfigsOfInit, shop.ports)).rejects.toMatchObject({
      code: "EXTERNAL_CA_INCOMPLETE",
      message: `the ${file} file does not exists or it is not valid: stat ${directory}/${file}: no such file or directory`,
    });
  });
});
