// A machine to run both programs on, one after the other: namespaces of its own, with a root in memory that is emptied
// between two runs. It ends with this process, and nothing of it stays.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { GivenEntry } from "../case.ts";
import { initialFiles, standInPrograms } from "./stand-ins.ts";

export const workDirectory = "/work";
/** What a machine has besides the root's fixed directories; all of it is emptied before a run, and looked at after it. */
const changeable = ["etc", "home", "opt", "root", "run", "tmp", "var", "work"] as const;
/** Where the stand-ins note how they were called. */
const callsFile = "calls.log";

export interface StagePrograms {
  readonly ours: string;
  readonly upstream: string;
}

export type Side = keyof StagePrograms;

export interface RunRequest {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly shell: string | undefined;
  readonly user: number | undefined;
  readonly timeoutMs: number;
}

export interface RunResult {
  /** `timeout` where the program had to be killed. */
  readonly status: number | "timeout";
  readonly stdout: string;
  readonly stderr: string;
}

/** What scripts that call kubeadm cut its output with. */
const shellPrograms = ["awk", "cat", "cut", "grep", "head", "mkdir", "rm", "rmdir", "sed", "sleep", "tail", "tr"];

const script = `
set -e
root=$1 ours=$2 upstream=$3
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/default/forwarding
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
ip link add eth0 type veth peer name peer0
ip address add 192.0.2.10/24 dev eth0
ip address add 192.0.2.20/24 dev eth0
ip address add 2001:db8::10/64 dev eth0 nodad
ip link set eth0 up
ip link set peer0 up
ip route add default via 192.0.2.1
ip -6 route add default via 2001:db8::1
hostname node-1
mount -t tmpfs -o mode=0755,size=1g tmpfs "$root"
cd "$root"
mkdir -p proc sys dev usr/bin usr/sbin usr/lib programs ${changeable.join(" ")}
ln -s usr/bin bin
ln -s usr/sbin sbin
mount -t proc proc proc
mount --rbind /sys sys
for device in null zero full random urandom tty; do touch "dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
for program in sh ${shellPrograms.join(" ")}; do cp -L "$(command -v $program)" usr/bin/$program; done
for file in $(ldd "$ours" usr/bin/* | grep -o '/[^ :]*' | sort -u); do
  case "$file" in "$ours"|*:) continue ;; esac
  mkdir -p ".$(dirname "$file")"
  cp -L "$file" ".$file"
done
for side in ours upstream; do
  mkdir programs/$side
  touch programs/$side/kubeadm
done
mount --bind "$ours" programs/ours/kubeadm
mount --bind "$upstream" programs/upstream/kubeadm
`;

export class Stage implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #pid: number;
  readonly #mountPoint: string;
  /** The machine's root as this process sees it. */
  readonly root: string;
  /** What is in the root and never changes. */
  readonly #fixed: ReadonlySet<string>;

  private constructor(holder: ChildProcess, pid: number, mountPoint: string) {
    this.#holder = holder;
    this.#pid = pid;
    this.#mountPoint = mountPoint;
    this.root = `/proc/${pid}/root`;
    const all = readdirSync(this.root);
    this.#fixed = new Set([...all.filter((name) => !changeable.some((other) => other === name)), callsFile]);
  }

  static async open({ ours, upstream }: StagePrograms): Promise<Stage> {
    const mountPoint = await mkdtemp(join(tmpdir(), "differ-"));
    // The shell reads its input to the end, so the machine goes when this process does, however it ends.
    const hold = `${script}\nexec chroot "$root" /bin/sh -c 'cd ${workDirectory} && echo ready && read -r line'`;
    const holder = spawn(
      "unshare",
      ["--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "sh", "-c", hold, "sh"].concat(
        mountPoint,
        resolve(ours),
        resolve(upstream),
      ),
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    await ready(holder);
    const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8").trim();
    const stage = new Stage(holder, Number(children), mountPoint);
    for (const [name, text] of Object.entries(standInPrograms)) {
      writeFileSync(join(stage.root, "usr/bin", name), text, { mode: 0o755 });
    }
    return stage;
  }

  inside(path: string): string {
    return join(this.root, resolve(workDirectory, path));
  }

  /** Arguments of nsenter for a process that is to see this machine's network, but the files of this one. */
  get networkArguments(): readonly string[] {
    return ["--target", String(this.#pid), "--net"];
  }

  /** Makes it a fresh machine: nothing is there but what every machine has. */
  reset(): void {
    for (const directory of this.directories()) {
      // The working directory is that of a process, which continues in it.
      const isKept = `/${directory}` === workDirectory;
      for (const name of isKept ? readdirSync(join(this.root, directory)) : [""]) {
        rmSync(join(this.root, directory, name), { recursive: true, force: true });
      }
    }
    for (const directory of changeable) mkdirSync(join(this.root, directory), { recursive: true });
    this.add(initialFiles);
    // Users other than root call the stand-ins, too.
    const calls = join(this.root, callsFile);
    writeFileSync(calls, "");
    chmodSync(calls, 0o666);
  }

  /** Names in the root below which programs may have changed something. */
  directories(): readonly string[] {
    return readdirSync(this.root).filter((name) => !this.#fixed.has(name));
  }

  add(files: Readonly<Record<string, GivenEntry>>): void {
    for (const [path, entry] of Object.entries(files)) {
      const parent = this.#followed(dirname(resolve(workDirectory, path)));
      this.#place(join(this.root, parent, basename(path)), entry);
    }
  }

  /** A path of the machine without links; followed from here they would lead to this machine's own files. */
  #followed(path: string): string {
    return path.split("/").reduce((at, name) => {
      const next = join(at, name);
      const status = lstatSync(join(this.root, next), { throwIfNoEntry: false });
      if (status?.isSymbolicLink() !== true) return next;
      return this.#followed(resolve(at, readlinkSync(join(this.root, next))));
    }, "/");
  }

  #place(path: string, entry: GivenEntry): void {
    if (statSync(dirname(path), { throwIfNoEntry: false })?.isFile() === true) rmSync(dirname(path));
    mkdirSync(dirname(path), { recursive: true });
    if (typeof entry === "string") writeFileSync(path, entry, { mode: 0o644 });
    else if ("content" in entry) writeFileSync(path, entry.content, { mode: entry.mode ?? 0o644 });
    else if ("directory" in entry) mkdirSync(path, { recursive: true, mode: entry.mode ?? 0o755 });
    else {
      if (existsSync(path) || isLink(path)) rmSync(path, { recursive: true });
      symlinkSync(entry.link, path);
    }
  }

  /** How the stand-ins of systemctl and others were called, in order. */
  calls(): readonly string[] {
    const path = join(this.root, callsFile);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  }

  run(side: Side, { args, env, stdin, shell, user, timeoutMs }: RunRequest): Promise<RunResult> {
    const enter = [
      "--target",
      String(this.#pid),
      "--mount",
      "--net",
      "--uts",
      "--ipc",
      "--pid",
      "--root",
      "--wd",
      ...(user === undefined ? [] : ["--setuid", String(user), "--setgid", String(user)]),
      "--",
    ];
    const program = [`/programs/${side}/kubeadm`, ...args];
    const line = shell === undefined ? program : ["/usr/bin/sh", "-c", shell, "sh", ...program];
    const child = spawn("nsenter", [...enter, ...line], {
      env: { PATH: `/programs/${side}:/usr/bin:/usr/sbin`, HOME: "/root", ...env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    return new Promise((done, fail) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      }, timeoutMs);
      child.once("error", fail);
      child.once("close", (code) => {
        clearTimeout(timer);
        const status = isLate ? "timeout" : (code ?? -1);
        done({ status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((closed) => this.#holder.once("close", closed));
    this.#holder.stdin?.end();
    await ended;
    await rm(this.#mountPoint, { recursive: true, force: true });
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function ready(holder: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let said = "";
    holder.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    holder.stdout?.once("data", () => done());
    holder.once("error", fail);
    holder.once("close", (code) => fail(new Error(`the stage could not be set up (${code}): ${said.trim()}`)));
  });
}

/** What this machine lacks for a stage, in words. */
export function stageLacks(): string | undefined {
  if (process.getuid?.() !== 0) return "root";
  const missing = ["unshare", "nsenter", "ip", "ldd"].filter((name) => {
    return spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0;
  });
  return missing.length === 0 ? undefined : missing.join(", ");
}
