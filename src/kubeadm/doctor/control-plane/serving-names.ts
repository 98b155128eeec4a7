import type { X509Certificate } from "node:crypto";
import { addressAt, parseCidr } from "../../../addresses/cidr.ts";
import { formatIp, isUnspecified, parseIp } from "../../../addresses/ip-address.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { AddressError, splitHostPort } from "../../../go/host-port.ts";
import { imageTag } from "../../../kubernetes/image-name.ts";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { certificateContent } from "../../../pki/certificate-content.ts";
import { isNamed } from "../../../pki/server-identity.ts";
import { inOrder, part, type ShellCommand, shell } from "../../../values/shell.ts";
import { loadCertificate, placeOf } from "../../certificates/certificate-files.ts";
import { type LeafName, leaves } from "../../certificates/certificate-table.ts";
import { currentCluster } from "../../kubeconfig/kubeconfig.ts";
import { defaultCertificatesDirectory } from "../../paths.ts";
import { componentsUsing } from "../../upgrade/control-plane/component-certificates.ts";
import { type DoctorFinding, found } from "../check.ts";
import { restartComponents } from "../component-commands.ts";
import type { Examination } from "../examination.ts";
import { clusterConfiguration } from "../facts/cluster-configuration.ts";
import { argumentOf, type ControlPlane, listOf } from "../facts/control-plane.ts";
import { kubeletKubeconfig } from "../facts/kubeconfig.ts";
import { initPhaseAgain, setAside } from "../suggested-commands.ts";
import { isUnread } from "../unread-file.ts";
import { hostIn } from "./addresses.ts";
import { onControlPlane } from "./on-control-plane.ts";

export const servingNames = onControlPlane({
  name: "serving-names",
  title: "The serving certificates are valid for all addresses in use",
  after: ["own-addresses", "control-plane-certificates", "control-plane-cas"],
  look: async (plane, examination) => {
    const { manifests, hasLocalEtcd, certificatesDir } = plane;
    const ofEtcd = (flag: string) =>
      listOf(manifests.etcd, flag)
        .map((url) => ({ host: hostIn(url), use: `--${flag}` }))
        .filter(({ host }) => !isAnyAddress(host));
    const wanted: readonly (readonly [LeafName, readonly Use[]])[] = [
      ["apiserver", await apiServerUses(plane, examination)],
      ...(hasLocalEtcd
        ? ([
            ["etcd-server", [...ofEtcd("advertise-client-urls"), ...ofEtcd("listen-client-urls")]],
            ["etcd-peer", ofEtcd("initial-advertise-peer-urls")],
          ] as const)
        : []),
    ];
    const findings = await Promise.all(
      wanted.map(async ([leaf, uses]) =>
        findingOf(leaf, uses, plane, await certificateOf(leaf, certificatesDir, examination)),
      ),
    );
    return found(findings.flat());
  },
});

/** A name or an address that a certificate must be valid for, and who uses it. */
interface Use {
  readonly host: string;
  readonly use: string;
}

async function apiServerUses({ manifests }: ControlPlane, { once }: Examination): Promise<readonly Use[]> {
  const apiServer = manifests["kube-apiserver"];
  const [configuration, kubelet] = await Promise.all([once(clusterConfiguration), once(kubeletKubeconfig)]);
  const endpoint = configuration.state === "found" ? configuration.value.controlPlaneEndpoint : "";
  const cluster = kubelet.state === "loaded" ? currentCluster(kubelet.kubeconfig) : undefined;
  const [services] = listOf(apiServer, "service-cluster-ip-range");
  return [
    { host: argumentOf(apiServer, "advertise-address") ?? "", use: "the address that the API server advertises" },
    { host: endpointHost(endpoint), use: "the cluster's controlPlaneEndpoint" },
    cluster?.tlsServerName === undefined
      ? { host: hostIn(cluster?.server ?? ""), use: "the server of the kubelet's kubeconfig" }
      : { host: cluster.tlsServerName, use: "the tls-server-name of the kubelet's kubeconfig" },
    { host: firstAddress(services ?? ""), use: "the Service kubernetes, which Pods use" },
  ].filter(({ host }) => host !== "");
}

/** A server that listens at all addresses is not called by the name 0.0.0.0. */
function isAnyAddress(host: string): boolean {
  const ip = parseIp(host);
  return ip !== undefined && isUnspecified(ip);
}

function endpointHost(endpoint: string): string {
  try {
    return endpoint === "" ? "" : splitHostPort(endpoint).host;
  } catch (error) {
    if (error instanceof AddressError) return "";
    throw error;
  }
}

function firstAddress(subnet: string): string {
  const cidr = parseCidr(subnet);
  const address = cidr === undefined ? undefined : addressAt(cidr, 1);
  return address === undefined ? "" : formatIp(address);
}

/** Undefined if it cannot be read: another check says so. */
async function certificateOf(leaf: LeafName, directory: string, { files }: Examination) {
  try {
    return (await loadCertificate(placeOf(directory, leaves[leaf].baseName).certificate, files)).certificate;
  } catch (error) {
    if (!isKubeadmError(error)) throw error;
    if (isUnread(error.cause)) throw error.cause;
    return undefined;
  }
}

function findingOf(
  leaf: LeafName,
  uses: readonly Use[],
  plane: ControlPlane,
  certificate: X509Certificate | undefined,
): readonly DoctorFinding[] {
  if (certificate === undefined) return [];
  const content = certificateContent(certificate);
  const missing = uses.filter(({ host }) => !isNamed(host, content));
  if (missing.length === 0) return [];
  const hosts = [...new Set(missing.map(({ host }) => host))];
  const { baseName } = leaves[leaf];
  const names = [...content.dnsNames, ...content.ipAddresses];
  const users = componentsUsing(leaf);
  const about = {
    severity: "error",
    finding: `The certificate ${baseName}.crt is not valid for ${hosts.join(", ")}: clients refuse it there.`,
    evidence: [
      ...missing.map(({ host, use }) => `${host}: ${use}`),
      `${baseName}.crt is valid for ${names.join(", ")}`,
    ],
  } as const;
  const { certificate: path, key } = placeOf(plane.certificatesDir, baseName);
  if (leaf === "apiserver") {
    return [
      {
        ...about,
        remedy: `Recreate the certificate with its current names and the missing ones, then restart ${users.join(", ")}. certSANs in the cluster's configuration keeps names that the machine itself doesn't have.`,
        commands: [
          ...[path, key].map(setAside),
          apiServerPhase(plane, [...names, ...hosts]),
          ...restartComponents(users),
        ],
      },
    ];
  }
  const [stored, phase] = initPhaseAgain(`certs ${leaf}`);
  // Without the configuration, the certificate that is there is better than none.
  const replace = inOrder([shell`test -s cluster.yaml`, ...[path, key].map(setAside), phase]);
  return [
    {
      ...about,
      remedy: `Create the certificate again with the cluster's configuration, then restart ${users.join(", ")}.`,
      commands: [stored, replace, ...restartComponents(users)],
    },
  ];
}

/**
 * An API server whose certificate is refused cannot provide the cluster's configuration: what the phase needs of
 * it is in the manifest.
 */
function apiServerPhase({ manifests, certificatesDir }: ControlPlane, names: readonly string[]): ShellCommand {
  const manifest = manifests["kube-apiserver"];
  const version = manifest.state === "loaded" ? imageTag(manifest.container.image) : undefined;
  const flags = {
    "apiserver-advertise-address": argumentOf(manifest, "advertise-address"),
    "service-cidr": argumentOf(manifest, "service-cluster-ip-range"),
    "kubernetes-version": parseSemanticVersion(version ?? "") === undefined ? undefined : version,
    "cert-dir": certificatesDir === defaultCertificatesDirectory ? undefined : certificatesDir,
    "apiserver-cert-extra-sans": [...new Set(names)].join(","),
  };
  const words = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [part`--${flag} ${value}`],
  );
  return shell`kubeadm init phase certs apiserver ${words}`;
}
