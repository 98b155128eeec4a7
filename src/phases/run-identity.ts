import { Secret } from "../errors/secret.ts";
import { digestOf, type RunIdentity } from "../journal/journal.ts";
import { nodeNameFrom } from "../kubeadm/config/fields/node-name.ts";
import type { InitOptions } from "../kubeadm/config/init/init-options.ts";
import type { JoinOptions } from "../kubeadm/config/join/join-options.ts";
import type { UpgradeOptions } from "../kubeadm/config/upgrade/upgrade-options.ts";
import { effectiveNodeName } from "../kubeadm/kubelet/kubelet-environment.ts";
import { withLeadingV } from "../kubernetes/semantic-version.ts";

/**
 * What makes two joins the same: the role, the name, and everything that decides what is written to the machine. Tokens,
 * endpoints, timeouts and verbosity may differ.
 */
export function identityOfJoin({ configuration, patchesDirectory }: JoinOptions): RunIdentity {
  const { nodeRegistration, controlPlane, caCertPath, discovery } = configuration;
  const { name, ignorePreflightErrors: _, ...node } = nodeRegistration;
  return {
    command: "join",
    role: controlPlane === undefined ? "worker" : "control-plane",
    nodeName: effectiveNodeName(name, nodeRegistration.kubeletExtraArgs),
    target: discovery.bootstrapToken?.apiServerEndpoint ?? discovery.file?.kubeConfigPath ?? "a cluster",
    configuration: fieldDigests({
      nodeRegistration: node,
      caCertPath,
      localAPIEndpoint: controlPlane?.localAPIEndpoint,
      patches: patchesDirectory,
    }),
  };
}

/** The same for an init. */
export function identityOfInit({ configuration, cluster, components, ...options }: InitOptions): RunIdentity {
  const { nodeRegistration, localAPIEndpoint } = configuration;
  const { name, ignorePreflightErrors: _, ...node } = nodeRegistration;
  return {
    command: "init",
    role: "control-plane",
    nodeName: name,
    target: cluster.controlPlaneEndpoint || `${localAPIEndpoint.advertiseAddress}:${localAPIEndpoint.bindPort}`,
    configuration: fieldDigests({
      nodeRegistration: node,
      localAPIEndpoint,
      cluster,
      components,
      patches: options.patchesDirectory,
      uploadCerts: options.uploadCerts,
      kubeconfigDirectory: options.kubeconfigDirectory,
    }),
  };
}

/** What makes two upgrades the same; one with another configuration does all phases again. */
export function identityOfUpgrade(
  options: UpgradeOptions,
  { role, hostname }: { readonly role: RunIdentity["role"]; readonly hostname: string },
): RunIdentity {
  const { apply, certificateRenewal, etcdUpgrade, patchesDirectory } = options;
  return {
    command: apply === undefined ? "upgrade node" : "upgrade apply",
    role,
    // What the cluster calls the Node is not known before it answers.
    nodeName: nodeNameFrom(hostname),
    target: apply?.requestedVersion ?? "",
    configuration: fieldDigests({
      certificateRenewal,
      etcdUpgrade,
      patches: patchesDirectory,
      kubernetesVersion: apply === undefined ? undefined : withLeadingV(apply.requestedVersion),
    }),
  };
}

/** Returns the digest of each field, with the dotted paths of fields of objects; lists count as one value. */
function fieldDigests(value: object, prefix = ""): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): readonly (readonly [string, string])[] => {
      if (field === undefined || field instanceof Secret) return [];
      const path = `${prefix}${name}`;
      if (typeof field === "object" && field !== null && !Array.isArray(field)) {
        return Object.entries(fieldDigests(field as object, `${path}.`));
      }
      return [[path, digestOf(JSON.stringify(field))]];
    }),
  );
}
