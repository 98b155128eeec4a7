import { createHash } from "node:crypto";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { type ConnectEtcd, type Etcd, EtcdError, type EtcdMember, type EtcdSnapshotPart } from "../../../etcd/etcd.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import type { CommandCall } from "../../../host/memory/commands.ts";
import { generateKeys } from "../../../pki/keys.ts";
import { createCertificateAuthority } from "../../../pki/x509.ts";
import { nodeWith } from "../../control-plane/control-plane-node.fixture.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { type StaticPodMachine, staticPodMachine } from "../../control-plane/replacement/static-pod-kubelet.fixture.ts";
import type { EtcdUpgrade, EtcdUpgradePorts } from "./etcd-upgrade-types.ts";
import { upgradeEtcd } from "./upgrade-etcd.ts";

/** What the new etcd does. One that crashes serves until then. */
type Fate = "serves" | "exits" | "crashes" | "crashes once" | "does not serve" | "does not start";

/** What a member says of itself; by default, what an etcd of the previous version says that works. */
export interface OtherMember {
  readonly name: string;
  readonly answers: boolean;
  readonly version?: string;
  readonly isLearner?: boolean;
  readonly appliedIndex?: number;
  /** The member that it follows. */
  readonly follows?: string;
  /** The member that answers at its URL. */
  readonly reportsAs?: string;
}

export interface EtcdMachineOptions {
  /** A function says it anew at each start. */
  readonly newEtcd?: Fate | (() => Fate);
  /** The previous etcd when it starts again: it never serves data of the new one. */
  readonly oldEtcdRefuses?: boolean;
  /** Members beside the one of this machine. */
  readonly others?: readonly OtherMember[];
  /** The member that leads: cp1, the one of this machine, by default. */
  readonly leader?: string;
  /** What the member does when it is to transfer its leadership; by default, it does so. */
  readonly transfer?: () => Promise<void>;
  /** Tags of etcd's image. */
  readonly from?: string;
  readonly to?: string;
  /** What the member reports of itself. */
  readonly errors?: readonly string[];
  readonly extraArgs?: readonly { readonly name: string; readonly value: string }[];
}

export interface EtcdMachine extends Omit<StaticPodMachine, "ports"> {
  readonly upgrade: EtcdUpgrade;
  readonly ports: EtcdUpgradePorts;
  /** What was done to certificates. */
  readonly certificates: string[];
  /** The manifests of etcd that ran when the API server was stopped from serving. */
  readonly stoppedWith: string[];
  /** The members that were made the leader, the manifest of etcd that ran then, and whether the API server had stopped. */
  readonly transfers: { readonly to: string; readonly running: string | undefined; readonly afterStop: boolean }[];
  /** What is in the data directory: the version that wrote it, and "+ writes" for what the API servers wrote. */
  data(): Promise<string | undefined>;
  /** Members of the member list, in a cluster that was founded anew. */
  readonly founded: string[];
  readonly snapshots: number[];
}

export const manifest = "/etc/kubernetes/manifests/etcd.yaml";
export const directories = {
  upgradedManifests: "/etc/kubernetes/tmp/kubeadm-upgraded-manifests1",
  oldManifests: "/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-01-01-00-00-00",
  etcd: "/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-01-01-00-00-00",
};
export const dataDirectory = "/var/lib/etcd";
const version = `${dataDirectory}/member/version`;
const clientUrlOf = (address: string) => `https://${address}:2379`;
const logEntries = 10_000;
const database = new Uint8Array(4_096).fill(7);

export function manifestOf(imageTag: string, extraArgs: EtcdMachineOptions["extraArgs"] = []): string {
  return writeYaml(podOf(nodeOf(imageTag, extraArgs)));
}

export function nodeOf(imageTag: string, extraArgs: EtcdMachineOptions["extraArgs"] = []) {
  return nodeWith({ etcd: { local: { imageTag, dataDir: dataDirectory, extraArgs: [...extraArgs] } } });
}

function podOf(node: ReturnType<typeof nodeOf>) {
  if (!("local" in node.cluster.etcd)) throw new Error("etcd is external");
  return etcdPod(node, node.cluster.etcd.local);
}

export const oldManifest = manifestOf("3.6.8-0");
export const newManifest = manifestOf("3.7.0-0");

/** Returns the other members of a cluster of three. */
export function others(...answers: readonly [boolean, boolean]) {
  return ["cp2", "cp3"].map((name, index) => ({ name, answers: answers[index] === true }));
}

export async function outcomeOn({ upgrade, ports }: EtcdMachine): Promise<KubeadmError | "upgraded"> {
  try {
    const { settle } = await upgradeEtcd(upgrade, ports);
    await settle();
    return "upgraded";
  } catch (error) {
    if (error instanceof KubeadmError) return error;
    throw error;
  }
}

export async function failedUpgrade(options: EtcdMachineOptions) {
  const machine = await etcdMachine(options);
  const error = await outcomeOn(machine);
  if (error === "upgraded") throw new Error("the upgrade succeeded");
  return { machine, error };
}

/** Returns the types of the events of the upgrade. */
export function namesIn({ told }: EtcdMachine): readonly string[] {
  return told.map(({ type }) => type).filter((type) => type.startsWith("upgrade."));
}

/** Returns the files among the data and in the backup directory. */
export function filesLeft({ host }: EtcdMachine): readonly string[] {
  return Object.keys(host.files.snapshot()).filter(
    (path) => path.startsWith(dataDirectory) || path.startsWith(directories.etcd),
  );
}

/** Returns a machine in memory with a control plane whose etcd has data, and an upgrade of that etcd. */
export async function etcdMachine(options: EtcdMachineOptions = {}): Promise<EtcdMachine> {
  const { newEtcd: given = "serves", others = [], from = "3.6.8-0", to = "3.7.0-0", errors = [], extraArgs } = options;
  const oldManifest = manifestOf(from, extraArgs);
  const isOld = (text: string) => text.includes(imageIn(oldManifest));
  const fateOfNew = () => (typeof given === "function" ? given() : given);
  const machine = staticPodMachine({ etcd: oldManifest }, (text) => {
    const newEtcd = fateOfNew();
    if (isOld(text) || newEtcd === "serves" || newEtcd === "does not serve") return "runs";
    return newEtcd === "does not start" ? "ignored" : newEtcd;
  });
  const { host } = machine;
  const founded: string[] = [];
  const snapshots: number[] = [];
  const certificates: string[] = [];
  const stoppedWith: string[] = [];
  const transfers: EtcdMachine["transfers"] = [];
  const authority = await pem();
  for (const name of ["ca.crt", "healthcheck-client.crt", "healthcheck-client.key"]) {
    host.files.put(`/etc/kubernetes/pki/etcd/${name}`, authority);
  }
  host.files.put(version, "old");
  host.files.put(`${dataDirectory}/member/wal/0.wal`, "log");

  const data = async () => {
    const status = await host.files.status(version);
    return status === undefined ? undefined : host.files.readText(version);
  };
  let running: string | undefined = oldManifest;
  let hasStartedOld = true;
  /** What etcd does with its data when it starts. */
  const start = async (text: string) => {
    const found = await data();
    if (found === undefined) {
      founded.push(imageIn(text));
      host.files.put(version, isOld(text) ? "old" : "new");
    } else if (!isOld(text)) host.files.put(version, "new");
    hasStartedOld = isOld(text) && found === "old" && options.oldEtcdRefuses !== true;
  };
  const serves = async (): Promise<boolean> => {
    // The kubelet of the machine follows its manifests when it is asked for Pods.
    await machine.ports.connectRuntime().podSandboxes({ signal: machine.ports.signal, timeoutMs: 1_000 });
    const text = machine.running("etcd");
    if (text !== running && text !== undefined) await start(text);
    running = text;
    if (text === undefined) return false;
    const newEtcd = fateOfNew();
    return isOld(text) ? hasStartedOld : newEtcd === "serves" || newEtcd.startsWith("crashes");
  };
  const own: EtcdMember = memberOf("cp1", "192.0.2.10");
  let leader = options.leader ?? own.name;
  const members = [
    own,
    ...others.map(({ name, isLearner = false }, index) => ({ ...memberOf(name, `192.0.2.${11 + index}`), isLearner })),
  ];
  const answers = async (endpoint: string) => {
    if (endpoint === clientUrlOf("192.0.2.10")) return serves();
    return others.some(({ answers: does }, index) => does && endpoint === clientUrlOf(`192.0.2.${11 + index}`));
  };
  const refused = () => new EtcdError("unavailable", "connect: connection refused\u001b[31m\nforged line");
  const connectEtcd: ConnectEtcd = (endpoints): Etcd => ({
    members: async () => {
      for (const endpoint of endpoints) if (await answers(endpoint)) return members;
      throw refused();
    },
    status: async (endpoint) => {
      if (!(await answers(endpoint))) throw refused();
      const index = members.findIndex(({ clientUrls }) => clientUrls.includes(endpoint));
      const says = others[index - 1];
      const image = says === undefined ? imageIn(machine.running("etcd") ?? "") : `:${from}`;
      return {
        memberId: idOf(says?.reportsAs ?? says?.name ?? own.name),
        leaderId: idOf(says?.follows ?? leader),
        version: says?.version ?? releaseOf(image),
        isLearner: says?.isLearner ?? false,
        ...{ appliedIndex: says?.appliedIndex ?? logEntries, errors },
        ...{ databaseBytes: database.length, usedBytes: database.length, quotaBytes: 0 },
      };
    },
    snapshot: async function* (endpoint): AsyncGenerator<EtcdSnapshotPart> {
      if (!(await answers(endpoint))) throw refused();
      snapshots.push(host.clock.monotonic());
      yield { bytes: database, remainingBytes: 0 };
      yield { bytes: createHash("sha256").update(database).digest(), remainingBytes: 0 };
    },
    moveLeader: async (endpoint, id) => {
      if (!(await answers(endpoint))) throw refused();
      await options.transfer?.();
      leader = members.find((member) => member.id === id)?.name ?? "";
      transfers.push({ to: leader, running: machine.running("etcd"), afterStop: stoppedWith.length > 0 });
    },
    addLearner: () => Promise.reject(new Error("an upgrade adds no member")),
    promote: () => Promise.reject(new Error("an upgrade promotes no member")),
    remove: () => Promise.reject(new Error("an upgrade removes no member")),
    close: () => undefined,
  });
  host.commands.install("cp", (call) => tree(machine, call));
  host.commands.install("mv", (call) => tree(machine, call));
  host.commands.install("sync", {});
  return {
    ...machine,
    founded,
    snapshots,
    certificates,
    stoppedWith,
    transfers,
    data,
    upgrade: {
      node: nodeOf(to, extraArgs),
      patches: [],
      apiServerChanges: true,
      stopServing: async () => void stoppedWith.push(machine.running("etcd") ?? ""),
      directories,
      certificates: {
        prepare: async () => void certificates.push("prepared"),
        renew: async () => void certificates.push("renewed"),
        restore: async () => void certificates.push("restored"),
      },
    },
    ports: { ...machine.ports, commands: host.commands, mounts: host.mounts, connectEtcd },
  };
}

function imageIn(text: string): string {
  return /image: (\S+)/.exec(text)?.[1] ?? "";
}

function releaseOf(image: string): string {
  return /:(\d+\.\d+\.\d+)-\d+$/.exec(image)?.[1] ?? "";
}

function memberOf(name: string, address: string): EtcdMember {
  const urls = { peerUrls: [`https://${address}:2380`], clientUrls: [clientUrlOf(address)] };
  return { id: idOf(name), name, ...urls, isLearner: false };
}

function idOf(name: string): string {
  return createHash("md5").update(name).digest("hex").slice(0, 12);
}

/** cp -a and mv -T of directories: those of the data must not be used while etcd runs. */
async function tree({ host, running }: StaticPodMachine, { argv }: CommandCall) {
  const [program] = argv;
  const [from = "", to = ""] = argv.slice(-2);
  const isData = [from, to].some((path) => path.startsWith(dataDirectory));
  if (isData && running("etcd") !== undefined) return { exitCode: 1, stderr: "etcd runs" };
  if ((await host.files.status(to)) !== undefined) return { exitCode: 1, stderr: `${to}: File exists` };
  const entries = Object.entries(host.files.snapshot()).filter(([path]) => path.startsWith(`${from}/`));
  if (entries.length === 0) return { exitCode: 1, stderr: `${from}: No such file or directory` };
  for (const [path, content] of entries) host.files.put(`${to}${path.slice(from.length)}`, content);
  if (program === "mv") await host.files.remove(from, { recursive: true });
  return {};
}

let authority: Promise<string> | undefined;
function pem(): Promise<string> {
  authority ??= generateKeys("ECDSA-P256").then(async (keys) => {
    const validity = { notBefore: new Date("2025-01-01"), notAfter: new Date("2035-01-01") };
    return (await createCertificateAuthority({ commonName: "etcd-ca", keys, ...validity })).certificatePem;
  });
  return authority;
}
