// Prints every span as a line of JSON on stderr when it ends, to see them without an SDK and a collector:
//
//   node --import ./examples/telemetry/print-spans.ts examples/telemetry/main.ts
import { randomBytes } from "node:crypto";
import {
  type Attributes,
  type Span,
  type SpanContext,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";

type Time = Parameters<Span["end"]>[0];

class PrintedSpan implements Span {
  readonly #name: string;
  readonly #context: SpanContext;
  readonly #parent: SpanContext | undefined;
  readonly #startedAt: number;
  readonly #attributes: Attributes;
  readonly #events: { readonly name: string; readonly attributes: unknown }[] = [];
  #status: SpanStatus = { code: SpanStatusCode.UNSET };

  constructor(name: string, parent: SpanContext | undefined, startTime: Time, attributes: Attributes) {
    const id = (bytes: number) => randomBytes(bytes).toString("hex");
    this.#name = name;
    this.#parent = parent;
    this.#context = { traceId: parent?.traceId ?? id(16), spanId: id(8), traceFlags: TraceFlags.SAMPLED };
    this.#startedAt = milliseconds(startTime);
    this.#attributes = { ...attributes };
  }

  spanContext = () => this.#context;
  isRecording = () => true;
  updateName = () => this;
  addLink = () => this;
  addLinks = () => this;
  recordException = () => undefined;

  setAttribute(name: string, value: Attributes[string]): this {
    this.#attributes[name] = value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    Object.assign(this.#attributes, attributes);
    return this;
  }

  addEvent(name: string, attributes?: unknown): this {
    this.#events.push({ name, attributes });
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.#status = status;
    return this;
  }

  end(time?: Time): void {
    const { traceId, spanId } = this.#context;
    console.error(
      JSON.stringify({
        name: this.#name,
        ...{ traceId, spanId, parentSpanId: this.#parent?.spanId },
        durationMs: milliseconds(time) - this.#startedAt,
        ...{ status: SpanStatusCode[this.#status.code], attributes: this.#attributes, events: this.#events },
      }),
    );
  }
}

function milliseconds(time: Time): number {
  return time instanceof Date ? time.getTime() : Date.now();
}

const tracer: Pick<Tracer, "startSpan"> = {
  startSpan: (name, { startTime, attributes = {} } = {}, context) => {
    const parent = context === undefined ? undefined : trace.getSpanContext(context);
    return new PrintedSpan(name, parent, startTime, attributes);
  },
};

trace.setGlobalTracerProvider({ getTracer: () => tracer as Tracer });
