import type { ServerAnswer } from "./worker.fixture.ts";

/** Returns the list of one certificate signing request of the kubelet of w1, ten minutes old. */
export function certificateRequest(status: object, name = "csr-1"): ServerAnswer {
  const subject = Buffer.from(`${String.fromCharCode("system:node:w1".length)}system:node:w1`, "latin1");
  const request = `-----BEGIN CERTIFICATE REQUEST-----\n${subject.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  return {
    body: JSON.stringify({
      kind: "CertificateSigningRequestList",
      apiVersion: "certificates.k8s.io/v1",
      items: [
        {
          metadata: { name, creationTimestamp: new Date(Date.now() - 600_000).toISOString() },
          spec: {
            request: Buffer.from(`\n${request}`).toString("base64"),
            signerName: "x",
            username: "system:node:w1",
          },
          status,
        },
      ],
    }),
  };
}
