/** One request that an API server logged. */
export interface AuditRow {
  readonly auditId: string;
  readonly receivedMs: number;
  /** Absent while the request is open, such as a watch. */
  readonly tookMs?: number | undefined;
  readonly verb: string;
  readonly uri: string;
  readonly code?: number | undefined;
  readonly userAgent: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly sourceAddresses: readonly string[];
  readonly object?: Readonly<Record<string, string>> | undefined;
  /** The request body, for writes except of secrets. */
  readonly body?: unknown;
}

interface Event {
  readonly auditID: string;
  readonly stage: string;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user?: { readonly username?: string; readonly groups?: readonly string[] };
  readonly sourceIPs?: readonly string[];
  readonly objectRef?: Readonly<Record<string, string>>;
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: unknown;
}

/** Returns the rows in the order of the requests. A last line that is still being written is omitted. */
export function parseAuditLog(text: string): AuditRow[] {
  const rows = new Map<string, AuditRow>();
  for (const line of text.split("\n")) {
    const event = parseEvent(line);
    if (event === undefined) continue;
    const known = rows.get(event.auditID);
    // A long-running request is logged when its answer begins and again when it ends.
    if (known === undefined || known.tookMs === undefined) rows.set(event.auditID, toRow(event));
  }
  return [...rows.values()].sort((a, b) => a.receivedMs - b.receivedMs);
}

function parseEvent(line: string): Event | undefined {
  if (line === "") return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is Event {
  return typeof value === "object" && value !== null && "auditID" in value && "requestReceivedTimestamp" in value;
}

function toRow(event: Event): AuditRow {
  const receivedMs = parseTime(event.requestReceivedTimestamp);
  const complete = event.stage === "ResponseComplete" || event.stage === "Panic";
  return {
    auditId: event.auditID,
    receivedMs,
    tookMs: complete ? parseTime(event.stageTimestamp) - receivedMs : undefined,
    verb: event.verb,
    uri: event.requestURI,
    code: event.responseStatus?.code,
    userAgent: event.userAgent ?? "",
    user: event.user?.username ?? "",
    groups: event.user?.groups ?? [],
    sourceAddresses: event.sourceIPs ?? [],
    object: event.objectRef,
    body: event.requestObject,
  };
}

/** Milliseconds with the microseconds of the log: two requests may arrive in the same millisecond. */
function parseTime(text: string): number {
  const micro = /\.\d{3}(\d{1,3})/.exec(text)?.[1]?.padEnd(3, "0") ?? "0";
  return Date.parse(text.replace(/(\.\d{3})\d+/, "$1")) + Number(micro) / 1_000;
}
