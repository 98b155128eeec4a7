import { boolean, type Decoded, listOf, objectOf, oneOf, string } from "../../../go/json/schema.ts";
import type { UnmountFlag } from "../../../host/host.ts";
import { defaultCertificatesDirectory } from "../../paths.ts";
import { type FieldError, invalidValue } from "../documents/field-error.ts";
import { validateCriSocket } from "../fields/cri-socket.ts";
import { timeouts } from "../versions/v1beta4.ts";

/** A ResetConfiguration with defaults, except for the socket, which depends on the machine. */
export interface ResetConfiguration {
  readonly cleanupTmpDir: boolean;
  readonly certificatesDir: string;
  /** "" until it is detected. */
  readonly criSocket: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly ignorePreflightErrors: readonly string[];
  readonly skipPhases: readonly string[];
  readonly unmountFlags: readonly string[];
}

/** Flags of umount2(2). */
const unmountFlags: readonly UnmountFlag[] = ["MNT_FORCE", "MNT_DETACH", "MNT_EXPIRE", "UMOUNT_NOFOLLOW"];

/** The wire form of kubeadm.k8s.io/v1beta4; v1 has the same fields. */
export const resetConfigurationV1beta4 = objectOf("v1beta4.ResetConfiguration", {
  apiVersion: string(),
  kind: string(),
  cleanupTmpDir: boolean(),
  certificatesDir: string(),
  criSocket: string(),
  dryRun: boolean(),
  force: boolean(),
  ignorePreflightErrors: listOf(string()),
  skipPhases: listOf(string()),
  unmountFlags: listOf(oneOf(unmountFlags)),
  timeouts,
});

export type ResetConfigurationV1beta4 = Decoded<typeof resetConfigurationV1beta4>;

export function resetConfigurationFromV1beta4(wire: ResetConfigurationV1beta4): ResetConfiguration {
  return {
    cleanupTmpDir: wire.cleanupTmpDir ?? false,
    certificatesDir: wire.certificatesDir || defaultCertificatesDirectory,
    criSocket: wire.criSocket ?? "",
    dryRun: wire.dryRun ?? false,
    force: wire.force ?? false,
    ignorePreflightErrors: wire.ignorePreflightErrors ?? [],
    skipPhases: wire.skipPhases ?? [],
    unmountFlags: wire.unmountFlags ?? [],
  };
}

/** Returns all errors of a configuration whose socket is set, in upstream's order. */
export function validateResetConfiguration(configuration: ResetConfiguration): readonly FieldError[] {
  const { criSocket, certificatesDir } = configuration;
  return [
    ...validateCriSocket(criSocket, "criSocket"),
    ...(certificatesDir.startsWith("/")
      ? []
      : [invalidValue("certificatesDir", certificatesDir, "path is not absolute")]),
    ...configuration.unmountFlags.flatMap((flag, index) => (isUnmountFlag(flag) ? [] : [unknownFlag(flag, index)])),
  ];
}

function unknownFlag(flag: string, index: number): FieldError {
  const { message } = invalidValue("unmountFlags", `index ${index}`, `unknown unmount flag ${flag}`);
  return { path: `unmountFlags[${index}]`, message };
}

export function isUnmountFlag(flag: string): flag is UnmountFlag {
  return (unmountFlags as readonly string[]).includes(flag);
}
