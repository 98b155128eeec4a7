// What upstream's join of a worker left and asked when it was recorded, and where ours differs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StageRequest } from "./stage.ts";

const golden = join(import.meta.dirname, "../../golden/join/worker");

export function goldenFile(name: string): string {
  return readFileSync(join(golden, name), "utf8");
}

function goldenRows(name: string): readonly Readonly<Record<string, string>>[] {
  const [header = "", ...lines] = goldenFile(name).trimEnd().split("\n");
  const columns = header.replace(/^# /, "").split("\t");
  return lines.map((line) => {
    const values = line.split("\t");
    return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? ""]));
  });
}

export function goldenTree(): readonly string[] {
  const types: Readonly<Record<string, string>> = { dir: "directory" };
  return goldenRows("tree.tsv")
    .filter((row) => row["state"] === "created")
    .map((row) => {
      const { type = "", mode, owner, path, link = "" } = row as Record<string, string>;
      return `${types[type] ?? type} ${mode} ${owner} ${path} ${link.replace(/^-( > |> )?/, "").trim()}`.trim();
    });
}

export function goldenRequests(agent: "kubeadm" | "kubelet"): readonly string[] {
  return goldenRows("requests.tsv")
    .filter((row) => row["agent"] === agent && isBootstrap(row["user"] ?? ""))
    .map(({ verb = "", path = "", code = "", user = "" }) => requestLine({ verb, path, code: Number(code), user }));
}

/** Up to the certificate: anyone who has one speaks as the node. */
export function isBootstrap(user: string): boolean {
  return user === "system:anonymous" || user.startsWith("system:bootstrap:");
}

/** The length of a watch is random in upstream's client, too. */
export function requestLine({ verb, path, code, user }: Omit<StageRequest, "userAgent">): string {
  return `${verb} ${path.replace(/&timeout=[^&]*&timeoutSeconds=[^&]*/, "")} ${code} ${user}`;
}

interface Difference {
  readonly request: string;
  readonly reason: string;
}

const csrs = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const asToken = "system:bootstrap:<TOKEN-ID>";

/** What our program asks and upstream's does not, in order. */
export const requestsOfOurs: readonly Difference[] = [
  {
    request: `create /apis/authorization.k8s.io/v1/selfsubjectaccessreviews 201 ${asToken}`,
    reason: "whether the cluster will approve by itself: only then is it worth asking in the kubelet's stead",
  },
  {
    request: `create ${csrs} 201 ${asToken}`,
    reason: "the kubelet's request, made while the kubelet is configured, so that it starts with its certificate",
  },
  {
    request: `watch ${csrs}?fieldSelector=metadata.name%3Dcsr-<RANDOM>&watch=true&allowWatchBookmarks=true&timeoutSeconds=300 200 ${asToken}`,
    reason: "its outcome; a watch without a resourceVersion begins with what is there, so that no list is needed",
  },
];

/** What the kubelet asks after upstream's join, and our program has asked already. */
export const requestsOfKubelet: readonly Difference[] = [
  { request: `create ${csrs} 201 ${asToken}`, reason: "made by the join" },
  { request: `list ${csrs}?fieldSelector=metadata.name%3Dcsr-<RANDOM> 200 ${asToken}`, reason: "part of the wait" },
  {
    request: `watch ${csrs}?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dcsr-<RANDOM>&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true 200 ${asToken}`,
    reason: "part of the wait",
  },
];
