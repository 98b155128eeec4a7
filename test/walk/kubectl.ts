import type { Outcome } from "../support/join/stage.ts";
import type { WalkWorld } from "./walk-world.ts";

interface CertificateSigningRequest {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly username: string };
  readonly status?: {
    readonly certificate?: string;
    readonly conditions?: readonly { readonly type: string }[];
  };
}

interface Node {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

const csrs = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const role = "node-role.kubernetes.io/";

/** The commands of kubectl that the page shows, for machines that have no kubectl. */
export async function kubectl(args: readonly string[], { request }: Pick<WalkWorld, "request">): Promise<Outcome> {
  const [line, last = ""] = [args.join(" "), args.at(-1)];
  if (line === "get nodes") return printed((await listed<Node>("/api/v1/nodes", request)).map(nodeRow));
  if (line === "get csr") return printed((await listed<CertificateSigningRequest>(csrs, request)).map(requestRow));
  if (line.startsWith("certificate approve ")) {
    await approve(last, request);
    return printed([`certificatesigningrequest.certificates.k8s.io/${last} approved`]);
  }
  if (line.startsWith("delete clusterrolebinding ")) {
    await request("DELETE", `${rbac}/clusterrolebindings/${last}`);
    return printed([`clusterrolebinding.rbac.authorization.k8s.io "${last}" deleted`]);
  }
  if (line.startsWith("-n kube-public delete rolebinding ")) {
    await request("DELETE", `${rbac}/namespaces/kube-public/rolebindings/${last}`);
    return printed([`rolebinding.rbac.authorization.k8s.io "${last}" deleted`]);
  }
  if (line === "-n kube-public get cm cluster-info -o jsonpath={.data.kubeconfig}") {
    const path = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
    const { data } = (await request("GET", path)) as { data: { kubeconfig: string } };
    return { status: 0, stdout: data.kubeconfig, stderr: "" };
  }
  throw new Error(`the page has no such command: kubectl ${line}`);
}

function printed(lines: readonly string[]): Outcome {
  return { status: 0, stdout: lines.map((line) => `${line}\n`).join(""), stderr: "" };
}

async function listed<T>(path: string, request: WalkWorld["request"]): Promise<readonly T[]> {
  return ((await request("GET", path)) as { items: readonly T[] }).items;
}

function nodeRow({ metadata }: Node): string {
  const roles = Object.keys(metadata.labels).filter((label) => label.startsWith(role));
  return `${metadata.name}   ${roles.map((label) => label.slice(role.length)).join(",") || "<none>"}`;
}

function requestRow({ metadata, spec, status }: CertificateSigningRequest): string {
  const conditions = (status?.conditions ?? []).map(({ type }) => type);
  const all = [...conditions, ...(status?.certificate === undefined ? [] : ["Issued"])];
  return `${metadata.name}   ${spec.username}   ${all.join(",") || "Pending"}`;
}

async function approve(name: string, request: WalkWorld["request"]): Promise<void> {
  const found = (await request("GET", `${csrs}/${name}`)) as CertificateSigningRequest;
  const condition = { type: "Approved", status: "True", reason: "KubectlApprove", message: "approved manually" };
  await request("PUT", `${csrs}/${name}/approval`, { ...found, status: { ...found.status, conditions: [condition] } });
}
