import { oneLine } from "../../errors/printable-text.ts";
import { type ClusterToken, timeText } from "../../kubeadm/tokens/cluster-token.ts";
import { tokenText } from "../../kubeadm/tokens/generate-token.ts";

const headings = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"];

/** Blanks between columns, and the least width of one (upstream's tab writer). */
const gap = 3;
const leastWidth = 10;

/** Rows of the table of tokens, the headings before the first. Each row is laid out for itself, as upstream's are. */
export function tokenTable(now: Date): (token: ClusterToken) => string {
  let isFirst = true;
  return (token) => {
    const lines = isFirst ? [headings, rowOf(token, now)] : [rowOf(token, now)];
    isFirst = false;
    return layOut(lines);
  };
}

function rowOf({ description, expires, groups, token, usages }: ClusterToken, now: Date): readonly string[] {
  const cells = [
    tokenText(token).reveal(),
    (expires === undefined ? "<forever>" : remaining(expires, now)).padEnd(9),
    expires === undefined ? "<never>" : timeText(expires),
    orNone(usages.join(",")).padEnd(22),
    orNone(description).padEnd(56),
    orNone(groups.join(",")),
  ];
  // Whoever may write a token's Secret chooses these texts; a row of the table is one line all the same.
  return cells.map((cell) => oneLine(cell));
}

function orNone(text: string): string {
  return text === "" ? "<none>" : text;
}

function layOut(lines: readonly (readonly string[])[]): string {
  const widths = headings.map((_, column) =>
    Math.max(leastWidth, ...lines.map((cells) => (cells[column]?.length ?? 0) + gap)),
  );
  return lines
    .map((cells) => {
      const last = cells.length - 1;
      return `${cells.map((cell, column) => (column === last ? cell : cell.padEnd(widths[column] ?? 0))).join("")}\n`;
    })
    .join("");
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
