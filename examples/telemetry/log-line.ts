// Events as lines of JSON with the fields of OpenTelemetry's log data model.
import type { Span } from "@opentelemetry/api";
import type { Event, EventType } from "kubeadm-ts";

type Severity = "DEBUG" | "INFO" | "WARN" | "ERROR";

const severities: Partial<Record<EventType, Severity>> = {
  "phase.failed": "ERROR",
  warning: "WARN",
  log: "DEBUG",
  "request.finished": "DEBUG",
};

/** Returns the line of an event. JSON redacts what is secret in it: the token of a join becomes "[redacted]". */
export function logLine(event: Event, span: Span): string {
  const { type, time, v: _format, ...attributes } = event;
  const { traceId, spanId } = span.spanContext();
  return JSON.stringify({
    timestamp: time,
    severity: severities[type] ?? "INFO",
    body: type,
    attributes,
    trace_id: traceId,
    span_id: spanId,
  });
}
