// Certificates, requests for them, tokens and pins.
import type { X509Certificate } from "node:crypto";
import { Secret } from "../../../src/errors/secret.ts";
import { parseBootstrapToken } from "../../../src/kubeadm/config/fields/bootstrap-token.ts";
import { parseCaPin } from "../../../src/kubeadm/config/fields/ca-pin.ts";
import { isSignedBy, signClusterInfo } from "../../../src/kubeadm/discovery/cluster-info-signature.ts";
import { clusterTokenFrom, TokenSecretError } from "../../../src/kubeadm/tokens/cluster-token.ts";
import { Asn1Error } from "../../../src/pki/asn1.ts";
import { CaBundle, CaBundleError, describeCertificates } from "../../../src/pki/ca-bundle.ts";
import { encodeCertificates, hasKey, parseCertificates } from "../../../src/pki/certificate.ts";
import { limitsWhatItSigns, maySignCertificates, pathConstraints } from "../../../src/pki/path-constraints.ts";
import { fromPem, pemBlocks, toPem } from "../../../src/pki/pem.ts";
import { readCertificateRequest } from "../../../src/pki/read-certificate-request.ts";
import { identityProblem } from "../../../src/pki/server-identity.ts";
import { ChainError, verifyChain } from "../../../src/pki/verify-chain.ts";
import { answer, byteTarget, type FuzzTarget, requireSame, textTarget, WrongAnswer } from "../target.ts";
import { bytesLike } from "./samples.ts";

/** parseCertificates' own errors begin with Go's word; there is no class for them. */
function certificatesIn(text: string): readonly X509Certificate[] | string {
  try {
    return parseCertificates(text);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("x509: ")) return error.message.slice(0, 60);
    throw error;
  }
}

const certificates = () => bytesLike("test/fuzz/samples/x509/*");

/** At a time at which the samples are valid. */
const now = new Date("2026-11-29T20:00:00Z");

let authority: X509Certificate | undefined;

function root(): X509Certificate {
  const [, found] = certificates();
  const [first] = parseCertificates(toPem("CERTIFICATE", found ?? new Uint8Array()));
  if (first === undefined) throw new Error("the second sample is no certificate");
  return first;
}

function x509(der: Uint8Array): string {
  const found = certificatesIn(toPem("CERTIFICATE", der));
  if (typeof found === "string") return found;
  authority ??= root();
  const trusted = authority;
  return found
    .map((certificate) => {
      describeCertificates([certificate]);
      if (encodeCertificates([certificate]) !== toPem("CERTIFICATE", der))
        throw new WrongAnswer("is not what was read");
      maySignCertificates(certificate);
      hasKey(certificate, "");
      identityProblem("api.example.com", certificate.raw);
      return [
        answer(() => void pathConstraints(certificate), Asn1Error),
        answer(() => void limitsWhatItSigns(certificate), Asn1Error),
        answer(() => verifyChain({ leaf: certificate, intermediates: [certificate], root: trusted }, now), ChainError),
        answer(() => verifyChain({ leaf: trusted, intermediates: [certificate], root: certificate }, now), ChainError),
      ].join(", ");
    })
    .join("; ");
}

function pem(text: string): string {
  const blocks = pemBlocks("CERTIFICATE", text);
  fromPem("CERTIFICATE", text);
  const found = certificatesIn(text);
  const bundle = answer(() => void CaBundle.parse(text).pem, CaBundleError);
  if (typeof found !== "string") {
    requireSame("the number of certificates", found.length, blocks.length);
    requireSame(
      "certificates written and read again",
      parseCertificates(encodeCertificates(found)).length,
      found.length,
    );
  }
  return `${bundle} ${Math.min(blocks.length, 3)}`;
}

function request(der: Uint8Array): string {
  return answer(() => {
    const read = readCertificateRequest(toPem("CERTIFICATE REQUEST", der));
    return `${read.isSignedByItsKey()} ${read.dnsNames.length > 0}`;
  }, Asn1Error);
}

function tokenSecret(text: string): string {
  return answer(
    () => {
      const value: unknown = JSON.parse(text);
      if (typeof value !== "object" || value === null) return "no object";
      const data: unknown = Reflect.get(value, "data");
      // What is no map of texts is refused where the server's answer is read.
      if (typeof data !== "object" || data === null || Object.values(data).some((each) => typeof each !== "string"))
        return "no data";
      clusterTokenFrom({
        metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
        data: data as Record<string, string>,
      });
      return "a token";
    },
    SyntaxError,
    TokenSecretError,
  );
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const tokenFields = {
  ...{ "token-id": base64("abcdef"), "token-secret": base64("0123456789abcdef"), description: base64("a") },
  ...{ expiration: base64("2026-11-24T19:28:25Z"), "usage-bootstrap-signing": base64("true") },
  "auth-extra-groups": base64("system:bootstrappers:kubeadm:default-node-token,system:bootstrappers:x"),
};

function signature(text: string): string {
  const token = parseBootstrapToken("abcdef.0123456789abcdef");
  const [content = "", jws = ""] = text.split("\n\n");
  if (!isSignedBy(content, signClusterInfo(content, token), token))
    throw new WrongAnswer("its own signature is refused");
  if (isSignedBy(`${content}.`, jws, token) && isSignedBy(content, jws, token))
    throw new WrongAnswer("one signature is that of two texts");
  return `${isSignedBy(content, jws, token)} ${Math.min(jws.split(".").length, 4)}`;
}

export const credentialTargets: readonly FuzzTarget[] = [
  byteTarget("x509", { samples: certificates, read: x509 }),
  textTarget("pem", {
    samples: () => {
      const texts = certificates().map((der) => toPem("CERTIFICATE", der));
      return [...texts.slice(0, 8), texts.slice(0, 3).join(""), `a\r\n${texts[0]?.replaceAll("\n", "\r\n")}`];
    },
    words: [
      "-----BEGIN CERTIFICATE-----\n",
      "-----END CERTIFICATE-----\n",
      "-----BEGIN EC PRIVATE KEY-----",
      "-----",
      "A: b\n",
      "==",
    ],
    read: pem,
  }),
  byteTarget("certificate-requests", { samples: () => bytesLike("test/fuzz/samples/csr/*"), read: request }),
  textTarget("bootstrap-tokens", {
    samples: () => ["abcdef.0123456789abcdef"],
    read: (text) => answer(() => void parseBootstrapToken(new Secret(text))),
  }),
  textTarget("token-secrets", {
    samples: () => [JSON.stringify({ data: tokenFields })],
    words: Object.values(tokenFields),
    read: tokenSecret,
  }),
  textTarget("pins", {
    samples: () => [`sha256:${"ab".repeat(32)}`, `SHA256:${"AB".repeat(32)}`],
    words: ["sha256:", "md5:", "ab", ":"],
    read: (text) =>
      answer(() => requireSame("a pin read again", parseCaPin(parseCaPin(text)), parseCaPin(text)), Error),
  }),
  textTarget("signatures", {
    samples: () => [
      "apiVersion: v1\nkind: Config\n\neyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..kWvhjJDwtcMEQKUGmbxPQPtz0w9hQQRHGBBvMDcjY5w",
    ],
    words: ["..", ".", "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9"],
    read: signature,
  }),
];
