import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import { silentEvents } from "../../events/events.ts";
import { memoryHost } from "../../host/memory.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { requestClientCertificate } from "../../pki/certificate-request.ts";
import { privateKeyPem } from "../../pki/keys.ts";
import { certificateSubject } from "../../pki/x509.ts";
import { kubeletCertificateSigner } from "./kubelet-certificate-signer.ts";

const ca = await testAuthority();
const otherCa = await testAuthority();
const { request } = await requestClientCertificate({
  organizations: ["system:nodes"],
  commonName: "system:node:cp2",
});
const now = new Date(ca.certificate.validFromDate.getTime() + 3_600_000);
const caKey = privateKeyPem(ca.privateKey);
const pki = "/etc/kubernetes/pki";

const kubeadmArguments = [
  `--cluster-signing-cert-file=${pki}/ca.crt`,
  `--cluster-signing-key-file=${pki}/ca.key`,
  "--controllers=*,bootstrapsigner,tokencleaner",
];
const manifest = (...more: readonly string[]) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    spec: { containers: [{ name: "kube-controller-manager", command: [...kubeadmArguments, ...more] }] },
  });
const manifestPath = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
const files = {
  [`${pki}/ca.crt`]: ca.certificatePem,
  [`${pki}/ca.key`]: caKey,
  [manifestPath]: manifest(),
};

function signerOf(
  changes: Readonly<Record<string, string | undefined>> = {},
  { authorities = [ca.certificate], at = now }: { authorities?: readonly X509Certificate[]; at?: Date } = {},
) {
  const present = Object.entries({ ...files, ...changes }).filter(([, content]) => content !== undefined);
  const host = memoryHost({ files: Object.fromEntries(present) as Record<string, string> });
  const options = { certificatesDir: pki, authorities, now: at };
  return kubeletCertificateSigner(options, { files: host.files, events: silentEvents });
}

async function signedWith(...more: readonly string[]) {
  const sign = await signerOf({ [manifestPath]: manifest(...more) });
  return sign === undefined ? undefined : new X509Certificate(sign(request, now));
}

const minutes = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 60_000;

describe("the kubelet's client certificate, signed on a control plane", () => {
  it("is what the controller manager issues: subject, usages, issuer, no names", async () => {
    const certificate = await signedWith();
    expect(certificate).toBeDefined();
    if (certificate === undefined) return;
    expect(certificateSubject(certificate)).toEqual({ commonName: "system:node:cp2", organizations: ["system:nodes"] });
    expect(certificate.verify(ca.certificate.publicKey)).toBe(true);
    expect(certificate.issuer).toBe(ca.certificate.subject);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(certificateContent(certificate)).toMatchObject({ isAuthority: false });
    expect(certificate.subjectAltName).toBeUndefined();
  });

  const yearInMinutes = 365 * 24 * 60;
  it.each([
    ["for a year, begins five minutes ago and ends as much earlier", [], yearInMinutes - 5],
    ["for --cluster-signing-duration", ["--cluster-signing-duration=48h"], 48 * 60 - 5],
    ["for a short one, which is not shortened", ["--cluster-signing-duration=1h"], 60],
    ["at most for as long as the CA is valid", ["--cluster-signing-duration=1000000h"], undefined],
  ])("%s", async (_, more, lifetime) => {
    const certificate = await signedWith(...more);
    const end = ca.certificate.validToDate;
    const expected = lifetime === undefined || minutes(now, end) < lifetime ? minutes(now, end) : lifetime;
    expect(certificate && minutes(certificate.validFromDate, now)).toBeCloseTo(5, 1);
    expect(certificate && minutes(now, certificate.validToDate)).toBeCloseTo(expected, 1);
  });
});

describe("the cluster is left to sign", () => {
  it.each([
    ["without the CA's key", { [`${pki}/ca.key`]: undefined }],
    ["without the CA", { [`${pki}/ca.crt`]: undefined, [`${pki}/ca.key`]: undefined }],
    ["where the key is another CA's", { [`${pki}/ca.key`]: privateKeyPem(otherCa.privateKey) }],
    ["where ca.crt has several CAs", { [`${pki}/ca.crt`]: ca.certificatePem + otherCa.certificatePem }],
    ["where ca.crt is not a certificate", { [`${pki}/ca.crt`]: "x" }],
    ["without a manifest of the controller manager", { [manifestPath]: undefined }],
    ["where the manifest is not one", { [manifestPath]: "[" }],
    ["where it signs with another CA", { [manifestPath]: manifest("--cluster-signing-cert-file=/etc/other.crt") }],
    ["where it does not sign, as with an external CA", { [manifestPath]: manifest("--cluster-signing-key-file=") }],
    ["where its signer is off", { [manifestPath]: manifest("--controllers=*,-csrsigning") }],
    [
      "where its approver is off",
      { [manifestPath]: manifest("--controllers=*,-certificatesigningrequest-approving-controller") },
    ],
    ["where only named controllers run", { [manifestPath]: manifest("--controllers=bootstrapsigner") }],
    ["where the lifetime is not a duration", { [manifestPath]: manifest("--cluster-signing-duration=soon") }],
  ])("%s", async (_, changes) => {
    expect(await signerOf(changes)).toBeUndefined();
  });

  it.each([
    ["where discovery found another CA than the one here", { authorities: [otherCa.certificate] }],
    ["where the CA has expired", { at: new Date(ca.certificate.validToDate.getTime() + 1_000) }],
    ["where the CA is not valid yet", { at: new Date(ca.certificate.validFromDate.getTime() - 1_000) }],
  ])("%s", async (_, known) => {
    expect(await signerOf({}, known)).toBeUndefined();
  });
});
