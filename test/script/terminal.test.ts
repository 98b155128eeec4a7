// The live line of a terminal, with the compiled program in a pseudo terminal.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
  /** When all that is looked for has been said; a moment later comes what Ctrl-C sends. */
  readonly until: (text: string) => boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** A width that the terminal gets after the first line. */
  readonly later?: number;
  readonly redirect?: string;
}

/** Says its process id, and is what is to run. */
const announced = 'echo $$ > "$PID_FILE"; exec "$0" "$@"';
const momentMs = 1_500;

/** The program in its own terminal; resolves with its exit status and everything that the terminal got. */
async function inTerminal(setting: Setting) {
  const { columns, until, environment = {}, later, redirect = "" } = setting;
  using directory = temporaryDirectory();
  const [pidFile, begun] = [join(directory.path, "pid"), join(directory.path, "begun")];
  const meanwhile =
    later === undefined ? ":" : `until [ -e ${begun} ]; do sleep 0.1; done; stty cols ${later} < /dev/tty`;
  const command = `stty cols ${columns} rows 24; { ${meanwhile}; } & sh -c '${announced}' ${program} ${waiting} ${redirect}`;
  const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
    env: { PATH: "/usr/bin:/bin", SHELL: "/bin/sh", TERM: "xterm", PID_FILE: pidFile, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 50_000,
  });
  let text = "";
  let isEnding = false;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (text.includes("[wait]")) writeFileSync(begun, "");
    if (isEnding || !until(text)) return;
    isEnding = true;
    setTimeout(() => process.kill(Number(readFileSync(pidFile, "utf8")), "SIGINT"), momentMs);
  });
  const [status] = await once(child, "close");
  return { status, text };
}

const [red, plain] = ["\u001b[0;31m", "\u001b[0m"];
const [begin, end, erase] = ["\u001b[?7l", "\u001b[?7h", "\r\u001b[K"];
const linesIn = (text: string) =>
  text
    .split(begin)
    .slice(1)
    .map((part) => part.split(end)[0] ?? "");

const secondsIn = (text: string) => new Set(linesIn(text).map((line) => /\((\d+)s/.exec(line)?.[1]));

describe.skipIf(!existsSync("/usr/bin/script"))("the live line [needs bsdutils]", () => {
  it("counts the seconds in one line that fits, and is erased when Ctrl-C ends the run", async () => {
    const { status, text } = await inTerminal({ columns: 60, until: (said) => secondsIn(said).size >= 7 });
    expect(status).toBe(130);
    const lines = linesIn(text);
    for (const line of lines) {
      expect(line.length).toBeLessThan(60);
      expect(line).toMatch(/^\[wait\] .* \(\d+s of 5m0s\)$/);
    }
    // What the line has no room for is printed once, above it.
    const whole = text.replaceAll("\r\n  ", " ");
    expect(whole.match(/^[^…]*\[wait\] [^(…]*connection refused\r$/gm)).toHaveLength(1);
    expect(secondsIn(text).size).toBeGreaterThanOrEqual(7);
    const rest = text.split(end).at(-1) ?? "";
    expect(rest.startsWith(erase)).toBe(true);
    expect(rest).toContain(`${red}error:${plain} interrupted in phase kubelet-start\r\n`);
  });

  it("follows the width of the terminal", async () => {
    const isNarrow = (said: string) => (linesIn(said).at(-1)?.length ?? 120) < 40;
    const { text } = await inTerminal({ columns: 120, later: 40, until: isNarrow });
    const lines = linesIn(text);
    expect(lines[0]?.length).toBeGreaterThan(60);
    expect(lines.at(-1)?.length).toBeLessThan(40);
  });

  it.each([
    ["where TERM is dumb", { TERM: "dumb" }, ""],
    ["with NO_COLOR", { NO_COLOR: "1" }, ""],
    ["where stdout goes through a pipe to the same terminal", {}, "| cat"],
  ])("is plain lines %s", async (_name, environment, redirect) => {
    const line = /^\[wait\] .* \(0s of 5m0s\)\r\n/m;
    const { text } = await inTerminal({ columns: 60, environment, redirect, until: (said) => line.test(said) });
    expect(text).toMatch(line);
    // With a pipe, stderr is still the terminal, so the error is red.
    const shown = redirect === "" ? text : text.replace(`${red}error:${plain}`, "error:");
    expect(shown).toContain("error: interrupted in phase kubelet-start\r\n");
    expect(shown).not.toContain("\u001b");
  });
});
