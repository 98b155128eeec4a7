import { humanDuration } from "../../../kubernetes/human-duration.ts";
import { shell } from "../../../values/shell.ts";
import { type DoctorCheck, found, passed, skipped } from "../check.ts";
import { serverClock } from "../facts/endpoint.ts";

/** The Date header is exact only to the second, and a smaller difference does no harm. */
const noticeableSeconds = 5;
/** Certificates that are signed for this machine are valid from five minutes before; leases expire after 40 s. */
const harmfulSeconds = 40;

export const clock: DoctorCheck = {
  name: "clock",
  group: "machine",
  title: "The clock matches the API server's",
  look: async ({ once }) => {
    const compared = await once(serverClock);
    if (compared === undefined) return skipped("no API server reports its time");
    const { here, there } = compared;
    const seconds = Math.round((here.getTime() - there.getTime()) / 1000);
    const size = Math.abs(seconds);
    if (size < noticeableSeconds) return passed();
    return found([
      {
        severity: size >= harmfulSeconds ? "error" : "warning",
        finding:
          `This machine's clock is ${humanDuration(size * 1000)} ${seconds > 0 ? "ahead of" : "behind"} the API server's: ` +
          "certificates and tokens may appear expired or not yet valid.",
        evidence: [`here: ${here.toISOString()}`, `API server: ${there.toISOString()}`],
        remedy: "Synchronize the clocks of all nodes with NTP.",
        commands: [shell`timedatectl set-ntp true`, shell`timedatectl timesync-status`],
      },
    ]);
  },
};
