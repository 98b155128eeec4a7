import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { ClusterConfiguration } from "../apis/cluster-configuration.ts";
import { goQuote } from "../apis/go-quote.ts";
import { compareVersions, parseSemanticVersion } from "../preflight/semantic-version.ts";
import { kubernetesMinor, kubernetesVersion } from "../version.ts";

/** What this version of kubeadm runs beside the cluster's own images, whatever the cluster's version. */
const coreDnsTag = "v1.14.6";
const pauseTag = "3.10.2";
const etcdTag = "3.7.0-0";

const defaultRepository = "registry.k8s.io";
const ciRepository = "gcr.io/k8s-staging-ci-images";

const oldestMinor = kubernetesMinor - 1;

export interface KubernetesRelease {
  /** With a leading v. */
  readonly version: string;
  /** A build of Kubernetes' own tests: its images are kept elsewhere. */
  readonly isCi: boolean;
}

/** All images of a control plane, in upstream's order. */
export function controlPlaneImages(cluster: ClusterConfiguration, release: KubernetesRelease): readonly string[] {
  const { dns, etcd, imageRepository, proxy } = cluster;
  const repository = release.isCi && imageRepository === defaultRepository ? ciRepository : imageRepository;
  const components = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    ...(proxy.disabled ? [] : ["kube-proxy"]),
  ];
  const tag = release.version.replaceAll("+", "_");
  return [
    ...components.map((name) => `${repository}/${name}:${tag}`),
    ...(dns.disabled ? [] : [coreDnsImage(cluster)]),
    `${imageRepository}/pause:${pauseTag}`,
    ...("local" in etcd
      ? [`${etcd.local.imageRepository || imageRepository}/etcd:${etcd.local.imageTag || etcdTag}`]
      : []),
  ];
}

function coreDnsImage({ dns, imageRepository }: ClusterConfiguration): string {
  const repository = dns.imageRepository || imageRepository;
  const folder = repository === defaultRepository ? `${repository}/coredns` : repository;
  return `${folder}/coredns:${dns.imageTag || coreDnsTag}`;
}

const releaseForm = /^v?((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-\w.+]*)?)$/;
const labelForm = /^(latest|stable)+(-[1-9](\.[1-9]\d?)?)?$/;
/** Labels that stand for what this program itself is, as far as it can know. */
const ownLabels: readonly string[] = ["stable", "stable-1", `stable-1.${kubernetesMinor}`];

/**
 * The release that a kubernetesVersion names. No server is asked what a label such as stable-1 stands for: it is this
 * program's own version, as upstream has it where there is no network.
 */
export function resolveRelease(text: string, events: Events): KubernetesRelease {
  const [, prefix = "", rest = ""] = /^(?:(release|ci)\/)?([-\w.+]+)$/.exec(text.trim()) ?? [];
  const [, version] = releaseForm.exec(rest) ?? [];
  if (version !== undefined) return supported({ version: `v${version}`, isCi: prefix === "ci" });
  if (!labelForm.test(rest)) {
    const message = `version ${goQuote(text)} doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`;
    throw unusable(message, "Name a release, v1.37.2 for one.");
  }
  const message = `the version that ${text} stands for is not looked up; using this program's own: ${kubernetesVersion}`;
  if (ownLabels.includes(rest)) events.emit("log", { level: 1, message });
  else events.emit("warning", { message });
  return { version: kubernetesVersion, isCi: prefix === "ci" };
}

function supported(release: KubernetesRelease): KubernetesRelease {
  const version = parseSemanticVersion(release.version);
  const oldest = { major: 1, minor: oldestMinor, patch: 0, preRelease: "" };
  if (version === undefined) throw unusable(`couldn't parse Kubernetes version ${goQuote(release.version)}`);
  if (compareVersions(version, oldest) >= 0) return release;
  throw unusable(
    `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${oldestMinor}.0. ` +
      `Current version: ${release.version}`,
    "Use the kubeadm of the cluster's minor version.",
  );
}

function unusable(reason: string, remedy?: string): KubeadmError {
  return new KubeadmError("CONFIG_INVALID", reason, remedy === undefined ? {} : { remedy });
}

const featureGates: readonly string[] = ["RootlessControlPlane"];

/** Checks a list such as `Gate=true,Other=false`; none of the gates changes what images there are. */
export function validateFeatureGates(text: string): void {
  for (const part of text.split(",").map((each) => each.trim())) {
    if (part === "") continue;
    const [name = "", value] = part.split("=").map((each) => each.trim());
    if (value === undefined) throw wrongGate(`missing bool value for feature-gate key:${name}`);
    if (!featureGates.includes(name)) throw wrongGate(`unrecognized feature-gate key: ${name}`);
    if (!/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)) {
      throw wrongGate(`invalid value ${value} for feature-gate key: ${name}, use true|false instead`);
    }
  }
}

function wrongGate(message: string): KubeadmError {
  return new KubeadmError("USAGE", message, { remedy: `The feature gates are: ${featureGates.join(", ")}.` });
}
