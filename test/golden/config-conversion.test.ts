import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { memoryPorts } from "../fixtures/cli/memory-ports.ts";

/** What upstream's `config migrate` made of a file; `config validate` told the same error, or `ok`. */
interface Conversion {
  readonly name: string;
  readonly file: string;
  readonly migrated?: string;
  readonly error?: string;
  /** In alphabetical order: upstream's own is that of a Go map. */
  readonly warnings: readonly string[];
}

const conversions = JSON.parse(
  readFileSync(new URL("config/conversions.json", import.meta.url), "utf8"),
) as readonly Conversion[];

async function config(line: string, file: string) {
  const ports = memoryPorts({ host: memoryHost({ files: { "/c.yaml": file } }) });
  const status = await main(["config", ...line.split(" ")], ports);
  const stderr = ports.stderr.text().split("\n");
  const klog = stderr.flatMap((text) => /^W\d{4} \S+ +\d+ \S+\] (.*)$/.exec(text)?.[1] ?? []);
  return {
    status,
    stdout: ports.stdout.text(),
    error: stderr.flatMap((text) => /^error: (.*)$/.exec(text)?.[1] ?? [])[0],
    // Beside upstream's warnings ours name the line of the file.
    warnings: [...new Set(klog.filter((text) => !text.startsWith("/c.yaml:")))].sort(),
  };
}

describe("a configuration file with", () => {
  it.each(conversions.map((each) => [each.name, each] as const))("%s is what upstream makes of it", async (_, each) => {
    const { file, migrated, error, warnings } = each;
    const migration = await config("migrate --old-config /c.yaml", file);
    expect(migration).toEqual({
      status: error === undefined ? 0 : 1,
      stdout: migrated ?? "",
      error,
      warnings,
    });
    const validation = await config("validate --config /c.yaml", file);
    expect(validation).toMatchObject({ stdout: error === undefined ? "ok\n" : "", error });
  });
});
