import { cleanPath } from "../../../go/clean-path.ts";
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
import { endpointWithPort } from "../fields/control-plane-endpoint.ts";
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
    controlPlaneEndpoint: endpointWithPort(written.cluster.controlPlaneEndpoint, endpoint.bindPort),
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
