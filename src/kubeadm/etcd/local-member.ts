import { parseIp } from "../../addresses/ip-address.ts";
import { hostOf } from "../../addresses/url-address.ts";
import { anyOf, orElse } from "../../async/or-else.ts";
import { isKubeadmError } from "../../errors/kubeadm-error.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { YamlError } from "../../go/yaml/yaml-error.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import type { JsonValue } from "../../values/json.ts";
import { isList, isObject } from "../../values/json.ts";
import { lastFlag, readManifestContainer } from "../control-plane/component-endpoints.ts";
import { etcdClientUrl, etcdPeerUrl, type InitialMember } from "../control-plane/etcd-pod.ts";
import { etcdManifestPath } from "../paths.ts";

/** This machine's etcd member, as read from its static Pod. */
export interface LocalMember {
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  /** Peer URLs of all members when the Pod was written. */
  readonly initialPeerUrls: readonly string[];
  /** Path on this machine; undefined if the Pod has no such volume. */
  readonly dataDirectory?: string;
  /** The directory of kubeadm's certificates, if those of etcd are in it. */
  readonly certificatesDirectory?: string;
}

/** Reads the member; undefined if this machine has no such Pod, or an invalid one. */
export async function readLocalMember(files: Pick<Files, "readText">): Promise<LocalMember | undefined> {
  return orElse(undefined, anyOf(FileError, YamlError), async () =>
    memberIn(toJson(readYaml(await files.readText(etcdManifestPath)))),
  );
}

/**
 * Returns the peer URL that a join announces for this machine, from the static Pod of its API server, which is written
 * first. Undefined if there is no such Pod.
 */
export async function announcedPeerUrl(files: Pick<Files, "readText">): Promise<string | undefined> {
  const address = lastFlag(await apiServerArguments(files), "advertise-address") ?? "";
  return parseIp(address) === undefined ? undefined : etcdPeerUrl(address);
}

/**
 * Reports whether the static Pod of this machine's API server uses only etcd servers on other machines; false if the
 * Pod is missing or invalid.
 */
export async function usesEtcdElsewhere(files: Pick<Files, "readText">): Promise<boolean> {
  const { own, all } = await etcdServers(files);
  return all.some((url) => URL.canParse(url)) && own.length === 0;
}

/** Reports whether the static Pod of this machine's API server uses one etcd server, which is on this machine. */
export async function usesOnlyLocalEtcd(files: Pick<Files, "readText">): Promise<boolean> {
  const { own, all } = await etcdServers(files);
  return all.length === 1 && own.length === 1;
}

/** Returns the etcd servers of this machine's API server, and those among them that are on this machine. */
async function etcdServers(files: Pick<Files, "readText">) {
  const argv = await apiServerArguments(files);
  const all = parts(lastFlag(argv, "etcd-servers") ?? "");
  const hosts = new Set(["127.0.0.1", "::1", "localhost", lastFlag(argv, "advertise-address")]);
  const isOwn = (url: string) => hosts.has(hostOf(new URL(url)));
  return { all, own: all.filter((url) => URL.canParse(url) && isOwn(url)) };
}

/** Returns the members of `--initial-cluster`: `cp1=https://192.0.2.10:2380,cp2=…`. */
export function initialMembersOf(initialCluster: string): readonly InitialMember[] {
  return parts(initialCluster).map((entry) => {
    const end = entry.indexOf("=");
    return { name: entry.slice(0, Math.max(0, end)), peerUrl: entry.slice(end + 1) };
  });
}

/** Returns the peer URLs of `--initial-cluster`. */
export function peerUrlsOf(initialCluster: string): readonly string[] {
  return initialMembersOf(initialCluster).map(({ peerUrl }) => peerUrl);
}

/** Returns where members with these peer URLs listen to clients, if kubeadm configured them. */
export function guessedClientUrls(peerUrls: readonly string[]): readonly string[] {
  return peerUrls.flatMap((url) => (URL.canParse(url) ? [etcdClientUrl(hostOf(new URL(url)))] : []));
}

async function apiServerArguments(files: Pick<Files, "readText">): Promise<readonly string[]> {
  try {
    return (await readManifestContainer("kube-apiserver", files)).argv;
  } catch (error) {
    if (error instanceof FileError || (isKubeadmError(error) && error.code === "MANIFEST_INVALID")) return [];
    throw error;
  }
}

function memberIn(pod: JsonValue): LocalMember | undefined {
  const spec = isObject(pod) ? pod["spec"] : undefined;
  if (!isObject(spec)) return undefined;
  const [container] = objects(spec["containers"]);
  const words = [...texts(container?.["command"]), ...texts(container?.["args"])];
  const flag = (name: string) => lastFlag(words, name) ?? "";
  const dataDirectory = hostPathOf("etcd-data", spec["volumes"]);
  const certificatesDirectory = /^(\/.+)\/etcd\/ca\.crt$/.exec(flag("trusted-ca-file"))?.[1];
  return {
    name: flag("name"),
    peerUrls: parts(flag("initial-advertise-peer-urls")),
    clientUrls: parts(flag("advertise-client-urls")),
    initialPeerUrls: peerUrlsOf(flag("initial-cluster")),
    ...defined({ dataDirectory, certificatesDirectory }),
  };
}

function hostPathOf(name: string, volumes: JsonValue | undefined): string | undefined {
  const volume = objects(volumes).find((each) => each["name"] === name);
  const hostPath = volume?.["hostPath"];
  const path = isObject(hostPath) ? hostPath["path"] : undefined;
  return typeof path === "string" && path.startsWith("/") ? path : undefined;
}

function objects(value: JsonValue | undefined) {
  return isList(value) ? value.filter((each) => isObject(each)) : [];
}

function texts(value: JsonValue | undefined): readonly string[] {
  return isList(value) ? value.filter((each) => typeof each === "string") : [];
}

function parts(list: string): readonly string[] {
  return list.split(",").filter((part) => part !== "");
}
