import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary/temporary-directory.ts";
import { parseCertificates, publicKeyPin, summarize } from "./certificate.ts";
import { requestClientCertificate } from "./certificate-request.ts";

const directory = temporaryDirectory().path;
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "pipe", "ignore"] });

describe("the public key pin", () => {
  it.each([
    ["RSA", ["-newkey", "rsa:2048"]],
    ["ECDSA", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]],
  ])("of an %s certificate is what the openssl pipeline of the documentation prints", (name, key) => {
    openssl(
      "req",
      "-x509",
      ...key,
      "-nodes",
      "-keyout",
      "k",
      "-out",
      `${name}.crt`,
      "-subj",
      "/CN=kubernetes",
      "-days",
      "9",
    );
    // The documented pipeline, with `pkey` instead of the page's `rsa` so that it supports both kinds of key.
    const script = `openssl x509 -pubkey -in ${name}.crt | openssl pkey -pubin -outform der 2>/dev/null | openssl dgst -sha256 -hex | sed 's/^.* //'`;
    const expected = execFileSync("sh", ["-c", script], { cwd: directory, encoding: "utf8" }).trim();
    const [certificate] = parseCertificates(readFileSync(join(directory, `${name}.crt`), "utf8"));
    expect(certificate && publicKeyPin(certificate)).toBe(`sha256:${expected}`);
    expect(certificate && summarize(certificate)).toMatchObject({
      subject: "CN=kubernetes",
      isCertificateAuthority: true,
    });
  });

  it("finds every certificate of a bundle and skips other blocks and text", () => {
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-keyout",
      "k",
      "-out",
      "c",
      "-subj",
      "/CN=c",
    );
    const one = readFileSync(join(directory, "c"), "utf8");
    const key = readFileSync(join(directory, "k"), "utf8");
    expect(parseCertificates(`comment\n${one}${key}\n${one}`)).toHaveLength(2);
    expect(parseCertificates("nothing")).toHaveLength(0);
  });
});

describe("the client certificate request", () => {
  it("is accepted by openssl with subject, curve and signature as the kubelet's", async () => {
    const { request, privateKey } = await requestClientCertificate({
      organizations: ["system:nodes"],
      commonName: "system:node:w1",
    });
    writeFileSync(join(directory, "r.csr"), request);
    const text = openssl("req", "-in", "r.csr", "-noout", "-text", "-verify").toString();
    expect(text).toContain("Subject: O = system:nodes, CN = system:node:w1");
    expect(text).toContain("ASN1 OID: prime256v1");
    expect(text).toContain("Signature Algorithm: ecdsa-with-SHA256");
    expect(text).toMatch(/Attributes:\s+(a0:00|\(none\)\s+Requested Extensions:)\s+Signature Algorithm/);
    expect(privateKey.reveal()).toMatch(/^-----BEGIN EC PRIVATE KEY-----/);
    expect(JSON.stringify({ privateKey })).not.toContain("BEGIN");
  });

  it("carries a name that needs UTF-8", async () => {
    const { request } = await requestClientCertificate({ organizations: ["o"], commonName: "knöten_1" });
    writeFileSync(join(directory, "u.csr"), request);
    const text = openssl("req", "-in", "u.csr", "-noout", "-subject", "-nameopt", "utf8").toString();
    expect(text).toContain("knöten_1");
  });
});
