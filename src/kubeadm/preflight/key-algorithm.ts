import { parseBool } from "../../go/bool.ts";
import { featureGatesOf } from "../../kubernetes/minors/feature-gates.ts";
import { nearestMinor } from "../../kubernetes/minors/minors.ts";
import { readSemanticVersion } from "../../kubernetes/semantic-version.ts";
import { keyPairFromPem } from "../../pki/keys.ts";
import { mlDsaIdentifier } from "../../pki/ml-dsa.ts";
import { exists } from "../certificates/certificate-files.ts";
import { serviceAccountPlace } from "../certificates/service-account-keys.ts";
import type { Check, PreflightPorts, Problem } from "./check.ts";

export interface KeysToCheck {
  /** The cluster's version, "v1.38.0". */
  readonly kubernetesVersion: string;
  readonly encryptionAlgorithm: string;
  readonly certificatesDir: string;
  /** `feature-gates` and `min-compatibility-version` among the extra arguments of the components that read sa.key; "" if not set. */
  readonly tokenSigners: readonly (Readonly<Record<"gates" | "compatibility", string>> & {
    readonly component: string;
    /** As in ClusterConfiguration. */
    readonly field: string;
  })[];
  readonly etcd: { readonly kind: "local" | "external" };
}

const tokenGate = "ServiceAccountTokenMLDSA";

/**
 * The components must be able to use the keys that they get. Without this check, they would exit while `init` waits for
 * them, as they do with upstream. No check for RSA and ECDSA, which all versions use.
 */
export function keyAlgorithmChecks(keys: KeysToCheck): readonly Check[] {
  if (!keys.encryptionAlgorithm.startsWith("ML-DSA-")) return [];
  const run: Check["run"] = async ({ files }) => ({
    problems: [...readingProblems(keys), ...(await tokenProblems(keys, files))],
  });
  return [{ name: "KeyAlgorithm", severity: "error", run }];
}

/** Undefined for a version that cannot be read: another check reports it. */
function minorOf(version: string): number | undefined {
  const read = readSemanticVersion(version);
  return "version" in read ? read.version.minor : undefined;
}

function readingProblems({ kubernetesVersion, encryptionAlgorithm, etcd }: KeysToCheck): readonly Problem[] {
  const problems: Problem[] = [];
  const minor = minorOf(kubernetesVersion);
  if (minor !== undefined && !nearestMinor(minor).rules.usesMlDsa) {
    problems.push({
      message: `the control plane of Kubernetes ${kubernetesVersion} cannot read ${encryptionAlgorithm} keys: tls: failed to parse private key`,
      remedy: "Set kubernetesVersion to v1.38.0 or later, or another encryptionAlgorithm.",
    });
  }
  if (etcd.kind === "local") {
    problems.push({
      severity: "warning",
      message: `etcd can read ${encryptionAlgorithm} keys only if it was built with Go 1.27 or later`,
      remedy:
        "`etcd --version` in its image prints the version of Go. Set such an image in etcd.local, use an external etcd, or set another encryptionAlgorithm.",
    });
  }
  return problems;
}

/** Signing tokens with ML-DSA keys is a feature of its own (k/k: pkg/serviceaccount/jwt.go). */
async function tokenProblems(keys: KeysToCheck, files: PreflightPorts["files"]): Promise<readonly Problem[]> {
  const gate = featureGatesOf(minorOf(keys.kubernetesVersion) ?? 0)?.gates.get(tokenGate);
  if (gate === undefined || gate.isOn || (await hasOtherTokenKey(keys, files))) return [];
  return keys.tokenSigners
    .filter(({ gates, compatibility }) => compatibility === "" && !enablesTokens(gates))
    .map(({ component, field }) => ({
      severity: "warning",
      message: `${component} signs tokens with an ${keys.encryptionAlgorithm} key only with the feature gate ${tokenGate}, which is off by default`,
      remedy: `Add \`{name: feature-gates, value: ${tokenGate}=true}\` to ${field}.extraArgs, or put an RSA or ECDSA key at ${serviceAccountPlace(keys.certificatesDir).privateKey}, which init keeps.`,
    }));
}

function enablesTokens(gates: string): boolean {
  const set = gates.split(",").map((part) => part.split("="));
  const last = (wanted: string) =>
    parseBool(set.findLast(([name]) => name?.replace(/^kube:/, "") === wanted)?.[1] ?? "");
  return last(tokenGate) ?? last("AllBeta") ?? false;
}

/** Reports whether there is a key for tokens already, of another kind. */
async function hasOtherTokenKey({ certificatesDir }: KeysToCheck, files: PreflightPorts["files"]): Promise<boolean> {
  const { privateKey } = serviceAccountPlace(certificatesDir);
  if (!(await exists(privateKey, files))) return false;
  try {
    return (
      mlDsaIdentifier(keyPairFromPem(await files.readText(privateKey, { maxBytes: 1024 * 1024 })).privateKey) ===
      undefined
    );
  } catch {
    // The phase that needs the key reports that it cannot be read.
    return true;
  }
}
