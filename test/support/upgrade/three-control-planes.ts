// Three control planes behind a load balancer and two workers, of the previous minor version, and their upgrade one after
// the other, as the documentation has it.
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { NEXT_VERSION_PROGRAMS } from "../../../lab/parts/host-layer.ts";
import { CommandFailed } from "../../../lab/run-command.ts";
import { waitUntil } from "../../../lab/wait-until.ts";
import {
  checkArguments,
  isControlPlane,
  type Member,
  members,
  type Program,
} from "../control-plane/control-plane-lab.ts";
import { programCopy } from "../join/program-copy.ts";
import { startLoadBalancer, startTraffic, type TrafficRecord } from "./traffic/traffic.ts";
import { fromVersion, mustUpgrade, programs, runUpgrade, toVersion } from "./upgrade-lab.ts";
import { type Change, changesOf, recordUpgrade, type UpgradeRecord } from "./upgrade-record.ts";
import { placeWitness } from "./witness.ts";

export const controlPlanes = ["cp1", "cp2", "cp3"] as const;
export const workers = ["w1", "w2"] as const;
export const allHosts = [...controlPlanes, ...workers] as const;
export type HostName = (typeof allHosts)[number];

/** Which program does what. */
export interface Programs {
  /** Makes the cluster; upstream's is that of the old version. */
  readonly init: Program;
  readonly apply: Program;
  readonly node: Program;
}

export interface UpgradedHost extends UpgradeRecord {
  readonly name: HostName;
  /** What became of the certificates. */
  readonly renewals: ReadonlyMap<string, Change>;
  /** The time of the upgrade on this host. */
  readonly elapsedMs: number;
}

export interface UpgradedCluster {
  readonly hosts: Readonly<Record<HostName, UpgradedHost>>;
  /** `name: version, Ready or not`. */
  readonly nodes: readonly string[];
  readonly members: readonly Member[];
  /** What a client saw while the control planes were upgraded. */
  readonly traffic: TrafficRecord;
  /** What upstream's program plans afterwards, and what it prints of the certificates of each control plane. */
  readonly plan: string;
  readonly expirations: readonly string[];
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Makes the cluster, and upgrades it. Fails if a command does, or if a Pod that has nothing to do with it is restarted. */
export async function upgradedCluster(by: Programs): Promise<UpgradedCluster> {
  await using stack = new AsyncDisposableStack();
  const kubeadm = stack.use(programCopy()).path;
  const lab = stack.use(await Lab.open({ name: "upgrade-three", kubernetes: fromVersion, upgradeTo: toVersion, say }));
  for (const name of allHosts) await lab.addHost(name, { kubeadm });
  const hosts = allHosts.map((name) => ({ name, host: lab.host(name) }));
  const [first, ...others] = hosts.map(({ host }) => host);
  if (first === undefined) throw new Error("there are no hosts");
  const { endpoint } = stack.use(
    await startLoadBalancer(
      lab,
      controlPlanes.map((name) => lab.host(name)),
    ),
  );
  await makeCluster(lab, first, others, { by: by.init, endpoint });
  const witness = await placeWitness(lab, ...allHosts);
  const before = new Map<HostName, UpgradeRecord>();
  for (const { name, host } of hosts) before.set(name, await recordUpgrade(lab, host));

  const elapsed = new Map<HostName, number>();
  const upgrade = async (name: HostName) => {
    const [program, args] =
      name === "cp1" ? [by.apply, ["apply", `v${toVersion}`, "--yes"]] : ([by.node, ["node"]] as const);
    const { elapsedMs } = await mustUpgrade(lab.host(name), program, [...args, ...checkArguments]);
    elapsed.set(name, elapsedMs);
  };
  const client = stack.use(await startTraffic(lab));
  for (const name of controlPlanes) await upgrade(name);
  const traffic = await client.stop();
  say(summaryOf(traffic));
  for (const name of workers) await upgrade(name);
  for (const { host } of hosts) await replaceKubelet(lab, host);
  for (const name of controlPlanes) await becomesControlPlane(lab, lab.host(name));
  await witness.isUnharmed();

  const upgraded: UpgradedHost[] = [];
  for (const { name, host } of hosts) {
    const after = await recordUpgrade(lab, host);
    const renewals = changesOf(before.get(name)?.fingerprints ?? {}, after.fingerprints);
    upgraded.push({ ...after, name, renewals, elapsedMs: elapsed.get(name) ?? Number.NaN });
  }
  const expirations: string[] = [];
  for (const name of controlPlanes) expirations.push(await expirationsOn(lab.host(name)));
  return {
    hosts: Object.fromEntries(upgraded.map((host) => [host.name, host])) as Record<HostName, UpgradedHost>,
    nodes: await nodesOf(lab),
    members: await members(first),
    traffic,
    plan: (await runUpgrade(first, "upstream", ["plan", `v${toVersion}`, ...checkArguments])).stdout,
    expirations,
  };
}

function summaryOf({ requests, retried, deferred, failures, slowestMs }: TrafficRecord): string {
  const counts = `${requests} requests, sent once more ${retried} for a lost connection and ${deferred} as the answer said, ${failures.length} failed`;
  return [`while the control planes were upgraded: ${counts}, slowest ${Math.round(slowestMs)} ms`]
    .concat(failures.slice(0, shownFailures))
    .join("\n  ");
}

const shownFailures = 20;

interface Making {
  readonly by: Program;
  readonly endpoint: string;
}

async function makeCluster(lab: Lab, first: LabHost, others: readonly LabHost[], { by, endpoint }: Making) {
  const kubeadm = by === "ours" ? { kubeadm: programs.ours } : {};
  const extraConfig = { cluster: { controlPlaneEndpoint: endpoint } };
  await lab.initCluster({ host: first, auditLog: false, extraConfig, ...kubeadm });
  await lab.waitForNode(first.name, { timeoutMs: 120_000 });
  for (const host of others) {
    const result = await lab.join(host, { controlPlane: host.name.startsWith("cp"), ...kubeadm });
    if (result.exitCode !== 0) throw new CommandFailed([host.name, "join"], result);
    await lab.waitForNode(host.name, { timeoutMs: 120_000 });
  }
  for (const name of controlPlanes) await isControlPlane(lab, lab.host(name));
}

/** As the new package and a restart would do. */
async function replaceKubelet(lab: Lab, host: LabHost): Promise<void> {
  await host.mustRun(["cp", "--remove-destination", `${NEXT_VERSION_PROGRAMS}/kubelet`, "/usr/bin/kubelet"]);
  await host.mustRun(["systemctl", "daemon-reload"]);
  await host.mustRun(["systemctl", "restart", "kubelet"]);
  const upgraded = `${host.name}: v${toVersion}, Ready`;
  // An API server that has just started refuses whom it does not know yet.
  const isUpgraded = async () => (await nodesOf(lab).catch((): readonly string[] => [])).includes(upgraded);
  await waitUntil(`the Node ${upgraded}`, isUpgraded, { timeoutMs: 120_000, intervalMs: 500 });
}

/** The new kubelet may restart the API server, which at first refuses whom it does not know yet. */
async function becomesControlPlane(lab: Lab, host: LabHost): Promise<void> {
  let failure: unknown;
  const isOne = () =>
    isControlPlane(lab, host).then(
      () => true,
      (error: unknown) => {
        failure = error;
        return false;
      },
    );
  try {
    await waitUntil(`${host.name} to be a control plane`, isOne, { timeoutMs: 120_000, intervalMs: 2_000 });
  } catch (error) {
    throw new Error(`${host.name} is no control plane with the new kubelet`, { cause: failure ?? error });
  }
}

async function nodesOf(lab: Lab): Promise<readonly string[]> {
  const { items } = (await lab.get(["nodes"])) as { readonly items: readonly NodeStatus[] };
  return items.map(({ metadata, status }) => {
    const ready = status.conditions.find(({ type }) => type === "Ready")?.status === "True" ? "Ready" : "not Ready";
    return `${metadata.name}: ${status.nodeInfo.kubeletVersion}, ${ready}`;
  });
}

interface NodeStatus {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly nodeInfo: { readonly kubeletVersion: string };
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Without times; what remains of a validity is in days or years. */
async function expirationsOn(host: LabHost): Promise<string> {
  const text = await host.mustRun([programs.upstream, "certs", "check-expiration"]);
  return text.replaceAll(/[A-Z][a-z]{2} \d\d, \d{4} \d\d:\d\d UTC/g, "<TIME>");
}
