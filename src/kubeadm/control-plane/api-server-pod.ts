import type { Events } from "../../events/events.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { goQuote } from "../../go/quote.ts";
import type { JsonObject } from "../../values/json.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { type Arg, lastArgument, lastValue, mergedValue } from "../config/fields/node-registration.ts";
import { minorOf } from "../config/fields/removed-gates.ts";
import { componentImage } from "../images/control-plane-images.ts";
import { argumentsFrom, componentCommand } from "./component-arguments.ts";
import { containerEnvironment } from "./component-environment.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { etcdClientUrl, loopbackOf } from "./etcd-pod.ts";
import { apiServerMounts } from "./host-path-mounts.ts";
import type { PodSurroundings } from "./pod-surroundings.ts";
import { probeHost, staticPod } from "./static-pod.ts";

/** The annotation of an API server's Pod that holds its advertised address and its port. */
export const endpointAnnotation = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint";

export function apiServerPod(node: ControlPlaneNode, surroundings: PodSurroundings): JsonObject {
  const { cluster, localAPIEndpoint, timeouts } = node;
  const { advertiseAddress, bindPort } = localAPIEndpoint;
  const { extraArgs, extraEnvs } = cluster.apiServer;
  return staticPod(
    {
      name: "kube-apiserver",
      annotations: { [endpointAnnotation]: joinHostPort(advertiseAddress, bindPort) },
      image: componentImage(cluster, "kube-apiserver"),
      command: componentCommand("kube-apiserver", apiServerArguments(node), extraArgs, {
        sortsAll: minorOf(cluster).rules.sortsAllArguments,
      }),
      environment: containerEnvironment(surroundings.proxyVariables, extraEnvs),
      mounts: apiServerMounts(cluster, surroundings.directories),
      requests: { cpu: "250m" },
      probes: {
        scheme: "HTTPS",
        host: probeHost(advertiseAddress),
        port: bindPort,
        liveness: "/livez",
        readiness: "/readyz",
        startup: "/livez",
      },
    },
    timeouts,
  );
}

function apiServerArguments({ cluster, localAPIEndpoint }: ControlPlaneNode): readonly Arg[] {
  const { advertiseAddress, bindPort } = localAPIEndpoint;
  const { certificatesDir, networking } = cluster;
  // authorization-config and authorization-mode exclude each other.
  const hasAuthorizationFile = (lastValue(cluster.apiServer.extraArgs, "authorization-config") ?? "") !== "";
  return argumentsFrom({
    "advertise-address": advertiseAddress,
    "allow-privileged": "true",
    ...(hasAuthorizationFile ? {} : { "authorization-mode": defaultModes }),
    "client-ca-file": `${certificatesDir}/ca.crt`,
    "enable-admission-plugins": "NodeRestriction",
    "enable-bootstrap-token-auth": "true",
    ...etcdArguments(cluster, advertiseAddress),
    "kubelet-client-certificate": `${certificatesDir}/apiserver-kubelet-client.crt`,
    "kubelet-client-key": `${certificatesDir}/apiserver-kubelet-client.key`,
    "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
    "proxy-client-cert-file": `${certificatesDir}/front-proxy-client.crt`,
    "proxy-client-key-file": `${certificatesDir}/front-proxy-client.key`,
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-client-ca-file": `${certificatesDir}/front-proxy-ca.crt`,
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "secure-port": String(bindPort),
    "service-account-issuer": `https://kubernetes.default.svc.${networking.dnsDomain}`,
    "service-account-key-file": `${certificatesDir}/sa.pub`,
    "service-account-signing-key-file": `${certificatesDir}/sa.key`,
    "service-cluster-ip-range": networking.serviceSubnet,
    "tls-cert-file": `${certificatesDir}/apiserver.crt`,
    "tls-private-key-file": `${certificatesDir}/apiserver.key`,
  });
}

function etcdArguments(cluster: ClusterConfiguration, advertiseAddress: string): Readonly<Record<string, string>> {
  const { certificatesDir, etcd } = cluster;
  if ("external" in etcd) {
    const { endpoints, caFile, certFile, keyFile } = etcd.external;
    return {
      "etcd-servers": endpoints.join(","),
      ...(caFile === "" ? {} : { "etcd-cafile": caFile }),
      ...(certFile === "" || keyFile === "" ? {} : { "etcd-certfile": certFile, "etcd-keyfile": keyFile }),
    };
  }
  const advertised = lastArgument(etcd.local.extraArgs, "advertise-client-urls");
  const local = etcdClientUrl(loopbackOf(advertiseAddress));
  return {
    "etcd-cafile": `${certificatesDir}/etcd/ca.crt`,
    "etcd-certfile": `${certificatesDir}/apiserver-etcd-client.crt`,
    "etcd-keyfile": `${certificatesDir}/apiserver-etcd-client.key`,
    "etcd-servers": advertised === undefined ? local : mergedValue(local, advertised),
  };
}

type WithEndpoint = Pick<ControlPlaneNode, "cluster" | "localAPIEndpoint">;

/** Warns of what the user changes in the API server's arguments and is easily overlooked. */
export function warnOfArguments(node: WithEndpoint, events: Events): void {
  warnOfMergedUrls(node, events);
  warnOfAuthorizationModes(node.cluster, events);
}

/** Says that what etcd advertises extends the addresses at which the API server finds it. */
function warnOfMergedUrls({ cluster: { etcd }, localAPIEndpoint }: WithEndpoint, events: Events): void {
  if (!("local" in etcd)) return;
  const { mergeMethod, value } = lastArgument(etcd.local.extraArgs, "advertise-client-urls") ?? {};
  if (mergeMethod === undefined) return;
  const message = `the local etcd --advertise-client-urls flag has a merge method ${goQuote(mergeMethod)} and value ${goQuote(value ?? "")}; merging it with --etcd-servers ${goQuote(etcdClientUrl(loopbackOf(localAPIEndpoint.advertiseAddress)))}`;
  events.emit("warning", { message });
}

const defaultModes = "Node,RBAC";
const knownModes = ["Node", "RBAC", "Webhook", "ABAC", "AlwaysAllow", "AlwaysDeny"];

/**
 * Warns if the user changes the API server's authorization modes: without Node and RBAC, kubeadm's rules have no
 * effect.
 */
function warnOfAuthorizationModes({ apiServer }: ClusterConfiguration, events: Events): void {
  if ((lastValue(apiServer.extraArgs, "authorization-config") ?? "") !== "") return;
  const { value: requested = "", mergeMethod } = lastArgument(apiServer.extraArgs, "authorization-mode") ?? {};
  if (requested === "") return;
  const modes = requested.split(",").filter((mode) => mode !== "");
  for (const mode of modes.filter((each) => !knownModes.includes(each))) {
    const message = `ignoring unknown kube-apiserver authorization-mode ${goQuote(mode)}`;
    events.emit("warning", { message });
  }
  const known = modes.filter((each) => knownModes.includes(each)).join(",");
  if (known === "" || known === defaultModes || mergeMethod !== undefined) return;
  const message = `the default kube-apiserver authorization-mode is ${goQuote(defaultModes)}; using ${goQuote(known)}`;
  events.emit("warning", { message });
}
