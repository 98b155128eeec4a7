// Another user of the machine, or a container that sees a directory of it, has put there what a run of root meets.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { digestOf, encodeJournal, encodeRecord } from "../../src/journal/journal.ts";
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

/** A configuration with a token, written to where the attacker has put something. */
function migration(name: string, put: (path: string, directory: string) => void): Attack {
  return asOtherUser(name, (program, { directory, run }) => {
    const [from, path] = [join(directory, "old.yaml"), join(directory, "new.yaml")];
    writeFileSync(from, withToken, { mode: 0o600 });
    put(path, directory);
    run(program, ["config", "migrate", "--old-config", from, "--new-config", path]);
    const { uid, mode } = ownerOf(path);
    const isSafe = uid === 0 && (mode & 0o022) === 0;
    const isWritten = readFileSync(path, "utf8").includes("0123456789abcdef");
    return {
      carriedOut: isWritten,
      won: isWritten && !isSafe ? `the file is of the user ${uid}, with mode ${mode.toString(8)}` : undefined,
    };
  });
}

const withToken = `apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
bootstrapTokens:
- token: abcdef.0123456789abcdef
`;

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

const planted = "/etc/cron.d/planted";

/** What makes a run write the planted file, and remove a precious one, if it is believed. */
const evilJournal = encodeJournal({
  version: 1,
  run: { command: "join", role: "worker", nodeName: "w1", target: "", configuration: {} },
  program: "kubeadm",
  startedAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  phases: [{ name: "kubelet-start", state: "running" }],
  files: [
    {
      path: planted,
      phase: "kubelet-start",
      before: { kind: "file", digest: digestOf(canary), mode: 0o644, copy: "1" },
      after: { kind: "absent" },
    },
    {
      path: "/etc/precious",
      phase: "kubelet-start",
      before: { kind: "absent" },
      after: { kind: "file", digest: digestOf("precious") },
    },
  ],
  services: [],
  objects: [],
});

const evilFixes = encodeRecord({
  version: 1,
  steps: [{ kind: "restore-file", path: planted, written: digestOf(""), before: { content: canary, mode: 0o644 } }],
} as { readonly version: number });

/** State of this program that the attacker has made; `mode` and `owner` are those of its directory. */
function state(
  name: string,
  {
    command,
    files,
    mode,
    owner,
  }: {
    readonly command: (root: string, program: string) => readonly string[];
    readonly files: Readonly<Record<string, string>>;
    readonly mode: number;
    readonly owner: number;
  },
): Attack {
  return asOtherUser(name, (program, { directory: root, run }) => {
    chmodSync(root, 0o755);
    lay(join(root, "etc/precious"), "precious", 0o644, 0);
    mkdirSync(join(root, "etc/cron.d"));
    const place = join(root, "var/lib/kubeadm");
    for (const [file, content] of Object.entries(files)) lay(join(place, file), content);
    chownSync(place, owner, owner);
    chmodSync(place, mode);
    const [what = "", ...args] = command(root, program);
    const said = run(what, args);
    const harm = [
      ...(existsSync(join(root, planted)) ? [`${planted} was written`] : []),
      ...(existsSync(join(root, "etc/precious")) ? [] : ["/etc/precious was removed"]),
    ];
    return {
      carriedOut: /DIRECTORY_UNTRUSTED|DOCTOR_RECORD_INVALID|JOURNAL_DAMAGED/.test(said),
      won: harm.length === 0 ? undefined : harm.join(", "),
    };
  });
}

const joining = (root: string, program: string) => [
  program,
  "join",
  "127.0.0.1:1",
  "--node-name=w1",
  "--token=abcdef.0123456789abcdef",
  "--discovery-token-unsafe-skip-ca-verification",
  "--rootfs",
  root,
];
/** Works on the running machine only: the root's directories replace the machine's, for this program alone. */
const undoing = (root: string, program: string) => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  'mount --bind "$0/var" /var && mount --bind "$0/etc" /etc && exec "$1" doctor --undo',
  root,
  program,
];

/** The second program runs in its own pid namespace, in which the first one's pid is its own. */
const secondNamespace: Attack = {
  name: "has a container share the state's directory, whose pids mean something else",
  lacks: process.getuid?.() === 0 ? undefined : "root",
  run: async ({ program }) => {
    using made = temporaryDirectory();
    const root = made.path;
    mkdirSync(join(root, "var/lib"), { recursive: true });
    const inside = ["--pid", "--fork", "--kill-child", "--mount-proc", ...joining(root, program)];
    const first = spawn("unshare", [...inside, "--ignore-preflight-errors=all"], { cwd: "/", stdio: "ignore" });
    const ended = new Promise<void>((resolve) => first.once("close", () => resolve()));
    try {
      const place = join(root, "var/lib/kubeadm");
      const locks = () => (existsSync(place) ? readdirSync(place).filter((name) => name.startsWith("run-")) : []);
      const deadline = performance.now() + 30_000;
      while (locks().length === 0 && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const before = locks();
      const second = spawnSync("unshare", inside, { cwd: "/", encoding: "utf8", timeout: 60_000 });
      const kept = before.every((name) => locks().includes(name));
      return {
        carriedOut: before.length === 1 && second.stderr.includes("RUN_ACTIVE"),
        won: kept ? undefined : "the second run has removed the lock of the first",
      };
    } finally {
      first.kill("SIGKILL");
      await ended;
    }
  },
};

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
  migration("has the file of config migrate's --new-config already", (path) => lay(path, "mine", 0o666)),
  migration("has that file, and may only read it", (path) => lay(path, "mine", 0o400)),
  migration("has a link to a file of its own in its place", (path, directory) => {
    lay(join(directory, "mine"), "mine", 0o666);
    symlinkSync(join(directory, "mine"), path);
  }),
  state("owns /var/lib/kubeadm, with a journal for join to undo", {
    command: joining,
    files: { "journal.json": evilJournal, "copies/1": canary },
    mode: 0o755,
    owner: other,
  }),
  state("has put a journal into a /var/lib/kubeadm of all users", {
    command: joining,
    files: { "journal.json": evilJournal, "copies/1": canary },
    mode: 0o777,
    owner: 0,
  }),
  state("has put a journal there before root closed it", {
    command: joining,
    files: { "journal.json": evilJournal, "copies/1": canary },
    mode: 0o700,
    owner: 0,
  }),
  state("owns /var/lib/kubeadm, with fixes for doctor to take back", {
    command: undoing,
    files: { "doctor-fixes.json": evilFixes },
    mode: 0o755,
    owner: other,
  }),
  secondNamespace,
]);
