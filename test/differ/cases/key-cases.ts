// Keys of ML-DSA, which kubeadm takes since 1.38 and refuses before: new ones, and files that have been recorded from 1.38.
import { readFileSync } from "node:fs";
import type { DifferCase, GivenEntry } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { initDocuments } from "./configuration-text.ts";

const pki = "/etc/kubernetes/pki";
const recorded = (path: string) => readFileSync(new URL(`../../golden/keys/${path}`, import.meta.url), "utf8");

/** A CA, a certificate and the keys for tokens. */
function filesOf(algorithm: string): Readonly<Record<string, GivenEntry>> {
  const names = ["ca.crt", "ca.key", "apiserver.crt", "apiserver.key", "sa.key", "sa.pub"];
  return Object.fromEntries(names.map((name) => [`${pki}/${name}`, recorded(`${algorithm}/${name}`)]));
}

const algorithms = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const;
const phases = [
  "init phase certs all --config c.yaml",
  "init phase kubeconfig all --config c.yaml",
  "certs check-expiration --config c.yaml",
  "certs renew apiserver --config c.yaml",
];
const join = "join --dry-run --ignore-preflight-errors all";

export function keyCases(): readonly DifferCase[] {
  const config = (encryptionAlgorithm: string) => ({ "c.yaml": initDocuments({ encryptionAlgorithm }) });
  const made = algorithms.flatMap((algorithm) =>
    [
      "init phase certs all --config c.yaml",
      "certs generate-csr --cert-dir /x --kubeconfig-dir /x --config c.yaml",
    ].map((line) => on(`${line}/new ${algorithm}`, line, { files: config(algorithm) })),
  );
  const kept = phases.flatMap((line) =>
    (["RSA-2048", "ML-DSA-65"] as const).map((algorithm) =>
      on(`${line}/${algorithm} below ML-DSA-44`, line, { files: { ...config(algorithm), ...filesOf("ML-DSA-44") } }),
    ),
  );
  const damages: Readonly<Record<string, Readonly<Record<string, GivenEntry>>>> = {
    "a CA's key in OpenSSL's form": { [`${pki}/ca.key`]: recorded("ML-DSA-44/expanded.key") },
    "a CA of other parameters": {
      [`${pki}/ca.crt`]: recorded("ML-DSA-87/ca.crt"),
      [`${pki}/ca.key`]: recorded("ML-DSA-87/ca.key"),
    },
    "a CA of another kind": {
      [`${pki}/ca.crt`]: recorded("ECDSA-P256/ca.crt"),
      [`${pki}/ca.key`]: recorded("ECDSA-P256/ca.key"),
    },
    "the key of another certificate": { [`${pki}/apiserver.key`]: recorded("ML-DSA-44/ca.key") },
  };
  const damaged = Object.entries(damages).map(([name, files]) =>
    on(`init phase certs apiserver/${name}`, "init phase certs apiserver --config c.yaml", {
      // Of such a pair, upstream's 1.37 only looks at the certificate.
      since: 38,
      files: { ...config("RSA-2048"), ...filesOf("ML-DSA-44"), ...files },
    }),
  );
  const joins = algorithms.flatMap((encryptionAlgorithm) =>
    ["", " --control-plane --certificate-key <certificate-key>"].map((flags) =>
      on(
        `join dry run${flags}/${encryptionAlgorithm}`,
        `${join} <endpoint> --token <token> --discovery-token-ca-cert-hash <pin>${flags}`,
        {
          since: 38,
          world: {
            apiServer: { encryptionAlgorithm, uploadedCertificates: true },
            containerRuntime: { images: [], podSandboxes: [] },
          },
        },
      ),
    ),
  );
  const foreign = on(
    "init phase certs apiserver/the key of another certificate of ECDSA",
    "init phase certs apiserver --config c.yaml",
    {
      tree: "control-plane",
      files: { ...config("ECDSA-P256"), [`${pki}/apiserver.key`]: recorded("ECDSA-P256/apiserver.key") },
    },
  );
  const wrongPin = on(
    "join dry run/another pin",
    `${join} <endpoint> --token <token> --discovery-token-ca-cert-hash sha256:${"0".repeat(64)}`,
    {
      since: 38,
      world: { apiServer: { encryptionAlgorithm: "ML-DSA-44" } },
    },
  );
  const tokens = on("token create --print-join-command", "token create --print-join-command fedcba.0123456789abcdef", {
    since: 38,
    files: { "/etc/kubernetes/admin.conf": { content: "<admin.conf>", mode: 0o600 } },
    world: { apiServer: { encryptionAlgorithm: "ML-DSA-44" } },
  });
  return [...made, ...kept, ...damaged, ...joins, foreign, wrongPin, tokens];
}

function on(name: string, line: string, rest: Partial<DifferCase>): DifferCase {
  return { name: `keys/${name}`, args: words(line), ...rest };
}
