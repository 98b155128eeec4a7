// Another user of the machine owns the directory that a root's dry run is told to write to, and waits there.
import { spawn } from "node:child_process";
import { lchownSync, lstatSync, mkdirSync, readdirSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchRoot } from "../../src/embedded/index.ts";
import { type Attack, attacksBy } from "./attack.ts";

const nobody = 65534;
const isRoot = process.getuid?.() === 0;

interface Trap {
  readonly name: string;
  /** Laid into the directory, in which there is one for etcd's files. */
  readonly lay: (directory: string) => void;
}

/** A directory of root's that this machine has not: a link to it leads nowhere but in the scratch root. */
const outside = "/kubeadm-attack-outside";

/** Files of an init's dry run that hold keys. */
const secrets = ["admin.conf", "ca.key", "sa.key", "etcd/ca.key", "controller-manager.conf"];

const traps: readonly Trap[] = [
  ...secrets.map((path) => ({
    name: `has a file ready for ${path}`,
    lay: (directory: string) => writeFileSync(join(directory, path), "", { mode: 0o666 }),
  })),
  ...secrets.map((path) => ({
    name: `has a link to a file of root's ready for ${path}`,
    lay: (directory: string) => symlinkSync(`${outside}/file`, join(directory, path)),
  })),
  {
    name: "has a link to a directory of root's ready for etcd",
    lay: (directory) => {
      rmdirSync(join(directory, "etcd"));
      symlinkSync(outside, join(directory, "etcd"));
    },
  },
];

function attack({ name, lay }: Trap): Attack {
  return {
    name,
    ...(isRoot ? {} : { lacks: "root" }),
    run: async ({ program }) => {
      using root = scratchRoot({ hostname: "w1" });
      const directory = root.inside("/home/evil");
      mkdirSync(join(directory, "etcd"), { recursive: true });
      mkdirSync(root.inside(outside));
      lay(directory);
      // Each by its name: what is below a link is not the scratch root's.
      for (const path of ["", "etcd", ...secrets]) {
        const at = join(directory, path);
        if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) lchownSync(at, nobody, nobody);
      }
      const checks = ["--ignore-preflight-errors", "all", "--kubernetes-version", "v1.37.2"];
      const args = ["init", "--dry-run", ...checks, "--apiserver-advertise-address", "192.0.2.10"];
      const child = spawn(program, ["--rootfs", root.path, ...args], {
        cwd: "/",
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", KUBEADM_INIT_DRYRUN_DIR: "/home/evil" },
        stdio: "ignore",
        timeout: 50_000,
      });
      await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
      const wrote = readdirSync(root.inside(outside));
      const readable = secrets.filter((path) => {
        const entry = lstatSync(join(directory, path), { throwIfNoEntry: false });
        return entry?.isFile() === true && entry.size > 0 && (entry.uid === nobody || (entry.mode & 0o077) !== 0);
      });
      return {
        carriedOut: isWritten(join(directory, "ca.crt")),
        won:
          wrote.length > 0
            ? `written outside: ${wrote.join(", ")}`
            : readable.length > 0
              ? `may be read: ${readable.join(", ")}`
              : undefined,
      };
    },
  };
}

function isWritten(path: string): boolean {
  return (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

attacksBy("the owner of a dry run's directory", "read keys, or have files of root's written", traps.map(attack));
