import { tabulate } from "../../../go/tabwriter.ts";
import type { Expiration, Expirations } from "../../../kubeadm/certificates/certificate-expiration.ts";
import { humanDuration } from "../../../kubernetes/human-duration.ts";

/** Upstream's two tables: certificates, then the CAs, with an empty line between. */
export function expirationTables({ certificates, authorities }: Expirations, now: Date): string {
  const leaves = tabulate([
    ["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY MANAGED"],
    ...certificates.map((each) => rowOf(each, now, [each.authority ?? ""])),
  ]);
  const roots = tabulate([
    ["CERTIFICATE AUTHORITY", "EXPIRES", "RESIDUAL TIME", "EXTERNALLY MANAGED"],
    ...authorities.map((each) => rowOf(each, now, [])),
  ]);
  return `${leaves}\n${roots}`;
}

function rowOf(
  { name, expires, isExternallyManaged }: Expiration,
  now: Date,
  authority: readonly string[],
): readonly string[] {
  if (expires === undefined) return [`!MISSING! ${name}`, "", "", ...authority.map(() => ""), ""];
  const residual = humanDuration(expires.getTime() - now.getTime());
  return [name, dateText(expires), residual, ...authority, (isExternallyManaged ? "yes" : "no").padEnd(8)];
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "Oct 06, 2027 21:56 UTC" */
function dateText(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${months[time.getUTCMonth()] ?? ""} ${two(time.getUTCDate())}, ${time.getUTCFullYear()}`;
  return `${day} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())} UTC`;
}
