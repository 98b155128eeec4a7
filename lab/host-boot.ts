import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { mkdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { AddressPlan } from "./addresses.ts";
import { cgroupProcesses, createCgroup, removeCgroup } from "./cgroups.ts";
import { writeHostFiles } from "./host-files.ts";
import type { HostState } from "./lab-state.ts";
import { attachHost, detachHost, hostNamespace, namespacePath } from "./network.ts";
import { cloneImageStore } from "./parts/image-store.ts";
import type { Parts } from "./parts/parts.ts";
import { identifyProcess, isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import { waitUntil } from "./wait-until.ts";

const SCRIPTS = join(import.meta.dirname, "files");
const READY_TIMEOUT_MS = 60_000;

/** Plain folders: containerd's snapshots do not work on an overlay. */
const PLAIN_FOLDERS = ["containerd", "kubelet"] as const;
/** Several members on one slow disk miss each other's heartbeats, because etcd waits until every write is on disk. */
const MEMORY_FOLDERS = ["etcd"] as const;

export interface BootRequest {
  readonly lab: string;
  readonly directory: string;
  readonly state: HostState;
  readonly plan: AddressPlan;
  readonly parts: Parts;
  readonly kubeadm?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as soon as a process runs, so that it is recorded before anything else can fail. */
  readonly record: (processes: Pick<HostState, "nspawn" | "init">) => Promise<void>;
}

/** Returns when systemd has started containerd in the new host. */
export async function bootHost(request: BootRequest): Promise<void> {
  const { lab, directory, state, plan, parts, kubeadm, signal } = request;
  const upper = join(directory, "upper");
  for (const folder of ["upper", "work", "root", "kubelet"]) {
    await mkdir(join(directory, folder), { recursive: true, mode: 0o755 });
  }
  await Promise.all([
    cloneImageStore(parts.imageStore, join(directory, "containerd"), signal),
    writeHostFiles(upper, { name: state.name, address: state.address, plan, kubeadm }),
    attachHost(lab, state.name, state.address, plan, signal),
  ]);
  for (const cgroup of state.cgroups) createCgroup(cgroup);
  signal?.throwIfAborted();
  const nspawn = startNspawn(request);
  await request.record({ nspawn });
  const console = join(directory, "console.log");
  let init: ProcessIdentity | undefined;
  await waitUntil(
    `${state.name} to start its systemd`,
    () => {
      if (!isAlive(nspawn)) throw new Error(`systemd-nspawn ended:\n${tail(console)}`);
      init ??= findInit(nspawn.pid);
      return init !== undefined;
    },
    { timeoutMs: READY_TIMEOUT_MS, intervalMs: 20, signal },
  );
  if (init === undefined) throw new Error(`${state.name} has no init process`);
  const { pid } = init;
  await request.record({ nspawn, init });
  const ready = `/proc/${pid}/root/run/kubeadm-lab-ready`;
  await waitUntil(`${state.name} to start containerd`, () => existsSync(ready), {
    timeoutMs: READY_TIMEOUT_MS,
    intervalMs: 20,
    signal,
  }).catch((error: unknown) => {
    throw new Error(`${state.name} did not come up:\n${tail(console)}`, { cause: error });
  });
}

function startNspawn({ lab, directory, state, parts }: BootRequest): ProcessIdentity {
  const root = join(directory, "root");
  const lower = [...parts.rootLayers].reverse().join(":");
  const overlay = `lowerdir=${lower},upperdir=${join(directory, "upper")},workdir=${join(directory, "work")}`;
  const nspawn = [
    ...["systemd-nspawn", "--quiet", `--directory=${root}`, `--machine=kubeadm-lab-${lab}-${state.name}`],
    ...[`--hostname=${state.name}`, "--boot", "--register=no", "--keep-unit", "--capability=all"],
    ...[`--network-namespace-path=${namespacePath(hostNamespace(lab, state.name))}`, "--console=pipe"],
    ...["--resolv-conf=off", "--timezone=off", "--link-journal=no", "--bind=/dev/kmsg"],
    ...PLAIN_FOLDERS.map((folder) => `--bind=${join(directory, folder)}:/var/lib/${folder}`),
    ...MEMORY_FOLDERS.map((folder) => `--tmpfs=/var/lib/${folder}:mode=0755`),
  ];
  const argv = [
    ...[join(SCRIPTS, "join-cgroups.sh"), ...state.cgroups, "--"],
    ...[
      "unshare",
      "--mount",
      "--propagation",
      "private",
      "sh",
      join(SCRIPTS, "mount-root.sh"),
      root,
      overlay,
      ...nspawn,
    ],
  ];
  const console = openSync(join(directory, "console.log"), "w", 0o600);
  // Outlives this process, and does not receive its terminal's Ctrl-C: the lab ends hosts in an orderly way.
  const child = spawn("sh", argv, {
    detached: true,
    stdio: ["ignore", console, console],
    env: {
      ...process.env,
      // Of a run of tests, which the host outlives.
      TMPDIR: undefined,
      SYSTEMD_NSPAWN_API_VFS_WRITABLE: "1",
      SYSTEMD_SECCOMP: "0",
      SYSTEMD_NSPAWN_LOCK: "0",
    },
  });
  closeSync(console);
  child.on("error", () => undefined);
  child.unref();
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) throw new Error(`cannot start systemd-nspawn for ${state.name}`);
  return identity;
}

/** The host's first process: the child of systemd-nspawn that has number 1 in a separate process namespace. */
function findInit(nspawn: number): ProcessIdentity | undefined {
  try {
    const children = readFileSync(`/proc/${nspawn}/task/${nspawn}/children`, "utf8").trim().split(" ");
    for (const child of children.filter((text) => text !== "").map(Number)) {
      const numbers = /^NSpid:\s*(.+)$/m.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1]?.split(/\s+/) ?? [];
      if (numbers.length > 1 && numbers.at(-1) === "1") return identifyProcess(child);
    }
  } catch {
    // It ended between two checks.
  }
  return undefined;
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n").slice(-25).join("\n");
  } catch {
    return "(no console)";
  }
}

/** Uses only the record, so it also removes what another, killed run left half done. */
export async function eraseHost(lab: string, directory: string, state: HostState, plan: AddressPlan): Promise<void> {
  // When a host's first process ends, the kernel ends all others in its process namespace.
  for (const identity of [state.init, state.nspawn]) if (identity !== undefined) signalProcess(identity, "SIGKILL");
  await waitUntil(
    `the processes of ${state.name} to end`,
    () => {
      // The groups belong to the lab, so every process in them was started in this host, recorded or not.
      const left = [...new Set(state.cgroups.flatMap(cgroupProcesses))].flatMap((pid) => identifyProcess(pid) ?? []);
      for (const identity of left) signalProcess(identity, "SIGKILL");
      return left.length === 0 && (state.nspawn === undefined || !isAlive(state.nspawn));
    },
    { timeoutMs: 60_000, intervalMs: 20 },
  );
  await Promise.all([
    detachHost(lab, state.name, state.address, plan),
    rm(directory, { recursive: true, force: true }),
    ...state.cgroups.map(removeCgroup),
  ]);
  const machine = `kubeadm-lab-${lab}-${state.name}`;
  for (const folder of ["propagate", "unix-export"]) {
    await rmdir(join("/run/systemd/nspawn", folder, machine)).catch(() => undefined);
  }
}
