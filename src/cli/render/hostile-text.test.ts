import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import { eventOf, hostileText, eventTypes as types } from "../../../test/fixtures/events/hostile-events.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { main } from "../main.ts";
import { causesOf, errorText } from "./error-text.ts";
import { ndjsonRenderer } from "./ndjson.ts";
import { redactor } from "./redact.ts";
import { textRenderer } from "./text.ts";

const controls = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const lineOfOurs = /^(?:remedy: curl|code: FINE|cause: none|error: x|\[ERROR Port\]: x)/;

function expectTame(output: string): void {
  for (const line of output.split("\n")) {
    expect(line.replaceAll("\t", "")).not.toMatch(controls);
    expect(line).not.toMatch(lineOfOurs);
  }
}

describe("a hostile text in an event", () => {
  it.each(types)("cannot write on a terminal: %s", (type) => {
    fc.assert(
      fc.property(hostileText, fc.boolean(), (text, terminal) => {
        const ports = memoryPorts({ terminal });
        const written: string[] = [];
        const output = (port: typeof ports.stdout) => ({
          ...port,
          control: () => undefined,
          // Without the sequences around it.
          live: (line: string | undefined) => port.write(`${line ?? ""}\n`),
        });
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
  it("makes no line and reaches no terminal, wherever it is", () => {
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
