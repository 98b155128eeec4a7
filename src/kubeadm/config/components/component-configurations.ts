import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import type { GoStruct } from "../../../go/json/struct.ts";
import type { JsonObject } from "../../../go/yaml/node.ts";
import { groupVersionOf } from "../../../kubernetes/group-version-kind.ts";
import { defined } from "../../../values/defined.ts";
import { withKubeadmDefaults } from "../../kubelet/kubelet-configuration.ts";
import { kubeletFields } from "../../kubelet/kubelet-fields.ts";
import type { ClusterConfiguration } from "../cluster/cluster-configuration.ts";
import type { ConfigurationDocument } from "../documents/configuration-documents.ts";
import { type DecodingPolicy, decodeConfiguration } from "../documents/decode-configuration.ts";
import type { ComponentKind } from "./common-fields.ts";
import { withProxyDefaults } from "./kube-proxy-defaults.ts";
import { kubeProxyFields } from "./kube-proxy-fields.ts";

/** The configurations of the components that init hands out, completed and as they are uploaded. */
export interface ComponentConfigurations {
  /** kubelet.config.k8s.io/v1beta1 KubeletConfiguration. */
  readonly kubelet: JsonObject;
  /** kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration. */
  readonly kubeProxy: JsonObject;
  /** Kinds that the user wrote himself: kubeadm's own carry a hash, so that an upgrade may replace them. */
  readonly userSupplied: ReadonlySet<ComponentKind>;
}

/** A component's configuration as a file has it, in Go's form; undefined where the file has none. */
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

/** Whether a document may stand beside kubeadm's own without being told as ignored. */
export function isComponentGroup(group: string): boolean {
  return group === kubelet.group || group === kubeProxy.group;
}

/** Reads the components' configurations among a file's documents, those of kube-proxy first. */
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

/** The components' configurations as they go to the cluster: kubeadm's defaults for what the user left open. */
export function completeComponents(
  written: WrittenComponents,
  cluster: ClusterConfiguration,
  advertiseAddress: string,
  events: Events,
): ComponentConfigurations {
  const { certificatesDir, networking } = cluster;
  // In upstream's order: it is that of the warnings.
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

/** A file that says `clusterDNS: []` means Pods without the cluster's DNS. */
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
