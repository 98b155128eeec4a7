import { Secret } from "../../../errors/secret.ts";
import type { Decoded } from "../../../go/json/schema.ts";
import { defined } from "../../../values/defined.ts";
import { defaultCaCertPath } from "../../paths.ts";
import { type Discovery, pathOfFileUrl } from "../fields/discovery.ts";
import type { Arg, NodeRegistration } from "../fields/node-registration.ts";
import { defaultTimeouts } from "../fields/timeouts.ts";
import { defaultBindPort, type JoinConfiguration, type JoinControlPlane } from "../join/join-configuration.ts";
import type { joinConfigurationV1beta3 } from "./v1beta3.ts";
import type { joinConfigurationV1beta4 } from "./v1beta4.ts";

export type JoinConfigurationV1beta4 = Decoded<typeof joinConfigurationV1beta4>;
type JoinConfigurationV1beta3 = Decoded<typeof joinConfigurationV1beta3>;

/** Returns the configuration with the defaults that do not depend on the machine. */
export function joinConfigurationFromV1beta4(wire: JoinConfigurationV1beta4): JoinConfiguration {
  const controlPlane = wire.controlPlane;
  const patches = wire.patches;
  return {
    dryRun: wire.dryRun ?? false,
    nodeRegistration: nodeRegistrationFrom(wire.nodeRegistration ?? {}),
    caCertPath: wire.caCertPath || defaultCaCertPath,
    discovery: discoveryFrom(wire.discovery ?? {}),
    ...(controlPlane === undefined ? {} : { controlPlane: controlPlaneFrom(controlPlane) }),
    skipPhases: wire.skipPhases ?? [],
    ...(patches === undefined ? {} : { patches: { directory: patches.directory ?? "" } }),
    timeouts: { ...defaultTimeouts, ...wire.timeouts },
  };
}

export function joinConfigurationFromV1beta3(wire: JoinConfigurationV1beta3): JoinConfiguration {
  const { timeout, ...discovery } = wire.discovery ?? {};
  return joinConfigurationFromV1beta4({
    ...wire,
    nodeRegistration: nodeRegistrationFromV1beta3(wire.nodeRegistration ?? {}),
    discovery,
    ...(timeout === undefined ? {} : { timeouts: { discovery: timeout } }),
  });
}

type NodeRegistrationV1beta3 = NonNullable<JoinConfigurationV1beta3["nodeRegistration"]>;

/** Converts arguments from v1beta3's map to v1beta4's list. */
export function nodeRegistrationFromV1beta3({ kubeletExtraArgs, ...rest }: NodeRegistrationV1beta3) {
  return { ...rest, kubeletExtraArgs: argsFromMap(kubeletExtraArgs) };
}

export function argsFromMap(args: Readonly<Record<string, string>> | undefined): readonly Arg[] {
  return Object.entries(args ?? {}).map(([name, value]) => ({ name, value }));
}

/** Of v1beta4 and v1; only v1 has merge methods. */
export function argsFrom(wire: readonly Partial<Arg>[] | undefined): readonly Arg[] {
  return (wire ?? []).map(({ name = "", value = "", mergeMethod = "" }) => ({
    name,
    value,
    ...(mergeMethod === "" ? {} : { mergeMethod }),
  }));
}

export function nodeRegistrationFrom(
  wire: NonNullable<JoinConfigurationV1beta4["nodeRegistration"]>,
): NodeRegistration {
  const taints = wire.taints?.map(({ key = "", effect = "", ...rest }) => ({ ...rest, key, effect }));
  return {
    name: wire.name ?? "",
    criSocket: wire.criSocket ?? "",
    ...defined({ taints }),
    kubeletExtraArgs: argsFrom(wire.kubeletExtraArgs),
    ignorePreflightErrors: wire.ignorePreflightErrors ?? [],
    imagePullPolicy: wire.imagePullPolicy || "IfNotPresent",
    imagePullSerial: wire.imagePullSerial ?? true,
  };
}

function discoveryFrom(wire: NonNullable<JoinConfigurationV1beta4["discovery"]>): Discovery {
  const { bootstrapToken, file } = wire;
  const tlsBootstrapToken = given(wire.tlsBootstrapToken) ?? given(bootstrapToken?.token);
  return {
    ...(bootstrapToken === undefined
      ? {}
      : {
          bootstrapToken: {
            token: bootstrapToken.token ?? new Secret(""),
            apiServerEndpoint: bootstrapToken.apiServerEndpoint ?? "",
            caCertHashes: bootstrapToken.caCertHashes ?? [],
            unsafeSkipCAVerification: bootstrapToken.unsafeSkipCAVerification ?? false,
          },
        }),
    ...(file === undefined ? {} : { file: { kubeConfigPath: pathOfFileUrl(file.kubeConfigPath ?? "") } }),
    ...defined({ tlsBootstrapToken }),
  };
}

export function given(secret: Secret | undefined): Secret | undefined {
  return secret === undefined || secret.reveal() === "" ? undefined : secret;
}

function controlPlaneFrom(wire: NonNullable<JoinConfigurationV1beta4["controlPlane"]>): JoinControlPlane {
  const certificateKey = given(wire.certificateKey);
  return {
    localAPIEndpoint: {
      advertiseAddress: wire.localAPIEndpoint?.advertiseAddress ?? "",
      bindPort: wire.localAPIEndpoint?.bindPort || defaultBindPort,
    },
    ...defined({ certificateKey }),
  };
}
