// Clusters of several control planes, created by this program, by upstream's, or by both.
import { expect } from "vitest";
import { type AddressFamilies, joinHostPort } from "../../../lab/addresses.ts";
import { cgroupVersion, type InitOptions, UPSTREAM } from "../../../lab/cluster.ts";
import { ignoredChecks } from "../../../lab/cluster-config.ts";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { type Argv, CommandFailed, type CommandResult, type RunOptions } from "../../../lab/run-command.ts";
import { eventually } from "../join/cluster-actions.ts";
import { programCopy } from "../join/program-copy.ts";

export type Program = "ours" | "upstream";

/** "upstream" proves a scenario with the program that it was made after: KUBEADM_UNDER_TEST=upstream. */
export const underTest: Program = process.env["KUBEADM_UNDER_TEST"] === "upstream" ? "upstream" : "ours";

export const programs: Readonly<Record<Program, string>> = {
  ours: underTest === "ours" ? "/usr/bin/kubeadm" : UPSTREAM,
  upstream: UPSTREAM,
};

export const commandTimeoutMs = 240_000;

export interface JoinSettings extends Pick<RunOptions, "signal" | "timeoutMs"> {
  readonly by: Program;
  readonly controlPlane?: boolean;
  readonly extra?: readonly string[];
}

/** What makes a cluster on the hosts of a lab. */
export interface ClusterMaker {
  readonly lab: Lab;
  addHost(name: string): Promise<LabHost>;
  addHosts<const Names extends readonly string[]>(...names: Names): Promise<{ [Index in keyof Names]: LabHost }>;
  /** Makes the cluster on a host, whatever the exit code: a failure throws with what was printed. */
  init(by: Program, host: LabHost, options?: InitOptions): Promise<CommandResult>;
  /** Joins, whatever comes of it. */
  join(host: LabHost, settings: JoinSettings): Promise<CommandResult>;
  /** Joins, and has to succeed. */
  joins(host: LabHost, settings: JoinSettings): Promise<CommandResult>;
}

export interface ControlPlaneLab extends ClusterMaker, AsyncDisposable {}

/** Returns a name that no other run of the same suite has. */
export function ownLabName(what: string): string {
  return `${what}-${process.pid}`;
}

export async function controlPlaneLab(name: string, families?: AddressFamilies): Promise<ControlPlaneLab> {
  await using stack = new AsyncDisposableStack();
  const program = stack.use(programCopy()).path;
  const lab = stack.use(await Lab.open({ name, families, say: (text) => void process.stderr.write(`${text}\n`) }));
  const kept = stack.move();
  return { ...clusterMaker(lab, program), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** For a lab that someone else ends. New hosts get a copy of the program. */
export function clusterMaker(lab: Lab, program: string): ClusterMaker {
  const addHost = (host: string) => lab.addHost(host, { kubeadm: program });
  const join: ClusterMaker["join"] = async (host, { by, controlPlane = false, extra = [], ...options }) => {
    const argv = [programs[by], "join", ...lab.joinArguments({ controlPlane }), ...extra] as const;
    const result = await host.run(argv, { timeoutMs: commandTimeoutMs, ...options });
    note(`join of ${host.name} by ${by}`, result);
    return result;
  };
  return {
    lab,
    addHost,
    addHosts: async (...names) => {
      const hosts: LabHost[] = [];
      for (const host of names) hosts.push(await addHost(host));
      return hosts as { [Index in keyof typeof names]: LabHost };
    },
    init: async (by, host, options = {}) => {
      const result = await lab.initCluster({ sharedEndpoint: true, ...options, host, kubeadm: programs[by] });
      note(`init by ${by}`, result);
      return result;
    },
    join,
    joins: async (host, settings) => {
      const result = await join(host, settings);
      if (result.exitCode !== 0) throw new CommandFailed([host.name, settings.by, "join"], result);
      return result;
    },
  };
}

function note(what: string, { exitCode, elapsedMs, stderr }: CommandResult): void {
  const why = exitCode === 0 ? "" : `\n${stderr.split("\n").slice(-12).join("\n")}`;
  process.stderr.write(`${what}: exit code ${exitCode} after ${(elapsedMs / 1000).toFixed(1)} s${why}\n`);
}

/** Checks that this machine's control groups would fail. */
export const checkArguments: readonly string[] = ignoredChecks(cgroupVersion()).flatMap((check) => [
  "--ignore-preflight-errors",
  check,
]);

export interface Member {
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly isLearner: boolean;
}

const etcdFiles = "/etc/kubernetes/pki/etcd";

/** Returns the command of etcd's own tool on a control plane. */
export function etcdctl(endpoints: string, args: readonly string[]): Argv {
  const files = ["ca.crt", "healthcheck-client.crt", "healthcheck-client.key"].map((file) => `${etcdFiles}/${file}`);
  const [ca = "", certificate = "", key = ""] = files;
  return ["etcdctl", "--endpoints", endpoints, "--cacert", ca, "--cert", certificate, "--key", key, ...args];
}

/** As etcd's own tool on a control plane tells them, by name. */
export async function members(host: LabHost): Promise<readonly Member[]> {
  const endpoint = `https://${joinHostPort(host.address, 2379)}`;
  const text = await host.mustRun(etcdctl(endpoint, ["member", "list", "-w", "json"]));
  const list = JSON.parse(text) as {
    members: readonly (Omit<Member, "name" | "isLearner"> & { name?: string; isLearner?: boolean })[];
  };
  return list.members
    .map(({ name = "", peerURLs, isLearner = false }) => ({ name, peerURLs, isLearner }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

export async function votersAre(host: LabHost, ...names: readonly string[]): Promise<void> {
  const found = await members(host);
  expect(found.map(({ name, isLearner }) => `${name}${isLearner ? " (learner)" : ""}`)).toEqual(names);
}

export const staticPods = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/** Node Ready, labeled and tainted; its static pods are Ready; `kubectl` of its own works. */
export async function isControlPlane(
  lab: Lab,
  host: LabHost,
  { pods = staticPods }: { readonly pods?: readonly string[] } = {},
): Promise<void> {
  await lab.waitForNode(host.name, { timeoutMs: 120_000 });
  const node = (await lab.get(["node", host.name])) as {
    metadata: { labels: Record<string, string> };
    spec: { taints?: readonly object[] };
  };
  expect(node.metadata.labels).toMatchObject({
    "node-role.kubernetes.io/control-plane": "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
  });
  expect(node.spec.taints).toContainEqual({ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" });
  for (const pod of pods) await isReady(lab, `${pod}-${host.name}`);
  const own = [
    "kubectl",
    "--kubeconfig",
    "/etc/kubernetes/admin.conf",
    "get",
    "node",
    host.name,
    "-o",
    "name",
  ] as const;
  expect(await host.mustRun(own)).toBe(`node/${host.name}\n`);
}

export async function isReady(lab: Lab, pod: string): Promise<void> {
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  const ready = async () => (await lab.kubectl(["-n", "kube-system", "get", "pod", pod, "-o", path])).stdout === "True";
  await eventually(`the pod ${pod} to be Ready`, ready, 120_000);
}

/** A name of the cluster, asked of CoreDNS at its service's address from a host. */
export async function answersDns(
  lab: Lab,
  host: LabHost,
  { domain = "cluster.local" }: { readonly domain?: string } = {},
): Promise<void> {
  const service = async (name: string, namespace: string) =>
    (await lab.kubectl(["-n", namespace, "get", "service", name, "-o", "jsonpath={.spec.clusterIP}"])).stdout;
  const [server, wanted] = [await service("kube-dns", "kube-system"), await service("kubernetes", "default")];
  const type = wanted.includes(":") ? "AAAA" : "A";
  const name = `kubernetes.default.svc.${domain}`;
  const dig = ["dig", "+short", "+time=1", "+tries=1", `@${server}`, name, type] as const;
  const answers = async () => (await host.run(dig)).stdout === `${wanted}\n`;
  await eventually(`CoreDNS to answer ${name} on ${host.name}`, answers, 180_000);
}

/** A pod of the image that every host has runs on the Node. */
export async function runsPod(lab: Lab, node: string): Promise<void> {
  const name = `on-${node}`;
  const image = (
    await lab.kubectl(["-n", "kube-system", "get", "pods", "-o", "jsonpath={.items[*].spec.containers[*].image}"])
  ).stdout
    .split(" ")
    .find((known) => known.includes("/coredns:"));
  const spec = {
    nodeName: node,
    tolerations: [{ operator: "Exists" }],
    automountServiceAccountToken: false,
    containers: [{ name: "dns", image, imagePullPolicy: "Never" }],
  };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name }, spec };
  expect(await lab.kubectl(["create", "-f", "-"], { input: JSON.stringify(pod) })).toMatchObject({ exitCode: 0 });
  const phase = async () => (await lab.kubectl(["get", "pod", name, "-o", "jsonpath={.status.phase}"])).stdout;
  await eventually(`the pod ${name} to run`, async () => (await phase()) === "Running", 180_000);
  await lab.kubectl(["delete", "pod", name, "--wait=false", "--grace-period=0", "--force"]);
}

/** `reset` and the Node's end, as the documentation has it. */
export async function leaves(lab: Lab, host: LabHost, by: Program): Promise<CommandResult> {
  const result = await host.run([programs[by], "reset", "--force"], { timeoutMs: commandTimeoutMs });
  note(`reset of ${host.name} by ${by}`, result);
  expect(result.exitCode, result.stdout + result.stderr).toBe(0);
  await lab.kubectl(["delete", "node", host.name, "--ignore-not-found"]);
  return result;
}
