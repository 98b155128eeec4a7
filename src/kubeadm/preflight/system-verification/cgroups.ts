import type { SystemReportLine } from "../../../events/event.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import { compareVersions, type SemanticVersion } from "../../../kubernetes/semantic-version.ts";
import type { Problem } from "../check.ts";

export interface CgroupMount {
  readonly path: string;
  readonly version: "v1" | "v2";
  /** No cgroup can be created in it, not even by the kubelet. */
  readonly isReadOnly: boolean;
}

const mountsPath = "/proc/mounts";
const usualMount = "/sys/fs/cgroup";

/**
 * Returns the mount point and version of the cgroup file system, or upstream's message if they cannot be determined.
 */
export async function findCgroupMount(files: Files): Promise<CgroupMount | string> {
  let mounts: string;
  try {
    mounts = await files.readText(mountsPath);
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
  let first: CgroupMount | undefined;
  for (const line of mounts.split("\n")) {
    const [, path, type, options = ""] = line.split(/\s+/);
    if (!line.includes("cgroup") || path === undefined || type === undefined) continue;
    const isReadOnly = options.split(",").includes("ro");
    if (path === usualMount) return { path, version: await versionAtUsualMount(files, type), isReadOnly };
    if (type === "cgroup2") return { path, version: "v2", isReadOnly };
    if (type === "cgroup") first ??= { path, version: "v1", isReadOnly };
  }
  return first ?? `cannot get a cgroupfs mount point from "${mountsPath}"`;
}

/** With v1, a tmpfs is mounted there, with one directory for each controller. */
async function versionAtUsualMount(files: Files, type: string): Promise<"v1" | "v2"> {
  if (type !== "tmpfs") return type === "cgroup2" ? "v2" : "v1";
  return (await files.status(`${usualMount}/memory`))?.kind === "directory" ? "v1" : "v2";
}

export interface CgroupVerdict {
  readonly problems: readonly Problem[];
  readonly report: readonly SystemReportLine[];
}

const deprecation =
  "cgroups v1 support is deprecated and will be removed in a future release. Please migrate to cgroups v2. To explicitly " +
  "enable cgroups v1 support for kubelet v1.35 or newer, you must set the kubelet configuration option 'FailCgroupV1' to " +
  "'false'. You must also explicitly skip this validation. For more information, see " +
  "https://git.k8s.io/enhancements/keps/sig-node/5573-remove-cgroup-v1";

/** From this version on, a kubelet does not start on cgroups v1 unless it is configured to. */
const firstWithoutV1: SemanticVersion = { major: 1, minor: 35, patch: 0, preRelease: "0" };

export function refusesCgroupV1(kubelet: SemanticVersion): boolean {
  return compareVersions(kubelet, firstWithoutV1) >= 0;
}

export interface CgroupSubject {
  readonly mount: CgroupMount | string;
  readonly kubelet: SemanticVersion;
  readonly kernelRelease: string;
}

export async function verifyCgroups(
  files: Files,
  { mount, kubelet, kernelRelease }: CgroupSubject,
): Promise<CgroupVerdict> {
  if (typeof mount === "string")
    return { problems: [{ message: `cannot get a cgroup mount point: ${mount}` }], report: [] };
  try {
    const found = await (mount.version === "v1" ? controllersV1(files) : controllersV2(files, mount, kernelRelease));
    const verdict = judge(mount.version, found);
    if (mount.version === "v2") return mount.isReadOnly ? withReadOnlyWarning(verdict, mount) : verdict;
    const isError = refusesCgroupV1(kubelet);
    const hidden = verdict.problems.some(({ severity }) => severity === "error");
    // Quirk of upstream: a missing controller replaces this error, but not this warning.
    const old: Problem[] = isError && hidden ? [] : [{ message: deprecation, severity: isError ? "error" : "warning" }];
    return { ...verdict, problems: [...old, ...verdict.problems] };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return {
      problems: [{ message: `failed to get cgroups ${mount.version} subsystems: ${error.message}` }],
      report: [],
    };
  }
}

/** Adds upstream's warning of a cgroup that it cannot create. */
function withReadOnlyWarning(verdict: CgroupVerdict, { path }: CgroupMount): CgroupVerdict {
  const message = `mkdir ${path}/freezer-test: read-only file system`;
  return { ...verdict, problems: [{ message, severity: "warning" }, ...verdict.problems] };
}

function judge(version: "v1" | "v2", found: ReadonlySet<string>): CgroupVerdict {
  const { required, optional } = ownMinor.system.controllers[version];
  const report = [...required, ...optional].map((name): SystemReportLine => {
    const key = `CGROUPS_${name.toUpperCase()}`;
    if (found.has(name)) return { key, value: "enabled", verdict: "good" };
    return { key, value: "missing", verdict: required.includes(name) ? "bad" : "warning" };
  });
  const problems: Problem[] = [];
  const missing = (names: readonly string[]) => names.filter((name) => !found.has(name)).join(" ");
  const [needed, wanted] = [missing(required), missing(optional)];
  if (needed !== "") problems.push({ message: `missing required cgroups: ${needed}`, severity: "error" });
  if (wanted !== "") problems.push({ message: `missing optional cgroups: ${wanted}`, severity: "warning" });
  return { problems, report };
}

/** Reads the enabled controllers from lines `name hierarchy cgroups enabled`. */
async function controllersV1(files: Files): Promise<ReadonlySet<string>> {
  const lines = (await files.readText("/proc/cgroups")).split("\n").filter((line) => !line.startsWith("#"));
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return new Set(
    fields.flatMap(([name, , , enabled]) => (name && enabled !== undefined && enabled !== "0" ? [name] : [])),
  );
}

/** Returns the listed controllers and the two that the kernel does not list: devices (since 4.15) and freezer. */
async function controllersV2(files: Files, mount: CgroupMount, kernelRelease: string): Promise<ReadonlySet<string>> {
  const listed = (await files.readText(`${mount.path}/cgroup.controllers`)).split(/\s+/);
  const freezer = !mount.isReadOnly && (await canFreeze(files, mount.path, kernelRelease)) ? ["freezer"] : [];
  return new Set(["devices", ...freezer, ...listed]);
}

/** Files that controllers create in every cgroup; all other entries are cgroups. */
const interfaceFile = /^(cgroup|cpu|cpuset|io|irq|memory|hugetlb|pids|rdma|misc|dmem)\./;

/**
 * Every cgroup but the root one has a file cgroup.freeze since Linux 5.2. Upstream creates a cgroup to find out; an
 * existing one shows the same, and if there is none the kernel's version decides.
 */
async function canFreeze(files: Files, mount: string, kernelRelease: string): Promise<boolean> {
  const names = (await files.list(mount)).filter((name) => !interfaceFile.test(name));
  const directories = ["", ...names.slice(0, 16).map((name) => `/${name}`)];
  for (const directory of directories) {
    if ((await files.status(`${mount}${directory}/cgroup.freeze`)) !== undefined) return true;
    if (directory !== "" && (await files.status(`${mount}${directory}/cgroup.procs`)) !== undefined) return false;
  }
  const [major = 0, minor = 0] = kernelRelease.split(".").map((part) => Number.parseInt(part, 10));
  return major > 5 || (major === 5 && minor >= 2);
}
