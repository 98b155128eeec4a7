import type { X509Certificate } from "node:crypto";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { copyFile } from "../../../host/copy-file.ts";
import { placeOf, within } from "../../certificates/certificate-files.ts";
import { backdatingMs } from "../../certificates/make-certificates.ts";
import { prepareRenewals, type RenewalPorts, renewCertificate } from "../../certificates/renew-certificate.ts";
import { currentCertificate, pathOf, type Renewable, renewablesOf } from "../../certificates/renewable-certificates.ts";
import type { ClusterConfiguration } from "../../config/cluster/cluster-configuration.ts";
import type { StaticPodName } from "../../control-plane/write-manifest.ts";
import { superAdminKubeconfigPath } from "../../paths.ts";

/** The certificates of components, as an upgrade renews them together with the components. */
export interface ComponentCertificates {
  /**
   * Checks that the certificates of these components, and the administrators', can be read, and starts to make keys.
   * Throws before anything changes.
   */
  prepare(components: readonly StaticPodName[]): Promise<void>;
  /** Renews the certificates of a component, each at most once per run, and keeps copies of the old ones. */
  renew(component: StaticPodName): Promise<void>;
  /** Puts the old certificates of a component back. No copy stays that could replace newer ones later. */
  restore(component: StaticPodName): Promise<void>;
  /** Renews the administrators' kubeconfigs. */
  renewAdministrators(): Promise<void>;
}

export interface CertificateRenewal {
  readonly cluster: ClusterConfiguration;
  /** False with --certificate-renewal=false. */
  readonly isWanted: boolean;
  /** When the run began, before it was interrupted too: what has been issued since is not renewed again. */
  readonly since: Date;
  /** Where the old certificates are copied to. */
  readonly directory: string;
}

/** In upstream's order. */
const namesOf: Readonly<Record<StaticPodName, readonly Renewable["name"][]>> = {
  etcd: ["etcd-server", "etcd-peer", "etcd-healthcheck-client"],
  "kube-apiserver": ["apiserver", "apiserver-kubelet-client", "front-proxy-client", "apiserver-etcd-client"],
  "kube-controller-manager": ["controller-manager.conf"],
  "kube-scheduler": ["scheduler.conf"],
};

/** Returns the components that have read a certificate when they started, and none for an administrator's. */
export function componentsUsing(name: Renewable["name"]): readonly StaticPodName[] {
  const components = Object.keys(namesOf) as readonly StaticPodName[];
  return components.filter((component) => namesOf[component].includes(name));
}

/** The certificates that are renewed together with etcd, and only then. */
export const certificatesOfEtcd: ReadonlySet<string> = new Set(namesOf.etcd);

const administrators: readonly Renewable["name"][] = ["admin.conf", "super-admin.conf"];

/** Returns the certificates of the components of this machine. */
export function componentCertificates(renewal: CertificateRenewal, ports: RenewalPorts): ComponentCertificates {
  const { cluster, isWanted } = renewal;
  const known = renewablesOf(cluster);
  const chosen = (names: readonly Renewable["name"][]) =>
    isWanted ? names.flatMap((name) => known.filter((renewable) => renewable.name === name)) : [];
  let arePrepared = false;
  const renewOne = async (renewable: Renewable) => {
    const { name } = renewable;
    await keepCopies(renewable, renewal, ports);
    if ((await renewCertificate(renewable, cluster, ports)) === "external") {
      ports.events.emit("upgrade.certificate.external", { name });
    }
  };
  return {
    prepare: async (components) => {
      const needed = components.flatMap((component) => chosen(namesOf[component]));
      for (const component of components) {
        const context = contextOf(component);
        for (const each of chosen(namesOf[component])) await within(context, required(each, renewal, ports));
      }
      // Once, although etcd's certificates are prepared on their own.
      const present = arePrepared ? [] : await presentAmong(chosen(administrators), renewal, ports);
      arePrepared = true;
      const due: Renewable[] = [];
      for (const each of [...needed, ...present]) if (!(await isRenewed(each, renewal, ports))) due.push(each);
      await prepareRenewals(due, cluster, ports);
    },
    renew: async (component) => {
      for (const each of chosen(namesOf[component])) {
        if (await isRenewed(each, renewal, ports)) continue;
        ports.events.emit("upgrade.certificate.renewing", { name: each.name });
        await within(contextOf(component), renewOne(each));
      }
    },
    restore: async (component) => {
      const copies: string[] = [];
      for (const path of chosen(namesOf[component]).flatMap((each) => pathsOf(each, cluster))) {
        const copy = `${renewal.directory}${path}`;
        if ((await ports.files.status(copy)) === undefined) continue;
        await copyFile(copy, path, ports.files);
        copies.push(copy);
      }
      for (const copy of copies) await ports.files.remove(copy);
    },
    renewAdministrators: async () => {
      for (const each of chosen(administrators)) {
        if ((await currentCertificate(each, cluster, ports.files)) === undefined) continue;
        if (await isRenewed(each, renewal, ports)) continue;
        await within(`failed to upgrade the ${each.name} certificates`, renewOne(each));
      }
    },
  };
}

function contextOf(component: StaticPodName): string {
  return `failed to renew certificates for component ${goQuote(component)}`;
}

/** The administrator may have removed a kubeconfig; the program that uses a certificate needs it. */
async function presentAmong(
  wanted: readonly Renewable[],
  { cluster }: Pick<CertificateRenewal, "cluster">,
  ports: RenewalPorts,
): Promise<readonly Renewable[]> {
  const found: Renewable[] = [];
  for (const each of wanted) {
    if ((await currentCertificate(each, cluster, ports.files)) !== undefined) found.push(each);
    else if (pathOf(each, cluster) !== superAdminKubeconfigPath) {
      const message = `${pathOf(each, cluster)} does not exist, so it is not renewed`;
      ports.events.emit("warning", { area: "upgrade/staticpods", message });
    }
  }
  return found;
}

async function required(
  renewable: Renewable,
  { cluster }: Pick<CertificateRenewal, "cluster">,
  ports: RenewalPorts,
): Promise<X509Certificate> {
  const certificate = await currentCertificate(renewable, cluster, ports.files);
  if (certificate !== undefined) return certificate;
  const path = pathOf(renewable, cluster);
  throw new KubeadmError(
    "CERTIFICATE_INVALID",
    `failed to load existing certificate ${renewable.name}: ${path} does not exist`,
    {
      details: { path },
      remedy: `Restore ${path}, or create it with \`kubeadm init phase certs\` or \`kubeadm init phase kubeconfig\`; --certificate-renewal=false upgrades without renewing certificates.`,
    },
  );
}

/** Certificates are valid from some minutes before they are issued, and their times are whole seconds. */
async function isRenewed(
  renewable: Renewable,
  { cluster, since }: Pick<CertificateRenewal, "cluster" | "since">,
  ports: RenewalPorts,
): Promise<boolean> {
  const certificate = await currentCertificate(renewable, cluster, ports.files);
  if (certificate === undefined) return false;
  const issuedAt = Date.parse(certificate.validFrom) + backdatingMs;
  return issuedAt >= Math.floor(since.getTime() / 1_000) * 1_000;
}

/** The copies of the first attempt stay. */
async function keepCopies(
  renewable: Renewable,
  { cluster, directory }: Pick<CertificateRenewal, "cluster" | "directory">,
  { files }: RenewalPorts,
): Promise<void> {
  for (const path of pathsOf(renewable, cluster)) {
    const copy = `${directory}${path}`;
    if ((await files.status(path)) === undefined || (await files.status(copy)) !== undefined) continue;
    await files.makeDirectory(copy.slice(0, copy.lastIndexOf("/")), { mode: 0o700 });
    await copyFile(path, copy, files);
  }
}

/**
 * Returns the files that a renewal replaces. The certificate comes first: if only that is restored when the program is
 * killed, it counts as not renewed, and both are recreated.
 */
function pathsOf(renewable: Renewable, cluster: Pick<ClusterConfiguration, "certificatesDir">): readonly string[] {
  if (!("leaf" in renewable)) return [pathOf(renewable, cluster)];
  const { certificate, key } = placeOf(cluster.certificatesDir, renewable.leaf.baseName);
  return [certificate, key];
}
