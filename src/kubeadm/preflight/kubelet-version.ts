import { throwIfAborted } from "../../async/signal.ts";
import { goQuote } from "../../go/quote.ts";
import { CommandError } from "../../host/host.ts";
import {
  compareVersions,
  parseSemanticVersion,
  readSemanticVersion,
  type SemanticVersion,
  versionText,
} from "../../kubernetes/semantic-version.ts";
import { defined } from "../../values/defined.ts";
import { type Check, type CheckResult, type Look, passed, problem, shared } from "./check.ts";

/** The version of the installed kubelet, or why it is unknown. */
export type KubeletVersion =
  | { readonly known: true; readonly version: SemanticVersion }
  | { readonly known: false; readonly reason: string; readonly remedy?: string };

const output = /^Kubernetes v((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*(?!\d))[-\w.+]*)$/;

/** Runs `kubelet --version` once for all checks, because starting a program of 60 MB is slow. */
export function readKubeletVersion(): Look<KubeletVersion> {
  return shared(async ({ commands }, signal) => {
    try {
      const { exitCode, stdout } = await commands.run(["kubelet", "--version"], {
        signal,
        timeoutMs: 30_000,
        readOnly: true,
      });
      if (exitCode !== 0) return unknown(`cannot execute 'kubelet --version': exit status ${exitCode}`);
      const [, text] = output.exec(stdout.trim()) ?? [];
      if (text === undefined) return unknown(`Unable to parse output from Kubelet: ${goQuote(stdout.trim())}`);
      const reading = readSemanticVersion(text);
      return "version" in reading ? { known: true, version: reading.version } : unknown(reading.problem);
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof CommandError)) throw error;
      const isMissing = error.code === "not-found";
      const reason = isMissing ? "executable file not found in $PATH" : error.message;
      return unknown(
        `cannot execute 'kubelet --version': ${reason}`,
        isMissing ? "Install the kubelet of the cluster's version." : undefined,
      );
    }
  });
}

function unknown(reason: string, remedy?: string): KubeletVersion {
  return { known: false, reason, ...defined({ remedy }) };
}

export interface KubeletNeighbors {
  readonly kubeadmVersion: string;
  /** The control plane's version, if it is known. */
  readonly kubernetesVersion?: string;
}

/** The kubelet may be at most three minor versions older than this program, and not newer than the control plane. */
export function kubeletVersion(
  look: Look<KubeletVersion>,
  { kubeadmVersion, kubernetesVersion }: KubeletNeighbors,
): Check {
  return {
    name: "KubeletVersion",
    severity: "error",
    run: async (ports, signal) => {
      const found = await look(ports, signal);
      if (!found.known) {
        const message = `couldn't get kubelet version: ${found.reason}`;
        return problem(message, { ...remedyOf(found), followsFrom: "SystemVerification" });
      }
      const oldest = oldestKubelet(kubeadmVersion);
      const version = goQuote(versionText(found.version));
      if (oldest === undefined || compareVersions(found.version, oldest) >= 0) {
        return newerThanControlPlane(found.version, kubernetesVersion, (minor) => {
          return `Install a kubelet of 1.${minor}, or create a cluster of the kubelet's version.`;
        });
      }
      return problem(`Kubelet version ${version} is lower than kubeadm can support. Please upgrade kubelet`, {
        remedy: `This kubeadm needs a kubelet of at least ${versionText(oldest)}.`,
      });
    },
  };
}

/**
 * The part of the same check that needs the version of an existing cluster. Upstream checks this in `init` only; for the
 * policy, see https://kubernetes.io/releases/version-skew-policy/#kubelet.
 */
export function kubeletNotNewerThanCluster(look: Look<KubeletVersion>, kubernetesVersion: string): Check {
  return {
    name: "KubeletVersion",
    severity: "error",
    run: async (ports, signal) => {
      const found = await look(ports, signal);
      if (!found.known) return passed;
      return newerThanControlPlane(found.version, kubernetesVersion, (minor) => {
        const upgraded = `1.${found.version.minor}`;
        return `Install a kubelet of 1.${minor}, or upgrade the cluster to ${upgraded} first: a kubelet must not be newer than the API server.`;
      });
    },
  };
}

function newerThanControlPlane(
  kubelet: SemanticVersion,
  kubernetesVersion: string | undefined,
  remedyFor: (controlPlaneMinor: number) => string,
): CheckResult {
  const controlPlane = kubernetesVersion === undefined ? undefined : parseSemanticVersion(kubernetesVersion);
  if (controlPlane === undefined) return passed;
  if (kubelet.major <= controlPlane.major && kubelet.minor <= controlPlane.minor) return passed;
  return problem(
    "the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to " +
      `a malfunctional cluster. Kubelet version: ${goQuote(versionText(kubelet))} Control plane version: ${goQuote(versionText(controlPlane))}`,
    { remedy: remedyFor(controlPlane.minor) },
  );
}

export function remedyOf({ remedy }: { readonly remedy?: string }): { readonly remedy?: string } {
  return defined({ remedy });
}

function oldestKubelet(kubeadmVersion: string): SemanticVersion | undefined {
  const own = parseSemanticVersion(kubeadmVersion);
  return own === undefined ? undefined : { major: own.major, minor: own.minor - 3, patch: 0, preRelease: "" };
}
