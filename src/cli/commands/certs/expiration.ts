import type { WritableMap } from "../../../go/yaml/write-yaml.ts";
import {
  certificateExpirations,
  type Expiration,
  type Expirations,
} from "../../../kubeadm/certificates/certificate-expiration.ts";
import { defined } from "../../../values/defined.ts";
import { objectPrinter } from "../../print/object-printer.ts";
import { printingEvents } from "../../printing-session.ts";
import { machineOf } from "../machine.ts";
import { certsConfiguration } from "./configuration.ts";
import { expirationTables } from "./expiration-tables.ts";
import type { ExpirationInvocation } from "./flags.ts";

/** Prints when certificates and CAs expire. */
export async function checkExpiration(invocation: ExpirationInvocation): Promise<number> {
  const { flags, ports } = invocation;
  const host = await machineOf(invocation);
  const now = host.clock.now();
  const show = await objectPrinter<Expirations>(invocation, {
    kind: "CertificateExpirationInfo",
    text: (expirations) => ports.stdout.write(expirationTables(expirations, now)),
    fields: ({ certificates, authorities }) => ({
      certificates: certificates.map((each) => fieldsOf(each, now)),
      certificateAuthorities: authorities.map((each) => fieldsOf(each, now)),
    }),
  });
  const print = (line: string) => ports.stdout.write(`${line}\n`);
  const cluster = await certsConfiguration("check-expiration", invocation, {
    host,
    events: printingEvents(invocation),
    ...(flags.output === "text" ? { print } : {}),
  });
  show(await certificateExpirations(cluster, host.files));
  return 0;
}

function fieldsOf({ name, expires, authority, isExternallyManaged }: Expiration, now: Date): WritableMap {
  return {
    name,
    expirationDate: expires === undefined ? null : `${expires.toISOString().slice(0, 19)}Z`,
    residualTime: expires === undefined ? 0 : Math.trunc((expires.getTime() - now.getTime()) / 1000),
    externallyManaged: isExternallyManaged,
    ...defined({ caName: authority }),
    missing: expires === undefined,
  };
}
