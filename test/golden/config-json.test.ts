import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { defined } from "../../src/values/defined.ts";
import { memoryPorts } from "../fixtures/cli/memory-ports.ts";

interface Recorded {
  readonly name: string;
  /** In base64. */
  readonly file: string;
  readonly error?: string;
}

const recorded = readFileSync(new URL("config/json.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

async function validate(content: Uint8Array) {
  const ports = memoryPorts({ host: memoryHost({ files: { "/c.json": { kind: "file", content } } }) });
  const status = await main(["config", "validate", "--config", "/c.json"], ports);
  const error = /^error: ([\s\S]*?)\n(?:cause|remedy|code): /m.exec(ports.stderr.text())?.[1];
  return { status, stdout: ports.stdout.text(), ...defined({ error }) };
}

describe("a file that is JSON, or looks like it, is what upstream takes it for:", () => {
  test.each(recorded)("$name", async ({ file, error }) => {
    expect(await validate(Buffer.from(file, "base64"))).toEqual(
      error === undefined ? { status: 0, stdout: "ok\n" } : { status: 1, stdout: "", error },
    );
  });
});
