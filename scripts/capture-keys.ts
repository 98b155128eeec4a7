// Records the keys, certificates and requests that upstream's kubeadm makes with each encryptionAlgorithm of 1.38, and how it
// refuses others, as golden data: `npm run capture:keys`. The program is built the first time, which takes minutes.
import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubernetesProgram } from "../lab/parts/kubernetes-program.ts";
import { cacheDirectory } from "../lab/parts/part-store.ts";
import { mustRun, runCommand } from "../lab/run-command.ts";
import { temporaryDirectory } from "../test/support/temporary/temporary-directory.ts";

const release = "1.38.0-beta.0";
const golden = join(import.meta.dirname, "../test/golden/keys");
/** Kinds of a certificate, and of a CA that did not sign it. */
const otherAuthorities = [
  ["ML-DSA-44", "ML-DSA-87"],
  ["ML-DSA-65", "RSA-2048"],
  ["ECDSA-P256", "ML-DSA-65"],
  ["RSA-2048", "ECDSA-P256"],
] as const;
const made = ["ca.crt", "ca.key", "apiserver.crt", "apiserver.key", "sa.key", "sa.pub"];

async function main(): Promise<void> {
  const kubeadm = await kubernetesProgram({ cache: cacheDirectory(), say: console.error }, release, "kubeadm");
  using directory = temporaryDirectory();
  rmSync(golden, { recursive: true, force: true });
  for (const algorithm of ["RSA-2048", "ECDSA-P256", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]) {
    await recordKeys(kubeadm, algorithm, join(directory.path, algorithm));
  }
  writeFileSync(join(golden, "refusals.json"), `${JSON.stringify(await refusals(kubeadm, directory.path), null, 2)}\n`);
}

function configure(algorithm: string, directory: string): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "config.yaml");
  writeFileSync(
    path,
    `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.10}
nodeRegistration: {name: cp1}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v${release}
controlPlaneEndpoint: lb.example.com:8443
certificatesDir: ${directory}/pki
encryptionAlgorithm: ${algorithm}
`,
  );
  return path;
}

async function recordKeys(kubeadm: string, algorithm: string, directory: string): Promise<void> {
  const config = configure(algorithm, directory);
  const kubeconfigs = join(directory, "kubeconfigs");
  const requests = join(directory, "requests");
  await mustRun([kubeadm, "init", "phase", "certs", "all", "--config", config]);
  await mustRun([kubeadm, "init", "phase", "kubeconfig", "admin", "--config", config, "--kubeconfig-dir", kubeconfigs]);
  const places = ["--cert-dir", requests, "--kubeconfig-dir", requests];
  await mustRun([kubeadm, "certs", "generate-csr", "--config", config, ...places]);
  const target = join(golden, algorithm);
  mkdirSync(target, { recursive: true });
  for (const name of made) copyFileSync(join(directory, "pki", name), join(target, name));
  copyFileSync(join(kubeconfigs, "admin.conf"), join(target, "admin.conf"));
  for (const name of ["apiserver.csr", "apiserver.key"])
    copyFileSync(join(requests, name), join(target, `request-${name}`));
}

/** What it says about a value it does not know, and about files that it does not read. */
async function refusals(kubeadm: string, directory: string): Promise<Readonly<Record<string, string>>> {
  const said = async (algorithm: string, phase: string, files: Readonly<Record<string, string>>) => {
    const own = join(directory, "refused");
    rmSync(own, { recursive: true, force: true });
    const config = configure(algorithm, own);
    mkdirSync(join(own, "pki"));
    for (const [name, path] of Object.entries(files)) copyFileSync(path, join(own, "pki", name));
    const { stderr } = await runCommand([kubeadm, "init", "phase", "certs", phase, "--config", config]);
    return stderr.split("\n")[0]?.replaceAll(`${own}/pki`, "/pki") ?? "";
  };
  const of = (algorithm: string, name: string) => join(golden, algorithm, name);
  // OpenSSL's own form of the key, which Node.js exports.
  const expanded = join(golden, "ML-DSA-44", "expanded.key");
  const { privateKey } = generateKeyPairSync("ml-dsa-44");
  writeFileSync(expanded, privateKey.export({ format: "pem", type: "pkcs8" }));
  const foreign = join(directory, "ed25519.key");
  await mustRun(["openssl", "genpkey", "-algorithm", "ed25519", "-out", foreign]);
  const authority = (algorithm: string) => ({ "ca.crt": of(algorithm, "ca.crt"), "ca.key": of(algorithm, "ca.key") });
  const leaf = (algorithm: string) => ({
    "apiserver.crt": of(algorithm, "apiserver.crt"),
    "apiserver.key": of(algorithm, "apiserver.key"),
  });
  const refused: Record<string, string> = {
    "another algorithm": await said("ML-DSA-99", "ca", {}),
    "a key of another kind": await said("ML-DSA-44", "apiserver", { ...authority("ML-DSA-44"), "ca.key": foreign }),
    "a key with more than the seed": await said("ML-DSA-44", "apiserver", {
      ...authority("ML-DSA-44"),
      "ca.key": expanded,
    }),
  };
  for (const [child, parent] of otherAuthorities) {
    const files = { ...authority(parent), ...leaf(child) };
    refused[`${child} below ${parent}`] = await said("RSA-2048", "apiserver", files);
  }
  return refused;
}

await main();
