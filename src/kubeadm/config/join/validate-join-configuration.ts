import { isIp } from "../../../addresses/ip-address.ts";
import { type FieldError, invalidValue } from "../documents/field-error.ts";
import { validateCertificateKey } from "../fields/certificate-key.ts";
import { type FileExists, validateDiscovery } from "../fields/discovery.ts";
import { validateNodeRegistration } from "../fields/node-registration.ts";
import type { ApiEndpoint, JoinConfiguration, JoinControlPlane } from "./join-configuration.ts";

/** Returns all errors of a defaulted configuration, in upstream's order. */
export async function validateJoinConfiguration(
  configuration: JoinConfiguration,
  fileExists: FileExists,
): Promise<readonly FieldError[]> {
  const { discovery, nodeRegistration, controlPlane, caCertPath } = configuration;
  return [
    ...(await validateDiscovery(discovery, "discovery", fileExists)),
    ...validateNodeRegistration(nodeRegistration, "nodeRegistration"),
    ...(controlPlane === undefined ? [] : validateControlPlane(controlPlane, "controlPlane")),
    ...validateCaCertPath(caCertPath),
  ];
}

function validateControlPlane(controlPlane: JoinControlPlane, path: string): readonly FieldError[] {
  return [
    ...validateApiEndpoint(controlPlane.localAPIEndpoint, `${path}.localAPIEndpoint`),
    ...validateCertificateKey(controlPlane.certificateKey, `${path}.certificateKey`),
  ];
}

export function validateApiEndpoint({ advertiseAddress, bindPort }: ApiEndpoint, path: string): readonly FieldError[] {
  return [
    ...(isIp(advertiseAddress)
      ? []
      : [invalidValue(`${path}.advertiseAddress`, advertiseAddress, "ip address is not valid")]),
    ...(bindPort >= 1 && bindPort <= 65_535
      ? []
      : [invalidValue(`${path}.bindPort`, bindPort, "port number is not valid")]),
  ];
}

function validateCaCertPath(caCertPath: string): readonly FieldError[] {
  if (caCertPath.startsWith("/") && caCertPath.endsWith(".crt")) return [];
  return [invalidValue("caCertPath", caCertPath, "the ca certificate path must be an absolute path")];
}
