import type { Events } from "../../../events/events.ts";
import type { Files, Machine, Network } from "../../../host/host.ts";
import { mayExist } from "../../../host/presence.ts";
import { type FieldLocations, invalidConfiguration } from "../documents/field-error.ts";
import { resolveAdvertiseAddress } from "../fields/advertise-address.ts";
import { defaultNodeRegistration } from "../fields/node-registration.ts";
import type { JoinConfiguration } from "./join-configuration.ts";
import { validateJoinConfiguration } from "./validate-join-configuration.ts";

/** What loading and completing a configuration needs of the machine. */
export interface ConfigurationPorts {
  readonly files: Pick<Files, "read" | "readText" | "status">;
  readonly network: Pick<Network, "addresses" | "canConnect" | "defaultRouteInterfaces">;
  readonly machine: Pick<Machine, "hostname">;
  readonly events: Events;
  readonly signal: AbortSignal;
}

export interface CompletionOptions {
  readonly detectsCriSocket: boolean;
  readonly locations?: FieldLocations;
}

/**
 * Fills in what depends on this machine, then validates. The first error of completing is thrown alone; those of
 * validation are aggregated, as upstream does.
 */
export async function completeJoinConfiguration(
  configuration: JoinConfiguration,
  options: CompletionOptions,
  ports: ConfigurationPorts,
): Promise<JoinConfiguration> {
  const completed = await withDynamicDefaults(configuration, options, ports);
  const fileExists = (path: string) => mayExist(path, ports.files);
  const errors = await validateJoinConfiguration(completed, fileExists);
  if (errors.length > 0) throw invalidConfiguration(errors, options.locations);
  return completed;
}

async function withDynamicDefaults(
  configuration: JoinConfiguration,
  { detectsCriSocket }: CompletionOptions,
  ports: ConfigurationPorts,
): Promise<JoinConfiguration> {
  const { controlPlane } = configuration;
  const nodeRegistration = await defaultNodeRegistration(
    configuration.nodeRegistration,
    { controlPlane: controlPlane !== undefined, detectsCriSocket },
    ports,
  );
  if (controlPlane === undefined) return { ...configuration, nodeRegistration };
  const { localAPIEndpoint } = controlPlane;
  const advertiseAddress = await resolveAdvertiseAddress(
    localAPIEndpoint.advertiseAddress,
    ports.network,
    ports.events,
  );
  return {
    ...configuration,
    nodeRegistration,
    controlPlane: { ...controlPlane, localAPIEndpoint: { ...localAPIEndpoint, advertiseAddress } },
  };
}
