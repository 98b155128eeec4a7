// The programs of examples/, run as they are in a project that has installed the package.
import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { scratchRoot } from "../../src/embedded/index.ts";
import { libraryProject } from "../support/library/library-project.ts";
import { run } from "./artifact.ts";

/** A join that fails in a phase: nothing is installed on the machine. */
const failingJoin = `
import { Secret } from "kubeadm-ts";
import { memoryHost } from "kubeadm-ts/testing";
import { observedJoin } from "./examples/telemetry/observed-join.ts";

const token = new Secret("abcdef.0123456789abcdef");
const flags = { apiServerEndpoint: "192.0.2.1:6443", token, discoveryTokenUnsafeSkipCaVerification: true };
await observedJoin({ flags, ports: { host: memoryHost() } }, console.log).catch((error) => console.log(JSON.stringify({ code: error.code })));
`;

interface SpanLine {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly durationMs: number;
  readonly status: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string }[];
}

interface LogLine {
  readonly timestamp: string;
  readonly severity: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly trace_id: string;
  readonly span_id: string;
}

describe("the examples", () => {
  let project = "";

  beforeAll(async () => {
    project = await libraryProject({ "failing-join.ts": failingJoin }, ["@opentelemetry/api"]);
  }, 300_000);

  function node(...args: readonly string[]) {
    return run([process.execPath, "--disable-warning=ExperimentalWarning", ...args], {
      cwd: project,
      timeoutMs: 170_000,
    });
  }

  /** Runs a program whose spans are printed. */
  function observed(program: string) {
    const { stdout, stderr } = node("--import", "./examples/telemetry/print-spans.ts", program);
    return { logs: linesOf<LogLine>(stdout), spans: linesOf<SpanLine>(stderr), output: stdout + stderr };
  }

  test("telemetry: a join becomes a trace, with its phases and waits, and log lines that name their span", () => {
    const { logs, spans, output } = observed("examples/telemetry/main.ts");
    const joining = spans.at(-1);
    expect(joining).toMatchObject({
      name: "kubeadm join",
      status: "UNSET",
      attributes: { "server.address": "192.0.2.100:6443" },
    });
    const phases = spans.filter(({ parentSpanId }) => parentSpanId === joining?.spanId);
    expect(phases.map(({ name }) => name)).toEqual([
      "phase preflight",
      "phase kubelet-start",
      "phase kubelet-wait-bootstrap",
    ]);
    const [wait, ...others] = spans.filter(({ name }) => name.startsWith("wait "));
    expect(others).toEqual([]);
    expect(wait).toMatchObject({
      name: "wait a healthy kubelet at http://127.0.0.1:10248/healthz",
      parentSpanId: phases[2]?.spanId,
      events: [{ name: "still waiting" }],
    });
    // The kubelet takes three seconds to start; the wait is reported after two.
    expect(wait?.durationMs).toBeGreaterThan(2500);
    expect(new Set([...spans, ...logs].map((line) => ("traceId" in line ? line.traceId : line.trace_id)))).toEqual(
      new Set([joining?.traceId]),
    );
    const spanIds = new Set(spans.map(({ spanId }) => spanId));
    expect(logs.filter(({ span_id }) => !spanIds.has(span_id))).toEqual([]);
    expect(logs.find(({ body }) => body === "phase.started")).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      severity: "INFO",
      body: "phase.started",
      attributes: { phase: "preflight", summary: expect.any(String) },
      trace_id: joining?.traceId,
      span_id: phases[0]?.spanId,
    });
    expect(output).not.toMatch(/\b[a-z0-9]{6}\.[a-z0-9]{16}\b|PRIVATE KEY/);
  }, 120_000);

  test("telemetry: a join that fails ends its spans with the code of the error", () => {
    const { logs, spans } = observed("failing-join.ts");
    expect(logs.at(-1)).toEqual({ code: "PREFLIGHT_FAILED" });
    expect(spans.map(({ name, status, attributes }) => [name, status, attributes["kubeadm.error.code"]])).toEqual([
      ["phase preflight", "ERROR", "PREFLIGHT_FAILED"],
      ["kubeadm join", "ERROR", "PREFLIGHT_FAILED"],
    ]);
    expect(logs.find(({ body }) => body === "phase.failed")).toMatchObject({ severity: "ERROR" });
  }, 120_000);

  // All fifty: many-joins.test.ts, which takes half a minute.
  test("many joins: machines join, eight at a time, and one that was still starting joins later", () => {
    const { status, stdout, stderr } = node("examples/many-joins/main.ts", "12");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ joined: 12, atOnce: 8, again: ["w10"] });
  }, 120_000);

  test("service manager: the join starts the kubelet through the services that it was given", () => {
    const { stdout, stderr } = node("examples/service-manager/main.ts");
    expect(stderr).toBe("");
    const { nodeName, calls } = JSON.parse(stdout);
    expect(nodeName).toBe("w1");
    expect(calls.filter((call: string) => call.endsWith(" kubelet"))).toEqual([
      ...["sv status kubelet", "sv status kubelet"],
      ...["sv -w 30 stop kubelet", "sv -w 30 restart kubelet"],
    ]);
  }, 120_000);

  test.each<[what: string, changes: Readonly<Record<string, string>>, status: number, state: string, check?: string]>([
    ["in order", {}, 0, "ok"],
    [
      "with swap",
      { "/proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n/dev/sdb partition 1048572 0 -2\n" },
      ...([1, "warning", "swap"] as const),
    ],
    ["that forwards no packets", { "/proc/sys/net/ipv4/ip_forward": "0\n" }, 2, "error", "packet-forwarding"],
  ])("doctor as a probe: a machine %s", (_what, changes, status, state, check) => {
    using root = scratchRoot();
    for (const [path, content] of Object.entries(changes)) writeFileSync(root.inside(path), content);
    const checks = ["--check", "swap", "--check", "packet-forwarding"];
    const ran = node("examples/doctor-probe/main.ts", "--rootfs", root.path, ...checks);
    expect(ran.stderr).toBe("");
    expect(ran.stdout.split("\n")).toHaveLength(2);
    const report = JSON.parse(ran.stdout);
    expect({ status: ran.status, state: report.state, found: report.findings.map(named) }).toEqual({
      ...{ status, state },
      found: check === undefined ? [] : [check],
    });
    expect(report.firstCause).toBe(check);
    expect(report.durationMs).toBeGreaterThan(0);
  });

  test("doctor as a probe: a check that does not exist is an error, in JSON as well", () => {
    const { status, stdout } = node("examples/doctor-probe/main.ts", "--check", "bogus");
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ state: "error", code: "USAGE" });
  });
});

function named({ check }: { readonly check: string }): string {
  return check;
}

function linesOf<T>(output: string): readonly T[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
