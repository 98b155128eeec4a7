import { padTo, tabulate } from "../../../go/tabwriter.ts";
import { type ClusterToken, timeText } from "../../../kubeadm/tokens/cluster-token.ts";
import { tokenText } from "../../../kubeadm/tokens/generate-token.ts";

const headings = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"];

/** Rows of the table of tokens, the headings before the first. Each row is laid out for itself, as upstream's are. */
export function tokenTable(now: Date): (token: ClusterToken) => string {
  let isFirst = true;
  return (token) => {
    const lines = isFirst ? [headings, rowOf(token, now)] : [rowOf(token, now)];
    isFirst = false;
    return tabulate(lines);
  };
}

function rowOf({ description, expires, groups, token, usages }: ClusterToken, now: Date): readonly string[] {
  return [
    tokenText(token).reveal(),
    padTo(expires === undefined ? "<forever>" : remaining(expires, now), 9),
    expires === undefined ? "<never>" : timeText(expires),
    padTo(orNone(usages.join(",")), 22),
    padTo(orNone(description), 56),
    orNone(groups.join(",")),
  ];
}

function orNone(text: string): string {
  return text === "" ? "<none>" : text;
}

/** Kubernetes' short form of a duration: one unit, rounded down; two seconds of grace for clocks that differ. */
function remaining(expires: Date, now: Date): string {
  const seconds = Math.trunc((expires.getTime() - now.getTime()) / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  const hours = Math.floor(seconds / 3_600);
  if (hours < 24) return `${hours}h`;
  return hours < 24 * 365 ? `${Math.floor(hours / 24)}d` : `${Math.floor(hours / (24 * 365))}y`;
}
