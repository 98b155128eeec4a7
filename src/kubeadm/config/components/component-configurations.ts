import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import type { ComponentVersionState } from "../../../events/upgrade-plan.ts";
import type { GoStruct } from "../../../go/json/struct.ts";
import { groupVersionOf } from "../../../kubernetes/group-version-kind.ts";
import { defined } from "../../../values/defined.ts";
import type { JsonObject } from "../../../values/json.ts";
import { withKubeadmDefaults } from "../../kubelet/kubelet-configuration.ts";
import type { ClusterConfiguration } from "../cluster/cluster-configuration.ts";
import type { ConfigurationDocument } from "../documents/configuration-documents.ts";
import { type DecodingPolicy, decodeConfiguration } from "../documents/decode-configuration.ts";
import { type ComponentKind, kubeletFields, kubeProxyFields } from "./common-fields.ts";
import { withProxyDefaults } from "./kube-proxy-defaults.ts";

/** The component configurations that init uploads, completed. */
export interface ComponentConfigurations {
  /** kubelet.config.k8s.io/v1beta1 KubeletConfiguration. */
  readonly kubelet: JsonObject;
  /** kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration. */
  readonly kubeProxy: JsonObject;
  /** Kinds that the user supplied. The others get a hash, so that an upgrade may replace them. */
  readonly userSupplied: ReadonlySet<ComponentKind>;
}

/** The component configurations of a file, in Go's form; undefined if the file has none. */
export interface WrittenComponents {
  readonly kubelet?: JsonObject;
  readonly kubeProxy?: JsonObject;
}

interface Component {
  readonly kind: ComponentKind;
  readonly group: string;
  readonly version: string;
  readonly fields: GoStruct;
}

const kubelet: Component = {
  kind: "KubeletConfiguration",
  group: "kubelet.config.k8s.io",
  version: "v1beta1",
  fields: kubeletFields,
};

const kubeProxy: Component = {
  kind: "KubeProxyConfiguration",
  group: "kubeproxy.config.k8s.io",
  version: "v1alpha1",
  fields: kubeProxyFields,
};

/** Reports whether a document of this API group is a component configuration, and so not reported as ignored. */
export function isComponentGroup(group: string): boolean {
  return group === kubelet.group || group === kubeProxy.group;
}

/** Reads the component configurations of a file's documents, kube-proxy's first. */
export function componentsOf(
  documents: readonly ConfigurationDocument[],
  events: Events,
  policy: DecodingPolicy,
): WrittenComponents {
  const read = (component: Component): JsonObject | undefined => {
    const document = documents.find(({ gvk }) => gvk.group === component.group);
    if (document === undefined) return undefined;
    requireVersion(document, component);
    return decodeConfiguration(document, component.fields, events, policy) ?? {};
  };
  const proxy = read(kubeProxy);
  const ofKubelet = read(kubelet);
  return {
    ...defined({ kubelet: ofKubelet, kubeProxy: proxy }),
  };
}

function requireVersion({ gvk, locations }: ConfigurationDocument, component: Component): void {
  const [found, known] = [groupVersionOf(gvk), `${component.group}/${component.version}`];
  const details = {
    apiVersion: found,
    kind: gvk.kind,
    ...defined({ file: locations.file }),
  };
  const remedy = `Write apiVersion: ${known} and kind: ${component.kind}.`;
  if (found !== known) {
    const message = `unsupported apiVersion "${found}", you may have to do manual conversion to "${known}" and run kubeadm again`;
    throw new KubeadmError("CONFIG_INVALID", message, { details, remedy });
  }
  if (gvk.kind === component.kind) return;
  const message = `no kind "${gvk.kind}" is registered for version "${found}"`;
  throw new KubeadmError("CONFIG_INVALID", message, { details, remedy });
}

/** Returns the component configurations to upload: the user's, with kubeadm's defaults for unset fields. */
export function completeComponents(
  written: WrittenComponents,
  cluster: ClusterConfiguration,
  advertiseAddress: string,
  events: Events,
): ComponentConfigurations {
  const { certificatesDir, networking } = cluster;
  // Upstream's order, which determines the order of the warnings.
  const proxy = withProxyDefaults(
    written.kubeProxy ?? kubeProxy.fields.zero,
    { advertiseAddress, podSubnet: networking.podSubnet },
    events,
  );
  const facts = {
    certificatesDirectory: certificatesDir,
    serviceSubnet: networking.serviceSubnet,
    dnsDomain: networking.dnsDomain,
  };
  const ofKubelet = withoutDns(
    written.kubelet,
    withKubeadmDefaults(written.kubelet ?? kubelet.fields.zero, facts, events),
    events,
  );
  return {
    kubelet: typed(ofKubelet, kubelet),
    kubeProxy: typed(proxy, kubeProxy),
    userSupplied: new Set([
      ...(written.kubelet === undefined ? [] : [kubelet.kind]),
      ...(written.kubeProxy === undefined ? [] : [kubeProxy.kind]),
    ]),
  };
}

/** With `clusterDNS: []` in a file, Pods do not use the cluster's DNS. */
function withoutDns(written: JsonObject | undefined, completed: JsonObject, events: Events): JsonObject {
  const chosen = written?.["clusterDNS"];
  if (!Array.isArray(chosen) || chosen.length > 0) return completed;
  const { clusterDNS, ...rest } = completed;
  const wanted = Array.isArray(clusterDNS) ? clusterDNS.join(" ") : "";
  const message = `The recommended value for "clusterDNS" in "KubeletConfiguration" is: [${wanted}]; the provided value is: []`;
  events.emit("warning", { message });
  return rest;
}

function typed(configuration: JsonObject, { group, version, kind }: Component): JsonObject {
  return { ...configuration, apiVersion: `${group}/${version}`, kind };
}

/**
 * Returns the state of each component configuration, kube-proxy's first. One of another version has been refused when it
 * was read.
 */
export function componentVersionStates(written: WrittenComponents): readonly ComponentVersionState[] {
  const state = ({ group, version }: Component, configuration: JsonObject | undefined) => ({
    group,
    currentVersion: configuration === undefined ? "" : version,
    preferredVersion: version,
  });
  return [state(kubeProxy, written.kubeProxy), state(kubelet, written.kubelet)];
}
