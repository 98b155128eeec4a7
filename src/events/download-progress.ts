import { formatDuration } from "../go/duration.ts";

/** How far downloads are. */
export interface DownloadProgress {
  readonly bytes: number;
  /** Of everything that has begun: it may grow. */
  readonly totalBytes: number;
  /** Milliseconds to the end at the pace of the last seconds; absent until that is known. */
  readonly leftMs?: number;
}

/** "12.3 of 28.1 MB, 8s left" */
export function downloadText({ bytes, totalBytes, leftMs }: DownloadProgress): string {
  const left = leftMs === undefined ? "" : `, ${formatDuration(Math.ceil(leftMs / 1_000) * 1_000)} left`;
  return `${megabytes(bytes)} of ${megabytes(totalBytes)} MB${left}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
