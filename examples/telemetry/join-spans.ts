// One trace for each join: a span for the run, one for each phase, and one for each wait within it.
import { type Context, context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { type Event, type EventOf, isKubeadmError } from "kubeadm-ts";

/** Without an SDK that is set up, the tracer makes spans that go nowhere. */
const tracer = trace.getTracer("kubeadm-ts");

/**
 * Makes spans from the events of a join, with the events' own times. Their attributes are the ones that are named below:
 * names of phases and waits, reasons, codes. No event is passed on as a whole, so that nothing secret can be.
 */
export class JoinSpans {
  readonly #run: Span;
  readonly #inRun: Context;
  /** The spans that have not ended, by their names. */
  readonly #open = new Map<string, Span>();

  constructor(attributes: Readonly<Record<string, string>>) {
    this.#run = tracer.startSpan("kubeadm join", { attributes });
    this.#inRun = trace.setSpan(context.active(), this.#run);
  }

  /** Takes up an event of the run, and returns the span that it belongs to, for log lines. */
  record(event: Event): Span {
    const time = new Date(event.time);
    const phase = `phase ${event.phase}`;
    if (event.type === "phase.started") {
      const attributes = { "kubeadm.phase": event.phase ?? "" };
      this.#open.set(phase, tracer.startSpan(phase, { startTime: time, attributes }, this.#inRun));
    }
    const span = this.#open.get(phase) ?? this.#run;
    switch (event.type) {
      case "phase.finished":
        this.#end(phase, time);
        break;
      case "phase.failed":
        this.#end(phase, time, event.code);
        break;
      case "phase.skipped":
        span.addEvent("phase skipped", { "kubeadm.phase": event.phase ?? "", reason: event.reason }, time);
        break;
      case "wait.progress": {
        const wait = this.#open.get(`wait ${event.what}`) ?? this.#startWait(event, span);
        wait.addEvent("still waiting", { reason: event.reason }, time);
        break;
      }
      case "wait.finished":
        this.#end(`wait ${event.what}`, time);
        break;
      case "warning":
        span.addEvent("warning", { message: event.message }, time);
        break;
      default:
        break;
    }
    return span;
  }

  /** Ends the run, and what has not ended because it was interrupted. */
  end(error?: unknown): void {
    const code = error === undefined ? undefined : codeOf(error);
    const now = new Date();
    for (const name of [...this.#open.keys()].reverse()) this.#end(name, now, code);
    endSpan(this.#run, now, code);
  }

  /** A wait is reported once it takes longer than usual; it began earlier. */
  #startWait({ what, time, elapsedMs, deadlineMs }: EventOf<"wait.progress">, parent: Span): Span {
    const name = `wait ${what}`;
    const startTime = new Date(Date.parse(time) - elapsedMs);
    const attributes = { "kubeadm.wait": what, "kubeadm.wait.deadline_ms": deadlineMs };
    const span = tracer.startSpan(name, { startTime, attributes }, trace.setSpan(this.#inRun, parent));
    this.#open.set(name, span);
    return span;
  }

  #end(name: string, time: Date, code?: string): void {
    const span = this.#open.get(name);
    this.#open.delete(name);
    if (span !== undefined) endSpan(span, time, code);
  }
}

function endSpan(span: Span, time: Date, code: string | undefined): void {
  if (code !== undefined) {
    span.setAttribute("kubeadm.error.code", code);
    span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }
  span.end(time);
}

/** Any other error than a KubeadmError is a defect, as in the event `phase.failed`. */
function codeOf(error: unknown): string {
  return isKubeadmError(error) ? error.code : "INTERNAL";
}
