// The lab whose hosts are broken: every fault on it is undone, so that all of them share the same hosts.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cgroupVersion } from "../../../lab/cluster.ts";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { CommandFailed } from "../../../lab/run-command.ts";
import { type ClusterMaker, clusterMaker, controlPlaneLab, ownLabName } from "../control-plane/control-plane-lab.ts";
import { programCopy } from "../join/program-copy.ts";
import { loadPerProcessor } from "../slowness.ts";
import { doctor, findingsOf, isRight, type PrintedReport } from "./examine.ts";
import type { Fault, FaultHost, HealthyState } from "./fault.ts";

/** Some consequences show only after seconds: a crash is seen when it has happened. */
const showsMs = 60_000;
const recoversMs = 240_000;
/** Of one script. Those that wait for an API server make requests that last long without etcd. */
const shellMs = 240_000;

export interface Examined {
  readonly isRight: boolean;
  /** Of the examination that was right, otherwise the last one. */
  readonly report: PrintedReport;
  /** Whether the machine had processors to spare at that time. */
  readonly isQuiet: boolean;
}

export interface FaultLab extends AsyncDisposable {
  readonly lab: Lab;
  host(name: FaultHost): LabHost;
  /** Injects the fault, examines the host until doctor is right or time is up, tells it, and undoes the fault. */
  examine(fault: Fault, tell: (examined: Examined) => void | Promise<void>): Promise<void>;
  /** What doctor finds on the host, without what it rightly says there whatever the fault. */
  examination(name: FaultHost): Promise<PrintedReport>;
  /** Throws if doctor finds something on a host that has had time to settle. */
  staysWell(state: HealthyState): Promise<PrintedReport>;
  /**
   * Ends all hosts, and makes them and the cluster again: for those that a fault, or who obeyed, has broken
   * permanently.
   */
  makeAgain(): Promise<void>;
}

export const controlPlaneNames = ["cp1", "cp2", "cp3"] as const;

export async function faultLab(controlPlanes: readonly FaultHost[] = ["cp1", "cp2"]): Promise<FaultLab> {
  await using stack = new AsyncDisposableStack();
  // A lab that is kept, for work on faults: `DOCTOR_FAULTS_LAB=NAME`.
  const running = process.env["DOCTOR_FAULTS_LAB"];
  const maker =
    running === undefined
      ? stack.use(await controlPlaneLab(ownLabName("doctor")))
      : clusterMaker(await Lab.attach({ name: running }), stack.use(programCopy()).path);
  const { lab } = maker;
  if (running === undefined) await makeCluster(maker, controlPlanes);
  await prepareHosts(lab, [...controlPlanes, "w1", "bare"]);
  const kept = stack.move();
  const host = (name: FaultHost) => lab.host(name);
  const isWell = (name: FaultHost) => waitForHealth(host(name));
  return {
    lab,
    host,
    examination: (name) => examination(host(name)),
    staysWell: async ({ on, inject, undo = "" }) => {
      try {
        await shell(host(on), inject);
        return await isWell(on);
      } finally {
        await shell(host(on), `restore\n${undo}`);
      }
    },
    examine: async (fault, tell) => {
      const { on } = fault;
      const elsewhere = onAll(controlPlanes, fault.elsewhere ?? []);
      try {
        for (const other of elsewhere) await shell(host(other.on), other.inject);
        await shell(host(on), fault.inject);
        await tell(await untilRight(host(on), fault));
      } finally {
        await shell(host(on), `restore\n${fault.undo ?? ""}`);
        for (const other of elsewhere) await shell(host(other.on), `restore\n${other.undo ?? ""}`);
        await isWell(on);
        for (const other of elsewhere) await isWell(other.on);
      }
    },
    makeAgain: async () => {
      for (const { name } of lab.state.hosts) await lab.removeHost(name);
      await makeCluster(maker, controlPlanes);
      await prepareHosts(lab, [...controlPlanes, "w1", "bare"]);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function makeCluster(maker: ClusterMaker, controlPlanes: readonly FaultHost[]): Promise<void> {
  const [w1, , first, ...further] = await maker.addHosts("w1", "bare", ...controlPlanes);
  if (first === undefined) throw new Error("a cluster has at least one control plane");
  await maker.init("ours", first);
  for (const host of further) await maker.joins(host, { by: "ours", controlPlane: true });
  await maker.joins(w1, { by: "ours" });
  for (const name of ["w1", ...controlPlanes]) await maker.lab.waitForNode(name, { timeoutMs: 120_000 });
}

/** Gives hosts the words of which faults are made, and what an administrator has. */
async function prepareHosts(lab: Lab, names: readonly FaultHost[]): Promise<void> {
  const [admin, ca, key] = await Promise.all(
    ["admin.conf", "pki/ca.crt", "pki/ca.key"].map((file) => lab.host("cp1").readFile(`/etc/kubernetes/${file}`)),
  );
  const commands = await readFile(join(import.meta.dirname, "fault-commands.sh"));
  for (const name of names) {
    const host = lab.host(name);
    await host.writeFile("/root/fault-commands.sh", commands);
    for (const [path, content] of [
      ["/root/cluster-admin.conf", admin],
      ["/root/cluster-pki/ca.crt", ca],
      ["/root/cluster-pki/ca.key", key],
      ["/root/join-arguments", lab.joinArguments().join(" ")],
    ] as const) {
      if (content !== undefined) await host.writeFile(path, content, 0o600);
    }
  }
}

/** What a fault breaks on the second control plane, it breaks on all further ones: none of them may stand in for another. */
function onAll(
  controlPlanes: readonly FaultHost[],
  elsewhere: NonNullable<Fault["elsewhere"]>,
): NonNullable<Fault["elsewhere"]> {
  const [, second, ...further] = controlPlanes;
  return elsewhere
    .filter(({ on }) => on !== "cp2" || second !== undefined)
    .flatMap((part) => (part.on === "cp2" ? [part, ...further.map((on) => ({ ...part, on }))] : [part]));
}

async function shell(host: LabHost, script: string): Promise<void> {
  const argv = ["/bin/sh", "-euc", `. /root/fault-commands.sh\n${script}`] as const;
  const result = await host.run(argv, { timeoutMs: shellMs });
  if (result.exitCode !== 0) throw new CommandFailed([`${host.name}:`, script], result);
}

/**
 * Examines the host, without what doctor rightly says here whatever the fault: that a component has been restarted lately,
 * which earlier faults did, and to a host that has not joined, that the kubelet refuses cgroup v1 by default.
 */
async function examination(host: LabHost): Promise<PrintedReport> {
  const report = await doctor(host);
  const isKnown = (name: string) => {
    const { findings = [] } = report.checks.find((check) => check.name === name) ?? {};
    if (findings.some(({ severity }) => severity !== "warning")) return false;
    if (name === "cgroups") return host.name === "bare" && cgroupVersion() === 1;
    return findings.every(({ finding }) =>
      /the kubelet (?:has just restarted|is restarting) (?:it|them)/.test(finding),
    );
  };
  // What is left out is no cause of others either.
  const checks = report.checks.map((check) => ({
    ...check,
    causes: check.causes?.filter((name) => !isKnown(name)) ?? [],
  }));
  return { ...report, checks, findingsInCausalOrder: report.findingsInCausalOrder.filter((name) => !isKnown(name)) };
}

async function untilRight(host: LabHost, fault: Fault): Promise<Examined> {
  const end = Date.now() + showsMs;
  for (;;) {
    const report = fault.isRestart === true ? await doctor(host) : await examination(host);
    const right = isRight(report, fault);
    if (right || Date.now() > end) return { isRight: right, report, isQuiet: loadPerProcessor() < 1 };
    await pause(1000);
  }
}

async function waitForHealth(host: LabHost): Promise<PrintedReport> {
  const end = Date.now() + recoversMs;
  for (;;) {
    const report = await examination(host);
    if (report.findingsInCausalOrder.length === 0) return report;
    if (Date.now() > end) throw new Error(`${host.name} is not well:\n${findingsOf(report).join("\n")}`);
    await pause(1000);
  }
}
