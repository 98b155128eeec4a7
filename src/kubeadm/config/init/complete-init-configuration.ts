import { isIp } from "../../../addresses/ip-address.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { cleanPath } from "../../../go/clean-path.ts";
import { AddressError, isPort, joinHostPort, splitHostPort } from "../../../go/host-port.ts";
import { subdomainProblems } from "../../../kubernetes/dns-name.ts";
import { generateToken } from "../../tokens/generate-token.ts";
import type { ClusterConfiguration } from "../cluster/cluster-configuration.ts";
import { validateClusterConfiguration } from "../cluster/validate-cluster-configuration.ts";
import {
  type ComponentConfigurations,
  completeComponents,
  type WrittenComponents,
} from "../components/component-configurations.ts";
import { type FieldError, type FieldLocations, invalidConfiguration } from "../documents/field-error.ts";
import { resolveAdvertiseAddress } from "../fields/advertise-address.ts";
import { parseBootstrapToken } from "../fields/bootstrap-token.ts";
import { validateCertificateKey } from "../fields/certificate-key.ts";
import { resolveRelease } from "../fields/kubernetes-release.ts";
import { defaultNodeRegistration, validateNodeRegistration } from "../fields/node-registration.ts";
import { validateBootstrapTokens } from "../fields/validate-bootstrap-tokens.ts";
import type { ConfigurationPorts } from "../join/complete-join-configuration.ts";
import { validateApiEndpoint } from "../join/validate-join-configuration.ts";
import type { InitConfiguration, KnownBootstrapToken, WrittenInitConfiguration } from "./init-configuration.ts";

/**
 * The configuration of an init from a file or the command line, with the defaults that do not depend on the machine.
 */
export interface WrittenInit {
  readonly configuration: WrittenInitConfiguration;
  readonly cluster: ClusterConfiguration;
  /** The file sets both etcd.local and etcd.external, of which `cluster` can hold one. */
  readonly hasBothEtcds: boolean;
  readonly components: WrittenComponents;
}

/** The same, valid and completed with facts of the machine. */
export interface ResolvedInit {
  readonly configuration: InitConfiguration;
  readonly cluster: ClusterConfiguration;
  readonly components: ComponentConfigurations;
}

export interface InitCompletionOptions {
  readonly detectsCriSocket: boolean;
  readonly locations?: FieldLocations;
}

/**
 * Fills in what depends on this machine, then validates. The first error of completing is thrown alone; those of
 * validation are aggregated, as upstream does.
 */
export async function completeInitConfiguration(
  written: WrittenInit,
  { detectsCriSocket, locations }: InitCompletionOptions,
  ports: ConfigurationPorts,
): Promise<ResolvedInit> {
  const { events, network } = ports;
  const nodeRegistration = await defaultNodeRegistration(
    written.configuration.nodeRegistration,
    { controlPlane: true, detectsCriSocket },
    ports,
  );
  const { localAPIEndpoint: endpoint, bootstrapTokens } = written.configuration;
  const advertiseAddress = await resolveAdvertiseAddress(endpoint.advertiseAddress, network, events);
  const localAPIEndpoint = { ...endpoint, advertiseAddress };
  const certificatesDir = cleanPath(written.cluster.certificatesDir);
  const declared = { ...written.cluster, certificatesDir };
  const components = completeComponents(written.components, declared, advertiseAddress, events);
  const release = resolveRelease(written.cluster.kubernetesVersion, events);
  const cluster: ClusterConfiguration = {
    ...declared,
    kubernetesVersion: release.version,
    isCi: release.isCi,
    controlPlaneEndpoint: withPort(written.cluster.controlPlaneEndpoint, endpoint.bindPort),
    apiServer: {
      ...written.cluster.apiServer,
      certSANs: written.cluster.apiServer.certSANs.map((name) => name.toLowerCase()),
    },
  };
  const errors: readonly FieldError[] = [
    ...validateNodeRegistration(nodeRegistration, "nodeRegistration"),
    ...validateBootstrapTokens(bootstrapTokens),
    ...validateClusterConfiguration({ cluster, hasBothEtcds: written.hasBothEtcds }, events),
    ...validateApiEndpoint(localAPIEndpoint, "localAPIEndpoint"),
    ...validateCertificateKey(written.configuration.certificateKey, "certificateKey"),
  ];
  if (errors.length > 0) throw invalidConfiguration(errors, locations);
  const tokens = bootstrapTokens.map(
    ({ text, hasExpiration: _, ...spec }): KnownBootstrapToken => ({
      ...spec,
      token: text === undefined ? generateToken() : parseBootstrapToken(text),
    }),
  );
  const configuration = { ...written.configuration, nodeRegistration, localAPIEndpoint, bootstrapTokens: tokens };
  return { configuration, cluster, components };
}

/** Returns the endpoint with a port: that of this node's API server if it has none. */
function withPort(endpoint: string, bindPort: number): string {
  if (endpoint === "") return endpoint;
  const { host, port } = hostAndPort(endpoint);
  const wrong = (reason: string) =>
    new KubeadmError("CONFIG_INVALID", `hostport ${endpoint}: ${reason}`, wrongEndpoint);
  if (port !== "" && !isPort(port)) {
    throw wrong(`port ${port} must be a valid number between 1 and 65535, inclusive`);
  }
  if (!isIp(host) && subdomainProblems(host).length > 0) {
    throw wrong(`host '${host}' must be a valid IP address or a valid RFC-1123 DNS subdomain`);
  }
  return port === "" ? joinHostPort(host, bindPort) : endpoint;
}

const wrongEndpoint = {
  remedy:
    "Write --control-plane-endpoint (controlPlaneEndpoint) as HOST or HOST:PORT, an IPv6 address with a port in brackets.",
};

/** Text that is not a host with a port is a host. */
function hostAndPort(endpoint: string): { readonly host: string; readonly port: string } {
  try {
    return splitHostPort(endpoint);
  } catch (error) {
    if (error instanceof AddressError) return { host: endpoint, port: "" };
    throw error;
  }
}
