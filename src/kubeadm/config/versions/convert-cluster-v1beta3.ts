import type { Decoded } from "../../../go/json/schema.ts";
import { defined } from "../../../values/defined.ts";
import { type ClusterConfiguration, clusterConfigurationFromV1beta4 } from "../cluster/cluster-configuration.ts";
import { argsFromMap } from "./convert-join.ts";
import type { clusterConfigurationV1beta3 } from "./v1beta3-init.ts";

type Wire = Decoded<typeof clusterConfigurationV1beta3>;

/** Converts a v1beta3 ClusterConfiguration, whose arguments are maps. */
export function clusterConfigurationFromV1beta3(wire: Wire): ClusterConfiguration {
  const { etcd, apiServer, controllerManager, scheduler, ...rest } = wire;
  return clusterConfigurationFromV1beta4({
    ...rest,
    etcd: {
      ...defined({ external: etcd?.external }),
      ...(etcd?.local === undefined ? {} : { local: { ...etcd.local, extraArgs: argsFromMap(etcd.local.extraArgs) } }),
    },
    apiServer: { ...componentFrom(apiServer ?? {}), certSANs: apiServer?.certSANs ?? [] },
    controllerManager: componentFrom(controllerManager ?? {}),
    scheduler: componentFrom(scheduler ?? {}),
  });
}

function componentFrom({ extraArgs, extraVolumes }: NonNullable<Wire["scheduler"]>) {
  return { extraArgs: argsFromMap(extraArgs), ...defined({ extraVolumes }) };
}
