// The live line of a terminal, with the compiled program in a pseudo terminal.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { built } from "../build/artifact.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const program = process.env["KUBEADM_BINARY"] ?? built("binary");
const root = temporaryDirectory().path;
mkdirSync(join(root, "etc/kubernetes"), { recursive: true });

/** Waits for an API server that is not there. */
const waiting =
  `join phase kubelet-start 127.0.0.1:1 --node-name n --rootfs ${root} --token abcdef.0123456789abcdef ` +
  "--discovery-token-unsafe-skip-ca-verification";

interface Setting {
  readonly columns: number;
  /** After so many seconds comes what Ctrl-C sends. */
  readonly seconds: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** A command line that runs beside it. */
  readonly meanwhile?: string;
  readonly redirect?: string;
}

/** The program in a terminal of its own; resolves with its exit status and everything that the terminal got. */
async function inTerminal(setting: Setting) {
  const { columns, seconds, environment = {}, meanwhile = ":", redirect = "" } = setting;
  const limited = `timeout --foreground --preserve-status -s INT ${seconds} ${program} ${waiting} ${redirect}`;
  const command = `stty cols ${columns} rows 24; { ${meanwhile}; } & ${limited}`;
  const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
    env: { PATH: "/usr/bin:/bin", SHELL: "/bin/sh", TERM: "xterm", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [status] = await once(child, "close");
  return { status, text };
}

const [begin, end, erase] = ["\u001b[?7l", "\u001b[?7h", "\r\u001b[K"];
const linesIn = (text: string) =>
  text
    .split(begin)
    .slice(1)
    .map((part) => part.split(end)[0] ?? "");

describe.skipIf(!existsSync("/usr/bin/script"))("the live line [needs bsdutils]", () => {
  it("counts the seconds in one line that fits, and is erased when Ctrl-C ends the run", async () => {
    const { status, text } = await inTerminal({ columns: 60, seconds: 4.5 });
    expect(status).toBe(130);
    const lines = linesIn(text);
    for (const line of lines) {
      expect(line.length).toBeLessThan(60);
      expect(line).toMatch(/^\[wait\] .*… \(\d+s of 5m0s\)$/);
    }
    expect(new Set(lines.map((line) => /\((\d+)s/.exec(line)?.[1])).size).toBeGreaterThanOrEqual(3);
    const rest = text.split(end).at(-1) ?? "";
    expect(rest.startsWith(erase)).toBe(true);
    expect(rest).toContain("error: interrupted in phase kubelet-start\r\n");
  });

  it("follows the width of the terminal", async () => {
    const meanwhile = "sleep 2.5; stty cols 40 < /dev/tty";
    const { text } = await inTerminal({ columns: 120, seconds: 5.5, meanwhile });
    const lines = linesIn(text);
    expect(lines[0]?.length).toBeGreaterThan(60);
    expect(lines.at(-1)?.length).toBeLessThan(40);
  });

  it.each([
    ["where TERM is dumb", { TERM: "dumb" }, ""],
    ["with NO_COLOR", { NO_COLOR: "1" }, ""],
    ["where stdout goes through a pipe to the same terminal", {}, "| cat"],
  ])("is plain lines %s", async (_name, environment, redirect) => {
    const { text } = await inTerminal({ columns: 60, seconds: 2.5, environment, redirect });
    expect(text).toMatch(/^\[wait\] .* \(0s of 5m0s\)\r\n/m);
    expect(text).not.toContain("\u001b");
  });
});
