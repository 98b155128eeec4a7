import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type AddressFamilies, type AddressPlan, planAddresses } from "./addresses.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/**
 * What a lab has taken from the machine. Written before each resource is taken, so that a killed run can be removed.
 */
export interface LabState {
  readonly format: 1;
  readonly name: string;
  readonly subnet: string;
  /** Default "ipv4". */
  readonly families?: AddressFamilies | undefined;
  readonly kubernetes: string;
  /** The version whose images and programs the hosts have besides. */
  readonly upgradeTo?: string | undefined;
  /** The process that takes the lab down when it ends. A lab without one stays until `lab down`. */
  readonly owner?: ProcessIdentity | undefined;
  readonly hosts: readonly HostState[];
  readonly cluster?: ClusterState | undefined;
}

export interface HostState {
  readonly name: string;
  /** The first address; the others follow from it. */
  readonly address: string;
  readonly cgroups: readonly string[];
  /** Absent until they run. */
  readonly nspawn?: ProcessIdentity | undefined;
  readonly init?: ProcessIdentity | undefined;
}

/** How to reach the cluster and join it. Contains secrets: only the owner can read the state file. */
export interface ClusterState {
  /** The first control plane, or the one that has the shared address. */
  readonly controlPlane: string;
  /** host:port. */
  readonly endpoint: string;
  /** The endpoint stays when that control plane is removed. */
  readonly shared?: boolean | undefined;
  readonly token: string;
  readonly caCertHash: string;
  readonly certificateKey: string;
}

export function planOf({ subnet, families }: LabState): AddressPlan {
  return planAddresses(subnet, families);
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$/;

export function checkName(kind: "lab" | "host", name: string): string {
  if (NAME.test(name)) return name;
  throw new Error(`"${name}" is no name for a ${kind}: up to 16 lower-case letters, digits and inner hyphens`);
}

export function labDirectory(cache: string, name: string): string {
  return join(cache, "labs", name);
}

export function hostDirectory(cache: string, lab: string, host: string): string {
  return join(labDirectory(cache, lab), "hosts", host);
}

export function lockFile(cache: string, lab: string): string {
  return join(cache, "locks", `lab.${lab}.lock`);
}

function stateFile(cache: string, name: string): string {
  return join(labDirectory(cache, name), "state.json");
}

export function saveState(cache: string, state: LabState): void {
  const file = stateFile(cache, state.name);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function loadState(cache: string, name: string): LabState | undefined {
  let text: string;
  try {
    text = readFileSync(stateFile(cache, name), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const state: unknown = JSON.parse(text);
  if (!isLabState(state)) throw new Error(`${stateFile(cache, name)} has an unknown format`);
  return state;
}

/** The file was written by the lab, so the number of its format is enough to trust the rest. */
function isLabState(value: unknown): value is LabState {
  return typeof value === "object" && value !== null && "format" in value && value.format === 1;
}

export function listLabs(cache: string): string[] {
  try {
    return readdirSync(join(cache, "labs")).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

export function withHost(state: LabState, host: HostState): LabState {
  const others = state.hosts.filter(({ name }) => name !== host.name);
  return { ...state, hosts: [...others, host] };
}

export function withoutHost(state: LabState, name: string): LabState {
  const hosts = state.hosts.filter((host) => host.name !== name);
  if (state.cluster?.controlPlane !== name || state.cluster.shared === true) return { ...state, hosts };
  const { cluster: _gone, ...rest } = state;
  return { ...rest, hosts };
}
