import { orElse } from "../../../async/or-else.ts";
import { NetworkError } from "../../../host/host.ts";
import { shell } from "../../../values/shell.ts";
import { passed, skipped, warned } from "../check.ts";
import type { Examination } from "../examination.ts";
import { listOf } from "../facts/control-plane.ts";
import { onControlPlane } from "./on-control-plane.ts";

/** Milliseconds for a request to this machine. */
const probeMs = 1_000;
/** With fewer writes, one slow one would count too much. */
const enoughWrites = 200;
/** Seconds: the upper bound of a bucket, above which a leader misses its heartbeat (100 ms). */
const slowSeconds = 0.128;
/** Etcd's own advice is that 99 of 100 writes take less than 10 ms. */
const tolerated = 0.01;

export const etcdDisk = onControlPlane({
  name: "etcd-disk",
  title: "Etcd's disk is fast enough",
  after: ["etcd-pod"],
  look: async ({ manifests, hasLocalEtcd }, { network, signal }) => {
    if (!hasLocalEtcd) return skipped("etcd runs outside of this cluster's control planes");
    const url = listOf(manifests.etcd, "listen-metrics-urls").find((each) => each.startsWith("http://"));
    if (url === undefined) return skipped("etcd's metrics are not served without TLS");
    const writes = await metricsOf(`${url}/metrics`, { network, signal });
    if (writes === undefined) return skipped("etcd serves no metrics");
    const { total, slow } = writes;
    if (total < enoughWrites) return passed("too few writes to measure");
    if (slow / total <= tolerated)
      return passed(`${percent(total - slow, total)} of ${total} writes took less than ${slowSeconds * 1000} ms`);
    return warned(
      `Etcd's disk is slow: ${percent(slow, total)} of its ${total} writes took longer than ${slowSeconds * 1000} ms. Etcd loses its leader when it waits for the disk.`,
      {
        evidence: [`etcd_disk_wal_fsync_duration_seconds: ${slow} of ${total} above ${slowSeconds}`],
        remedy: "Put /var/lib/etcd on a dedicated SSD, and keep other programs from writing to it.",
        commands: [shell`curl -s --max-time 10 ${`${url}/metrics`} | grep etcd_disk_wal_fsync`],
      },
    );
  },
});

/** Writes to etcd's log since it started. */
export interface LogWrites {
  readonly total: number;
  readonly slow: number;
}

async function metricsOf(
  url: string,
  { network, signal }: Pick<Examination, "network" | "signal">,
): Promise<LogWrites | undefined> {
  return orElse(undefined, NetworkError, async () => {
    const { status, body } = await network.probe(url, { signal, timeoutMs: probeMs });
    return status === 200 ? logWrites(body) : undefined;
  });
}

/** Reads the histogram of the syncs of etcd's log from its metrics; undefined if it is not there. */
export function logWrites(metrics: string): LogWrites | undefined {
  const name = "etcd_disk_wal_fsync_duration_seconds";
  const buckets = [...metrics.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]{1,20})"\\} (\\S{1,30})$`, "gm"))];
  const total = Number(new RegExp(`^${name}_count (\\S{1,30})$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  const fast = buckets.find(([, bound]) => Number(bound) === slowSeconds)?.[2];
  const slow = total - Number(fast ?? Number.NaN);
  return Number.isFinite(slow) && slow >= 0 ? { total, slow } : undefined;
}

function percent(part: number, total: number): string {
  return `${Math.round((1000 * part) / total) / 10}%`;
}
