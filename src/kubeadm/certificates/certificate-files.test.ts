import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { controlPlaneNode, makeAll, workshop } from "../../../test/fixtures/kubeadm/certificates/certificates.ts";
import { privateKeyPem } from "../../pki/keys.ts";
import { ensureAuthority, ensureLeaf } from "./init-certificates.ts";

const pki = "/etc/kubernetes/pki";

async function made(): Promise<Readonly<Record<string, string>>> {
  const { host, ports } = workshop();
  await makeAll(controlPlaneNode(), ports);
  return host.files.snapshot();
}

describe("files that OpenSSL reads and no server does", () => {
  it("a key of a foreign curve is refused by name", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    const shop = workshop({ files: { ...(await made()), [`${pki}/ca.key`]: privateKeyPem(privateKey) } });
    await expect(ensureAuthority("ca", controlPlaneNode(), shop.ports)).rejects.toMatchObject({
      code: "CERTIFICATE_INVALID",
      message: expect.stringContaining(
        `error reading private key file ${pki}/ca.key: unknown elliptic curve secp256k1`,
      ),
    });
  });

  it("a certificate with an address of five bytes is refused", async () => {
    const files = await made();
    const pem = files[`${pki}/apiserver.crt`] ?? "";
    const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
    // The address 10.96.0.1 begins like this; another kind of length keeps all others.
    const at = der.indexOf(Buffer.from([0x87, 0x04, 10, 96, 0, 1, 0x87, 0x04]));
    expect(at).toBeGreaterThan(0);
    der[at + 1] = 5;
    der[at + 7] = 0x87;
    der[at + 8] = 3;
    const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
    const broken = `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
    const shop = workshop({ files: { ...files, [`${pki}/apiserver.crt`]: broken } });
    await expect(ensureLeaf("apiserver", controlPlaneNode(), shop.ports)).rejects.toMatchObject({
      code: "CERTIFICATE_INVALID",
      message: expect.stringContaining("data does not contain any valid RSA or ECDSA certificates"),
    });
  });
});
