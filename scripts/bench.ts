// Compares this program with upstream's kubeadm in one run: `npm run bench`. Needs root, since the joins are real ones
// in the lab.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cgroupVersion, joinArguments } from "../lab/cluster.ts";
import { initConfig } from "../lab/cluster-config.ts";
import { Lab } from "../lab/lab.ts";
import type { LabHost } from "../lab/lab-host.ts";

const help = `Usage: npm run bench [-- --rounds N]

Times dist/kubeadm and upstream's kubeadm in turn (A B A B …) on this machine and in the lab, and prints medians, spread
and ratios. Needs root; builds the lab's parts the first time.

  --rounds N   Worker joins of each program that are timed (default 7); of control planes half as many
  --help       Show this.
`;

const ours = "dist/kubeadm";
const programs = { ours: "/usr/bin/kubeadm", upstream: "/usr/local/bin/kubeadm-upstream" } as const;
type Program = keyof typeof programs;
const order = ["ours", "upstream"] as const satisfies readonly Program[];

/** The limits of the project's goals, as ratios to upstream in the same run. */
const limits = {
  version: 0.35,
  join: 0.65,
  privateMemory: 1.1,
  residentMemory: 1.3,
  requests: 1,
  controlPlaneJoin: 0.4,
  init: 0.65,
} as const;

interface Row {
  readonly what: string;
  readonly unit: string;
  readonly samples: Readonly<Record<Program, readonly number[]>>;
  /** The largest acceptable ratio of the medians. */
  readonly limit: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" }, help: { type: "boolean" } } });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const rounds = Number(values.rounds);
  await using lab = await Lab.open({ name: "bench", say: (line) => process.stderr.write(`${line}\n`) });
  await lab.initCluster();
  const host = await lab.addHost("w1", { kubeadm: ours });
  const rows = [...versionRows(lab.parts.kubeadm, rounds * 3), ...(await joinRows(lab, host, rounds))];
  await lab.removeHost("w1");
  rows.push(...(await controlPlaneRows(lab, Math.ceil(rounds / 2))));
  process.stdout.write(table(rows));
  return 0;
}

function versionRows(upstream: string, rounds: number): readonly Row[] {
  const files = { ours, upstream };
  const time = { ours: [] as number[], upstream: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    for (const program of order) {
      const started = performance.now();
      spawnSync(files[program], ["version"], { stdio: "ignore" });
      // The first round warms the page cache and does not count.
      if (round > 0) time[program].push(performance.now() - started);
    }
  }
  return [{ what: "version, time", unit: "ms", samples: time, limit: limits.version }];
}

async function joinRows(lab: Lab, host: LabHost, rounds: number): Promise<readonly Row[]> {
  const time = { ours: [] as number[], upstream: [] as number[] };
  const memory = { ours: [] as Peak[], upstream: [] as Peak[] };
  const requests = { ours: [] as number[], upstream: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    for (const program of order) {
      await clear(lab, host);
      const elapsed = await timedJoin(lab, host, program);
      if (round > 0) time[program].push(elapsed);
      process.stderr.write(`join ${round} of ${rounds} by ${program}: ${elapsed.toFixed(0)} ms\n`);
    }
  }
  // Measuring a process slows it down, so memory is measured in separate joins.
  for (let round = 0; round < 3; round++) {
    for (const program of order) {
      await clear(lab, host);
      const since = (await lab.auditLog()).length;
      memory[program].push(await peakMemory(host, program, ["join", ...lab.joinArguments(), ...joinFlags]));
      await lab.waitForNode("w1");
      const rows = (await lab.auditLog()).slice(since).filter((row) => row.sourceAddresses.includes(host.address));
      requests[program].push(rows.filter(isPartOfJoin).length);
    }
  }
  await clear(lab, host);
  return [
    { what: "worker join, time", unit: "ms", samples: time, limit: limits.join },
    ...memoryRows("worker join", memory),
    { what: "worker join, requests up to the certificate", unit: "", samples: requests, limit: limits.requests },
  ];
}

/** kubeadm's own requests, and those for the first certificate, which either kubeadm or the kubelet makes. */
function isPartOfJoin({ userAgent, uri }: { readonly userAgent: string; readonly uri: string }): boolean {
  return userAgent.startsWith("kubeadm") || uri.includes("/certificatesigningrequests");
}

async function clear(lab: Lab, host: LabHost): Promise<void> {
  await host.run([programs.upstream, "reset", "-f"]);
  await lab.kubectl(["delete", "node", "w1", "--ignore-not-found"]);
}

const joinFlags = ["--ignore-preflight-errors=SystemVerification"];

async function timedJoin(lab: Lab, host: LabHost, program: Program): Promise<number> {
  return timed(host, program, ["join", ...lab.joinArguments(), ...joinFlags]);
}

/** Milliseconds by the host's own clock, without the time for entering the host. */
async function timed(host: LabHost, program: Program, args: readonly string[]): Promise<number> {
  const script = 'a=$(date +%s%N); "$@" >/run/bench.log 2>&1; s=$?; b=$(date +%s%N); echo "$s $((b-a))"';
  const argv = [programs[program], ...args];
  const output = await host.mustRun(["sh", "-c", script, "sh", ...argv], { timeoutMs: 300_000 });
  const [status, nanoseconds] = output.trim().split(" ").map(Number);
  if (status !== 0) {
    const log = (await host.readFile("/run/bench.log")).toString();
    throw new Error(`${args[0]} by ${program} failed: ${log}`);
  }
  return (nanoseconds ?? Number.NaN) / 1e6;
}

interface ControlPlaneCommand {
  readonly name: "init" | "control-plane join";
  readonly limit: number;
  prepare(host: LabHost): Promise<readonly string[]>;
  undo(host: LabHost): Promise<void>;
}

/** Each run has a fresh host, whose store already has the images. */
async function controlPlaneRows(lab: Lab, rounds: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const command of [initCommand(lab), controlPlaneJoin(lab)]) {
    const time = { ours: [] as number[], upstream: [] as number[] };
    const memory = { ours: [] as Peak[], upstream: [] as Peak[] };
    for (let round = 1; round <= rounds + 2; round++) {
      for (const program of order) {
        const host = await lab.addHost("cp2", { kubeadm: ours });
        const args = await command.prepare(host);
        if (round <= rounds) time[program].push(await timed(host, program, args));
        else memory[program].push(await peakMemory(host, program, args));
        const last =
          round <= rounds
            ? `${time[program].at(-1)?.toFixed(0)} ms`
            : `${memory[program].at(-1)?.resident.toFixed(1)} MiB`;
        process.stderr.write(`${command.name} ${round} of ${rounds + 2} by ${program}: ${last}\n`);
        await command.undo(host);
        await lab.removeHost(host.name);
      }
    }
    rows.push({ what: `${command.name}, time`, unit: "ms", samples: time, limit: command.limit });
    rows.push(...memoryRows(command.name, memory));
  }
  return rows;
}

/** A separate cluster, next to the one for the joins. */
function initCommand(lab: Lab): ControlPlaneCommand {
  const { token, certificateKey } = lab.cluster;
  return {
    name: "init",
    limit: limits.init,
    prepare: async (host) => {
      const { kubernetes } = lab.state;
      const request = { kubernetes, hostName: host.name, address: host.address, families: "ipv4", token } as const;
      const { text } = initConfig({ ...request, certificateKey, auditLog: false, cgroupVersion: cgroupVersion() });
      await host.writeFile("/root/init.yaml", text, 0o600);
      return ["init", "--config", "/root/init.yaml", "--upload-certs"];
    },
    undo: async () => undefined,
  };
}

function controlPlaneJoin(lab: Lab): ControlPlaneCommand {
  return {
    name: "control-plane join",
    limit: limits.controlPlaneJoin,
    prepare: async () => ["join", ...joinArguments(lab.cluster, { controlPlane: true })],
    undo: async (host) => {
      await host.mustRun([programs.upstream, "reset", "-f"]);
      await lab.kubectl(["delete", "node", host.name, "--ignore-not-found"]);
    },
  };
}

/** The most private and the most resident memory that a program had, in MiB. */
interface Peak {
  readonly private: number;
  readonly resident: number;
}

function memoryRows(what: string, peaks: Readonly<Record<Program, readonly Peak[]>>): readonly Row[] {
  const samples = (part: keyof Peak) => ({
    ours: peaks.ours.map((peak) => peak[part]),
    upstream: peaks.upstream.map((peak) => peak[part]),
  });
  return [
    { what: `${what}, private memory`, unit: "MiB", samples: samples("private"), limit: limits.privateMemory },
    { what: `${what}, resident memory`, unit: "MiB", samples: samples("resident"), limit: limits.residentMemory },
  ];
}

async function peakMemory(host: LabHost, program: Program, args: readonly string[]): Promise<Peak> {
  const running = host.run([programs[program], ...args], { timeoutMs: 300_000 });
  let ended = false;
  const end = running.finally(() => (ended = true));
  const peak = { private: 0, resident: 0 };
  for (let pid: number | undefined; !ended; ) {
    pid ??= processOf(programs[program], args[0]);
    if (pid !== undefined) {
      const now = memoryOf(pid);
      peak.private = Math.max(peak.private, now.private);
      peak.resident = Math.max(peak.resident, now.resident);
    }
    await sleep(2);
  }
  const { exitCode, stderr } = await end;
  if (exitCode !== 0) throw new Error(`${args[0]} by ${program} failed: ${stderr}`);
  return peak;
}

function processOf(program: string, command: string | undefined): number | undefined {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [first, second] = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      if (first === program && second === command) return Number(name);
    } catch {
      // It has ended since it was listed.
    }
  }
  return undefined;
}

/** A process's current private memory and its peak resident memory; undefined if it has ended. */
function memoryOf(pid: number): Peak {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const mebibytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    return { private: mebibytes("RssAnon"), resident: mebibytes("VmHWM") };
  } catch {
    return { private: 0, resident: 0 };
  }
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, unit, samples, limit }) => {
    const ratio = median(samples.ours) / median(samples.upstream);
    const verdict = ratio <= limit ? "met" : "missed";
    return [
      what,
      shown(samples.ours, unit),
      shown(samples.upstream, unit),
      ratio.toFixed(2),
      `≤ ${limit.toFixed(2)}`,
      verdict,
    ];
  });
  const head = ["median (min – max)", "ours", "upstream 1.37.2", "ratio", "goal", ""];
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => (line[column] ?? "").length)));
  const row = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `\n${[head, ...lines].map(row).join("\n")}\n`;
}

function shown(samples: readonly number[], unit: string): string {
  const digits = unit === "MiB" ? 1 : 0;
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  return `${median(samples).toFixed(digits)} ${unit} (${least.toFixed(digits)} – ${most.toFixed(digits)})`.replace(
    "  ",
    " ",
  );
}

function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

process.exitCode = await main();
