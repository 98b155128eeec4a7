// A case for each row of docs/differences.md that no other one shows: named after its key.
import { generateKeyPairSync } from "node:crypto";
import { keyPairFromPem } from "../../../src/pki/keys.ts";
import { signAuthority } from "../../../src/pki/sign-certificate.ts";
import type { DifferCase } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { document, documents, initDocuments } from "./configuration-text.ts";

const pki = "/etc/kubernetes/pki";
const otherKeys = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  privateKeyEncoding: { format: "pem", type: "sec1" },
  publicKeyEncoding: { format: "pem", type: "spki" },
});
const outsideEtcd = {
  "etcd.external.endpoints": "[https://192.0.2.30:2379]",
  "etcd.external.caFile": "/etc/kubernetes/pki-etcd/ca.crt",
  "etcd.external.certFile": "/etc/kubernetes/pki-etcd/client.crt",
  "etcd.external.keyFile": "/etc/kubernetes/pki-etcd/client.key",
};
const servingCertificates = document(
  "KubeletConfiguration",
  { serverTLSBootstrap: "true" },
  "kubelet.config.k8s.io/v1beta1",
);
const tokens = [{ token: "aaaaaa.0123456789abcdef" }, { token: "bbbbbb.0123456789abcdef" }];

const expired = signAuthority({
  keys: keyPairFromPem(otherKeys.privateKey),
  commonName: "kubernetes",
  notBefore: new Date("2001-01-01T00:00:00Z"),
  notAfter: new Date("2002-01-01T00:00:00Z"),
});

const flood = Array.from({ length: 60 }, (_, index) => `field${index}: 1\n`).join("");

const cases: Readonly<Record<string, readonly [line: string, rest: Partial<DifferCase>]>> = {
  "pin-before-fetch": [
    "join <endpoint> --token <token> --discovery-token-ca-cert-hash sha256:zz --dry-run --ignore-preflight-errors all",
    { world: { apiServer: {} } },
  ],
  "token-cut": ["join 192.0.2.20:16443 --token bad.0123456789abcdef --discovery-token-unsafe-skip-ca-verification", {}],
  "json-events": ["reset -f --output json", {}],
  "jsonpath-every-token": [
    "token list -o 'jsonpath={range .usages[*]}{@},{end}'",
    {
      files: { "/etc/kubernetes/admin.conf": { content: "<admin.conf>", mode: 0o600 } },
      world: { apiServer: { tokens } },
    },
  ],
  "cgroup-driver-compared": [
    "init phase kubelet-start --dry-run --config c.yaml",
    {
      files: { "c.yaml": initDocuments() },
      world: { containerRuntime: { cgroupDriver: "unimplemented", systemdCgroup: false } },
    },
  ],
  "etcd-mounts": [
    "init phase control-plane apiserver --config c.yaml",
    { files: { "c.yaml": initDocuments(outsideEtcd) } },
  ],
  "unknown-fields-counted": ["init phase certs ca --config c.yaml", { files: { "c.yaml": initDocuments() + flood } }],
  "authorization-mode-once": [
    "init phase control-plane all --kubernetes-version v1.37.2 --apiserver-advertise-address 192.0.2.10 --apiserver-extra-args authorization-mode=ABAC",
    {},
  ],
  "foreign-ca-key": [
    "init phase certs apiserver --config c.yaml",
    { tree: "authorities", files: { "c.yaml": initDocuments(), [`${pki}/ca.key`]: otherKeys.privateKey } },
  ],
  "certificate-invalid-explained": [
    "init phase certs etcd-server --config c.yaml",
    {
      tree: "pki",
      files: {
        "c.yaml": initDocuments(),
        [`${pki}/etcd/ca.crt`]: "<ca.crt>",
        [`${pki}/etcd/ca.key`]: { link: "/none" },
      },
      world: { apiServer: {} },
    },
  ],
  "sa-pub-made": [
    "init phase certs sa --config c.yaml",
    { files: { "c.yaml": initDocuments(), [`${pki}/sa.key`]: { content: otherKeys.privateKey, mode: 0o600 } } },
  ],
  "external-ca-files": [
    "init phase certs all --config c.yaml",
    { tree: "worker", files: { "c.yaml": initDocuments() } },
  ],
  "node-address-warned": [
    "init phase kubelet-start --config c.yaml",
    {
      files: {
        "c.yaml": initDocuments({}, { "nodeRegistration.kubeletExtraArgs": "[{name: node-ip, value: 192.0.2.77}]" }),
      },
    },
  ],
  "serving-certificate-warned": [
    "init --config c.yaml --dry-run --ignore-preflight-errors all",
    { files: { "c.yaml": documents(initDocuments(), servingCertificates) } },
  ],
  "ca-dates": [
    "init phase preflight --config c.yaml --ignore-preflight-errors all",
    { files: { "c.yaml": initDocuments(), [`${pki}/ca.crt`]: expired, [`${pki}/ca.key`]: otherKeys.privateKey } },
  ],
  "init-obstacles-early": [
    "init phase preflight --config c.yaml --ignore-preflight-errors all",
    { tree: "pki", files: { "c.yaml": initDocuments(), [`${pki}/apiserver.crt`]: "not a certificate\n" } },
  ],
};

export function differenceCases(): readonly DifferCase[] {
  return Object.entries(cases).map(([key, [line, rest]]) => ({ name: `row/${key}`, args: words(line), ...rest }));
}
