import { isIp } from "../../addresses/ip-address.ts";
import { validateCertificateKey } from "./certificate-key.ts";
import { type FileExists, validateDiscovery } from "./discovery.ts";
import { type FieldError, invalidValue } from "./field-error.ts";
import type { JoinConfiguration, JoinControlPlane } from "./join-configuration.ts";
import { validateNodeRegistration } from "./node-registration.ts";

/** Everything that is wrong with a defaulted configuration, in upstream's order. */
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
  const { advertiseAddress, bindPort } = controlPlane.localAPIEndpoint;
  const errors: FieldError[] = [];
  if (!isIp(advertiseAddress)) {
    errors.push(invalidValue(`${path}.localAPIEndpoint.advertiseAddress`, advertiseAddress, "ip address is not valid"));
  }
  if (bindPort < 1 || bindPort > 65_535) {
    errors.push(invalidValue(`${path}.localAPIEndpoint.bindPort`, bindPort, "port number is not valid"));
  }
  return [...errors, ...validateCertificateKey(controlPlane.certificateKey, `${path}.certificateKey`)];
}

function validateCaCertPath(caCertPath: string): readonly FieldError[] {
  if (caCertPath.startsWith("/") && caCertPath.endsWith(".crt")) return [];
  return [invalidValue("caCertPath", caCertPath, "the ca certificate path must be an absolute path")];
}
