import { boolean, float, integer, listOf, mapOf, string } from "../../../go/json/schema.ts";
import { always, durationText, goStruct, nested, optional, span } from "../../../go/json/struct.ts";
import { logging, named } from "./common-fields.ts";

const text = always(string(), "");
const no = always(boolean(), false);
const noNumber = always(integer(), null);
const noList = always(listOf(string()), null);
const noSpan = always(durationText, null);

/** kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration. Nearly all of its fields are always written. */
export const kubeProxyFields = goStruct("v1alpha1.KubeProxyConfiguration", {
  ...named("apiVersion kind", optional(string())),
  ...named(
    "hostnameOverride bindAddress healthzBindAddress metricsBindAddress showHiddenMetricsForVersion clusterCIDR portRange",
    text,
  ),
  mode: always(string("v1alpha1.ProxyMode"), ""),
  detectLocalMode: always(string("v1alpha1.LocalMode"), ""),
  ...named("bindAddressHardFail enableProfiling", no),
  nodePortAddresses: noList,
  oomScoreAdj: noNumber,
  configSyncPeriod: span(),
  windowsRunAsService: optional(boolean()),
  featureGates: optional(mapOf(boolean())),
  logging: nested(logging),
  clientConnection: nested(
    goStruct("v1alpha1.ClientConnectionConfiguration", {
      ...named("kubeconfig acceptContentTypes contentType", text),
      qps: always(float("float32"), 0),
      burst: always(integer(), 0),
    }),
  ),
  iptables: nested(
    goStruct("v1alpha1.KubeProxyIPTablesConfiguration", {
      masqueradeBit: noNumber,
      masqueradeAll: no,
      localhostNodePorts: always(boolean(), null),
      ...named("syncPeriod minSyncPeriod", span()),
    }),
  ),
  ipvs: nested(
    goStruct("v1alpha1.KubeProxyIPVSConfiguration", {
      scheduler: text,
      excludeCIDRs: noList,
      strictARP: no,
      ...named("syncPeriod minSyncPeriod tcpTimeout tcpFinTimeout udpTimeout", span()),
    }),
  ),
  nftables: nested(
    goStruct("v1alpha1.KubeProxyNFTablesConfiguration", {
      masqueradeBit: noNumber,
      masqueradeAll: no,
      ...named("syncPeriod minSyncPeriod", span()),
    }),
  ),
  winkernel: nested(
    goStruct("v1alpha1.KubeProxyWinkernelConfiguration", {
      ...named("networkName sourceVip rootHnsEndpointName", text),
      ...named("enableDSR forwardHealthCheckVip", no),
    }),
  ),
  detectLocal: nested(
    goStruct("v1alpha1.DetectLocalConfiguration", named("bridgeInterface interfaceNamePrefix", text)),
  ),
  conntrack: nested(
    goStruct("v1alpha1.KubeProxyConntrackConfiguration", {
      ...named("maxPerCore min", noNumber),
      ...named("tcpEstablishedTimeout tcpCloseWaitTimeout", noSpan),
      tcpBeLiberal: no,
      ...named("udpTimeout udpStreamTimeout", span()),
    }),
  ),
});
