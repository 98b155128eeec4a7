import type { Clock } from "../../async/clock.ts";
import type { Events } from "../../events/events.ts";

/** A smaller difference does no harm, and the Date header is exact only to the second. */
const noticeableMs = 5_000;

/**
 * Returns a function that compares a response's Date with this machine's clock and warns once. A wrong clock makes
 * certificates and tokens fail with errors that do not mention the clock.
 */
export function clockSkewWatch(clock: Pick<Clock, "now">, events: Events): (serverDate: Date) => void {
  let hasWarned = false;
  return (serverDate) => {
    const aheadMs = clock.now().getTime() - serverDate.getTime();
    if (hasWarned || Math.abs(aheadMs) < noticeableMs) return;
    hasWarned = true;
    const seconds = Math.round(Math.abs(aheadMs) / 1000);
    const message =
      `this machine's clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} the API server's ` +
      `(${clock.now().toISOString()} here, ${serverDate.toISOString()} there): certificates and tokens may not verify; ` +
      "synchronize the clock, for example with `timedatectl set-ntp true`";
    events.emit("warning", { area: "discovery", message });
  };
}
