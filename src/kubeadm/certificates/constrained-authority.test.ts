import { describe, expect, it } from "vitest";
import { controlPlaneNode, workshop } from "../../../test/fixtures/kubeadm/certificates/certificates.ts";
import { authority, type CertificateDescription, madeCertificate } from "../../../test/fixtures/pki/chain-corpus.ts";
import { ensureLeaf } from "./init-certificates.ts";

const pki = "/etc/kubernetes/pki";
const validity = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2036-01-01T00:00:00Z") };

function withAuthority(limits: CertificateDescription) {
  const subject = { commonName: "kubernetes" };
  const { pem, privateKeyPem } = madeCertificate({ ...authority, ...validity, subject, ...limits });
  return workshop({ files: { [`${pki}/ca.crt`]: pem, [`${pki}/ca.key`]: privateKeyPem } });
}

describe("a CA of the user's that limits what it signs", () => {
  it.each<[string, CertificateDescription, string]>([
    ["to other names", { permitted: [{ dNSName: "example.com" }] }, "not authorized to sign for this name"],
    ["to other addresses", { excluded: [{ iPAddress: "10.96.0.0/12" }] }, "not authorized to sign for this name"],
    ["to clients", { extendedKeyUsages: ["1.3.6.1.5.5.7.3.2"] }, "incompatible key usage"],
  ])("%s makes no API server certificate, which nobody would take", async (_limits, description, reason) => {
    const shop = withAuthority(description);
    const before = shop.host.files.snapshot();
    await expect(ensureLeaf("apiserver", controlPlaneNode(), shop.ports)).rejects.toMatchObject({
      code: "CERTIFICATE_INVALID",
      message: expect.stringContaining(reason),
    });
    expect(shop.host.files.snapshot()).toEqual(before);
  });

  it("in a way that the certificate keeps within, signs it", async () => {
    const shop = withAuthority({ excluded: [{ dNSName: "example.com" }], extendedKeyUsages: ["2.5.29.37.0"] });
    await ensureLeaf("apiserver", controlPlaneNode(), shop.ports);
    expect(shop.host.files.snapshot()).toHaveProperty([`${pki}/apiserver.crt`]);
  });
});
