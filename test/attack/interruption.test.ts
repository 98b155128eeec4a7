// Ctrl-C at moments of the compiled program's checks, which run in parallel: it ends as interrupted, and shows no code.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { type Attack, attacksBy } from "./attack.ts";

/** Runs of each command, interrupted ever later: the first ones while it starts, the last ones in the middle of its checks. */
const runs = 24;
const stepMs = 15;

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

async function interrupted(program: string, args: readonly string[], afterMs: number): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // A signal that comes before the program listens for it ends it, too.
  const timer = setTimeout(() => child.kill("SIGINT"), afterMs);
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  return { status, stderr };
}

/** Code, a stack, or what the runtime says of an error that no one has handled. */
const code = /^\s+at |\bBun v|unhandled|function\s*\(|=>|;var |INTERNAL/im;

function attackOn(name: string, args: (root: string) => readonly string[]): Attack {
  return {
    name: `ends ${name} at any moment`,
    run: async ({ program }) => {
      using made = temporaryDirectory();
      mkdirSync(join(made.path, "etc"));
      let cancelled = 0;
      let won: string | undefined;
      for (let run = 0; run < runs && won === undefined; run++) {
        const { stderr } = await interrupted(program, ["--rootfs", made.path, ...args(made.path)], run * stepMs);
        if (/CANCELLED/.test(stderr)) cancelled++;
        if (code.test(stderr)) won = `after ${run * stepMs} ms: ${stderr.slice(0, 2_000)}`;
      }
      return { carriedOut: cancelled > 0, won };
    },
  };
}

const unreachable = [
  "127.0.0.1:1",
  "--token=abcdef.0123456789abcdef",
  "--discovery-token-unsafe-skip-ca-verification",
] as const;

attacksBy("a user who presses Ctrl-C", "have the program fail by itself", [
  attackOn("a join", () => ["join", ...unreachable, "--ignore-preflight-errors=all"]),
  attackOn("the checks of a join", () => [
    "join",
    "phase",
    "preflight",
    ...unreachable,
    "--ignore-preflight-errors=all",
  ]),
  attackOn("a join of a control plane", () => [
    "join",
    ...unreachable,
    "--control-plane",
    "--ignore-preflight-errors=all",
  ]),
]);
