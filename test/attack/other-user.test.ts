// Another user of the machine, or a container that sees a directory of it, has put there what a run of root meets.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import { type Attack, attacksBy } from "./attack.ts";

/** "nobody". */
const other = 65534;
const canary = "canary-of-a-secret";

const event = JSON.stringify({
  type: "run.started",
  time: "2026-01-01T00:00:00.000Z",
  command: "kubeadm join",
  version: canary,
});

interface Place {
  readonly directory: string;
  run(program: string, args: readonly string[], input?: string): string;
}

/** Runs as root; `attack` returns what was won. */
function asOtherUser(
  name: string,
  attack: (program: string, place: Place) => { readonly carriedOut: boolean; readonly won?: string | undefined },
): Attack {
  return {
    name,
    lacks: process.getuid?.() === 0 ? undefined : "root",
    run: async ({ program }) => {
      using made = temporaryDirectory();
      const { path: directory } = made;
      chmodSync(directory, 0o1777);
      return attack(program, {
        directory,
        run: (what, args, input = "") => {
          const { stdout, stderr } = spawnSync(what, args, { cwd: "/", input, encoding: "utf8", timeout: 60_000 });
          return stdout + stderr;
        },
      });
    },
  };
}

/** The page of a run, written to where the attacker has put something. */
function page(
  name: string,
  lay: (path: string, directory: string) => void,
  write: (path: string, directory: string) => readonly string[] = (path) => ["report", "--output-file", path],
): Attack {
  return asOtherUser(name, (program, { directory, run }) => {
    const path = join(directory, "page.html");
    lay(path, directory);
    run(program, write(path, directory), event);
    const { uid, mode } = ownerOf(path);
    const isSafe = uid === 0 && (mode & 0o077) === 0;
    const isPage = readFileSync(path, "utf8").includes("<html");
    return {
      carriedOut: isPage,
      won: isPage && !isSafe ? `the page is of the user ${uid}, with mode ${mode.toString(8)}` : undefined,
    };
  });
}

function ownerOf(path: string) {
  const { uid, mode } = statSync(path);
  return { uid, mode: mode & 0o7777 };
}

function lay(path: string, content: string, mode = 0o644, uid = other): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chownSync(path, uid, uid);
  chmodSync(path, mode);
}

const unreachable = [
  "join",
  "127.0.0.1:1",
  "--token=abcdef.0123456789abcdef",
  "--discovery-token-unsafe-skip-ca-verification",
  "--ignore-preflight-errors=all",
  "--dry-run",
];

attacksBy("another user of the machine", "read or change what is root's", [
  page("has the file of --output-file already", (path) => lay(path, "mine", 0o666)),
  page("has it, and may only read it", (path) => lay(path, "mine", 0o400)),
  page("has a link to a file of its own there", (path, directory) => {
    lay(join(directory, "mine"), "mine", 0o666);
    symlinkSync(join(directory, "mine"), path);
  }),
  page("owns a directory in which root writes the page", (path) => {
    chownSync(dirname(path), other, other);
    chmodSync(dirname(path), 0o777);
    lay(path, "mine", 0o666);
  }),
  page(
    "has the file of a run's --report already",
    (path) => lay(path, "mine", 0o666),
    (_, root) => [...unreachable, "--rootfs", root, "--report", "/page.html"],
  ),
]);
