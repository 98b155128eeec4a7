import type { Files, Machine } from "../../host/host.ts";
import type { ClusterConfiguration, EnvVar } from "../config/cluster/cluster-configuration.ts";
import { proxyVariables } from "./component-environment.ts";
import { findMountableDirectories, type MountableDirectories } from "./host-path-mounts.ts";

/** What control-plane Pods depend on in addition to the configuration. */
export interface PodSurroundings {
  readonly directories: MountableDirectories;
  readonly proxyVariables: readonly EnvVar[];
  /** The CA's key is not on this machine, so nothing here can sign certificates. */
  readonly hasExternalAuthority: boolean;
}

export interface SurroundingsPorts {
  readonly files: Pick<Files, "status" | "list">;
  readonly machine: Pick<Machine, "environment">;
}

export async function findSurroundings(
  { certificatesDir }: Pick<ClusterConfiguration, "certificatesDir">,
  { files, machine }: SurroundingsPorts,
): Promise<PodSurroundings> {
  const [certificate, key, directories] = await Promise.all([
    files.status(`${certificatesDir}/ca.crt`),
    files.status(`${certificatesDir}/ca.key`),
    findMountableDirectories(files),
  ]);
  return {
    directories,
    proxyVariables: proxyVariables(machine.environment),
    hasExternalAuthority: certificate !== undefined && key === undefined,
  };
}
