import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { waitUntil } from "./wait-until.ts";

/** A hierarchy of control groups: with version 1 each controller may have a separate one, version 2 has one. */
export interface CgroupHierarchy {
  readonly mountPoint: string;
  readonly version: 1 | 2;
  /** The folder of the calling process's own group. */
  readonly own: string;
}

/** Parses /proc/self/mountinfo and /proc/self/cgroup; the texts are parameters so that tests can pass them. */
export function parseHierarchies(mountInfo: string, ownGroups: string): CgroupHierarchy[] {
  const groups = new Map<string, string>();
  for (const line of ownGroups.trim().split("\n")) {
    const [, controllers = "", ...path] = line.split(":");
    groups.set(controllers, path.join(":"));
  }
  const hierarchies: CgroupHierarchy[] = [];
  for (const line of mountInfo.trim().split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const [, , , root = "/", mountPoint = ""] = left.split(" ");
    const [type, , options = ""] = right.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const wanted = options.split(",");
    const group = [...groups].find(([controllers]) =>
      type === "cgroup2"
        ? controllers === ""
        : controllers !== "" && controllers.split(",").every((c) => wanted.includes(c)),
    );
    if (group === undefined || hierarchies.some((known) => known.mountPoint === mountPoint)) continue;
    const below = relative(root, group[1]);
    // A group outside of the mounts cannot be named here: its members count from the root of the mount.
    const own = below.startsWith("..") ? mountPoint : join(mountPoint, below);
    hierarchies.push({ mountPoint, version: type === "cgroup" ? 1 : 2, own });
  }
  return hierarchies;
}

export function readHierarchies(): CgroupHierarchy[] {
  return parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"), readFileSync("/proc/self/cgroup", "utf8"));
}

/**
 * Returns the groups of a host, one in each hierarchy. With version 1 they are below the process's own group, so that
 * its limits also apply to the host. A version 2 group that has processes cannot delegate controllers: there the groups
 * start at the root. They also do in the version 2 hierarchy without controllers that accompanies version 1, where it
 * makes no difference.
 */
export function planCgroups(hierarchies: readonly CgroupHierarchy[], lab: string, host: string): string[] {
  return hierarchies.map(({ version, own, mountPoint }) =>
    join(version === 1 ? own : mountPoint, "kubeadm-lab", lab, host),
  );
}

export function createCgroup(directory: string): void {
  const missing: string[] = [];
  for (let path = directory; !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    const parent = dirname(path);
    // cpuset: a new group has no processors, and accepts no process until it has some.
    const inherited = ["cpuset.cpus", "cpuset.mems"].filter((name) => existsSync(join(parent, name)));
    const controllers = join(parent, "cgroup.controllers");
    if (existsSync(controllers)) handDown(parent, readFileSync(controllers, "utf8"));
    mkdirSync(path);
    for (const name of inherited) {
      if (existsSync(join(path, name)) && readFileSync(join(path, name), "utf8").trim() === "") {
        writeFileSync(join(path, name), readFileSync(join(parent, name)));
      }
    }
  }
}

function handDown(parent: string, controllers: string): void {
  const names = controllers
    .trim()
    .split(/\s+/)
    .filter((name) => name !== "");
  if (names.length === 0) return;
  writeFileSync(join(parent, "cgroup.subtree_control"), names.map((name) => `+${name}`).join(" "));
}

/** All processes in the group and below it. */
export function cgroupProcesses(directory: string): number[] {
  return groupsBelow(directory).flatMap((group) =>
    readFileSync(join(group, "cgroup.procs"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map(Number),
  );
}

/** Deepest first. */
function groupsBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => groupsBelow(join(directory, entry.name))), directory];
}

/** The groups' processes must have ended; the kernel releases a group a moment after its last process. */
export async function removeCgroup(directory: string): Promise<void> {
  await waitUntil(`the control group ${directory} to be empty`, () => groupsBelow(directory).every(removeGroup), {
    timeoutMs: 10_000,
    intervalMs: 20,
  });
  // The folders of the lab, and of all labs, are removed with the last host.
  for (const parent of [dirname(directory), dirname(dirname(directory))]) {
    if (!existsSync(parent) || statSync(parent).nlink > 2 || !removeGroup(parent)) return;
  }
}

function removeGroup(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
    return false;
  }
}
