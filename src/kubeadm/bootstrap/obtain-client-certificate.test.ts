import { expect, test } from "vitest";
import { testAuthority } from "../../../test/fixtures/pki/authority.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { CertificateSigningRequest } from "../../cluster/resources.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { generateKeys } from "../../pki/keys.ts";
import { issueCertificate, parseCertificateRequest } from "../../pki/x509.ts";
import { obtainClientCertificate } from "./obtain-client-certificate.ts";

const ca = await testAuthority();

/** A cluster that approves, and answers a request with what `issue` makes of it, or never. */
async function obtainedFrom(issue: (request: string) => Promise<string | undefined>, patienceMs = 5_000) {
  const told: Event[] = [];
  let certificate: string | undefined;
  const cluster = {
    server: "https://api:6443",
    create: async (_type: unknown, object: CertificateSigningRequest) => {
      const { request } = object.spec ?? {};
      if (request === undefined) return { status: { allowed: true } };
      certificate = await issue(Buffer.from(request, "base64").toString());
      return { ...object, metadata: { name: "csr-1" } };
    },
    watch: async function* (_type: unknown, { signal }: { readonly signal: AbortSignal }) {
      if (certificate === undefined) await new Promise((_, reject) => signal.addEventListener("abort", reject));
      yield { type: "ADDED", object: { status: { certificate: Buffer.from(certificate ?? "").toString("base64") } } };
    },
  } as unknown as Cluster;
  const obtained = await obtainClientCertificate({
    nodeName: "w1",
    cluster,
    events: eventsTo(
      (event) => told.push(event),
      () => new Date(0),
    ),
    signal: new AbortController().signal,
    patienceMs,
  });
  return { obtained, told };
}

async function issuedFor(request: string): Promise<string> {
  const { publicKey, subject } = await parseCertificateRequest(request);
  return issued(publicKey, subject);
}

function issued(
  publicKey: Parameters<typeof issueCertificate>[0]["publicKey"],
  subject: { readonly commonName: string },
) {
  const { validFromDate: notBefore, validToDate: notAfter } = ca.certificate;
  return issueCertificate({
    ...{ ca, subject, publicKey, notBefore, notAfter },
    keyUsages: ["digital signature"],
    extendedKeyUsages: ["client auth"],
  });
}

test("writes only the certificates from the response next to the key", async () => {
  let leaf = "";
  const { obtained } = await obtainedFrom(async (request) => {
    leaf = await issuedFor(request);
    return `text\n${leaf}-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n${ca.certificatePem}`;
  });
  expect(obtained?.certificate).toBe(leaf + ca.certificatePem);
});

test.each<[string, () => Promise<string>]>([
  [
    "a certificate for another key",
    async () => issued((await generateKeys("ECDSA-P256")).publicKey, { commonName: "x" }),
  ],
  ["no certificate", async () => "nothing"],
])("where %s is issued, the bootstrap is left to the kubelet", async (_, issue) => {
  const { obtained, told } = await obtainedFrom(issue);
  expect(obtained).toBeUndefined();
  expect(told).toMatchObject([{ type: "log", message: expect.stringContaining("does not match this key") }]);
});

test("a request that is not approved in time is reported as one that nobody should approve", async () => {
  const { obtained, told } = await obtainedFrom(async () => undefined, 1_700);
  expect(obtained).toBeUndefined();
  const [progress] = told.filter(({ type }) => type === "wait.progress");
  const pending = "certificate signing request csr-1 is Pending: it waits for approval";
  expect(progress).toMatchObject({ reason: `${pending}; after 1.7s the kubelet sends one of its own` });
});
