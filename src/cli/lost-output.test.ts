import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../test/fixtures/cli/memory-ports.ts";
import { commandOf } from "./line/command-chain.ts";
import { findCommand } from "./line/dispatch.ts";
import { main } from "./main.ts";
import { rootCommand } from "./root.ts";

const run = async (line: string, stdoutLost?: string) => {
  const ports = memoryPorts(stdoutLost === undefined ? {} : { stdoutLost });
  const status = await main(line.split(" "), ports);
  return { status, stderr: ports.stderr.text() };
};

const full = "no space left on device";

describe("a command whose output is lost", () => {
  it.each([
    "version",
    "version -o json",
    "token generate",
    "config print init-defaults",
    "completion bash",
    "init --help",
  ])("has not succeeded if the output is its result: %s", async (line) => {
    expect(await run(line)).toMatchObject({ status: 0 });
    const { status, stderr } = await run(line, full);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: write \/dev\/stdout: no space left on device\nremedy: .*\ncode: OUTPUT_LOST\n/m);
  });

  it("has succeeded if it has changed the machine, of which the output only tells", async () => {
    expect(await run("reset -f --skip-phases preflight", full)).toMatchObject({ status: 0 });
  });

  it.each(["certs renew all", "certs renew admin.conf", "certs generate-csr", "token delete", "init phase certs all"])(
    "is one that changes something, and only tells of it: %s",
    async (line) => {
      const { chain } = await findCommand(rootCommand(), line.split(" "));
      expect(commandOf(chain)).toMatchObject({ changesMachine: true });
    },
  );

  it("ends with the error that it has anyway", async () => {
    const { status, stderr } = await run("config print init-defaults --component-configs Bogus", full);
    expect(status).toBe(1);
    expect(stderr).not.toContain("OUTPUT_LOST");
  });
});
