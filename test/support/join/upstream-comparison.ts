// A join by this program and one by upstream's, on hosts of one cluster, and what upstream's left and asked when it was
// recorded (test/golden/join).
import { expect } from "vitest";
import { cgroupVersion, UPSTREAM } from "../../../lab/cluster.ts";
import { parseCertificateRequest } from "../../../src/pki/x509.ts";
import {
  createToken,
  type NodeFields,
  type SigningRequest,
  settledNode,
  signingRequestsOf,
} from "./cluster-actions.ts";
import { goldenFile, isBootstrap, requestLine } from "./golden-worker.ts";
import { join } from "./joining.ts";
import type { LabMachine, LabStage } from "./lab-stage.ts";
import type { Outcome, StageRequest } from "./stage.ts";

export interface JoinedPair {
  readonly ours: JoinRecord;
  readonly upstreams: JoinRecord;
}

export interface JoinRecord {
  readonly output: Outcome;
  /** `type mode owner path`, and the target of a link. */
  readonly tree: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  readonly requests: readonly StageRequest[];
  readonly signingRequests: readonly SigningRequest[];
  readonly node: NodeFields;
}

export async function joinBoth(stage: LabStage): Promise<JoinedPair> {
  await using mine = await stage.addMachine({ hostname: "ours" });
  await using theirs = await stage.addMachine({ hostname: "upstreams" });
  return {
    ours: await record(stage, mine, (args) => join(mine, args)),
    upstreams: await record(stage, theirs, async (args) => {
      const { exitCode, stdout, stderr } = await theirs.host.run([UPSTREAM, "join", ...args, ...theirs.checkArguments]);
      return { status: exitCode, stdout, stderr };
    }),
  };
}

async function record(
  { cluster }: LabStage,
  machine: LabMachine,
  run: (args: readonly string[]) => Promise<Outcome>,
): Promise<JoinRecord> {
  const token = await createToken(cluster);
  const [tokenId = "", tokenSecret = ""] = token.split(".");
  const output = await run([cluster.endpoint, "--token", token, "--discovery-token-ca-cert-hash", cluster.caPin]);
  expect(output, output.stderr).toMatchObject({ status: 0 });
  await machine.becomesNode(machine.hostname);
  const signingRequests = await signingRequestsOf(cluster, `system:bootstrap:${tokenId}`);
  const mapped = (text: string) =>
    text
      .replaceAll(Buffer.from(cluster.caCertificatePem).toString("base64"), "<CA-CERT-BASE64>")
      .replaceAll(`https://${cluster.endpoint}`, "https://<ENDPOINT>")
      .replaceAll(tokenId, "<TOKEN-ID>")
      .replaceAll(tokenSecret, "<TOKEN-SECRET>")
      .replaceAll(/csr-[a-z0-9]{5}\b/g, "csr-<RANDOM>")
      .replaceAll(new RegExp(`\\b${machine.hostname}\\b`, "g"), "w1")
      .replaceAll(/kubelet-client-\d{4}(-\d\d){5}\.pem/g, "kubelet-client-<TIMESTAMP>.pem");
  const entries = await machine.host.readTree(["/etc/kubernetes", "/var/lib/kubelet"]);
  const node = JSON.parse(mapped(JSON.stringify(await settledNode(cluster, machine.hostname)))) as NodeFields;
  return {
    output: { ...output, stdout: mapped(output.stdout) },
    tree: entries.map(({ type, mode, uid, gid, path, target }) =>
      mapped([type, mode.toString(8).padStart(4, "0"), `${uid}:${gid}`, path, target ?? ""].join(" ").trim()),
    ),
    files: new Map(entries.map(({ path, content }) => [mapped(path), mapped(content?.toString("utf8") ?? "")])),
    requests: (await machine.requests()).map((request) => ({
      ...request,
      path: mapped(request.path),
      user: mapped(request.user),
    })),
    signingRequests,
    node,
  };
}

/**
 * What the kubelet's work since the join decides, no matter who joined it; `.123` is a file that it is just writing.
 */
const kubeletsAffair =
  /\/var\/lib\/kubelet\/((pods|pods-api|plugins|plugins_registry|device-plugins|pod-resources)\/.|\.\d+$)/;
/** There before any join. */
const given = / \/var\/lib\/kubelet$/;

export function comparableTree(tree: readonly string[]): readonly string[] {
  return tree.filter((line) => !kubeletsAffair.test(line) && !given.test(line)).toSorted();
}

/** The recorded file as this machine's cluster would have it. */
export function expectedFile(name: string): string {
  // The recorded cluster's setting for control groups of version 1.
  return cgroupVersion() === 1 ? goldenFile(name) : goldenFile(name).replace("failCgroupV1: false\n", "");
}

export function requestsOf(record: JoinRecord, agent: "kubeadm" | "kubelet"): readonly string[] {
  return record.requests
    .filter(({ userAgent, user }) => userAgent.startsWith(agent) && isBootstrap(user))
    .map(requestLine);
}

export async function signingRequestFields({ signingRequests }: JoinRecord): Promise<readonly unknown[]> {
  return Promise.all(
    signingRequests.map(async ({ metadata, spec, status }) => {
      const { request, username: _token, uid: _uid, ...rest } = spec as SigningRequest["spec"] & { uid?: string };
      const { subject, publicKey } = await parseCertificateRequest(Buffer.from(request, "base64").toString());
      const { commonName, ...others } = subject;
      return {
        name: metadata.name.replace(/-[a-z0-9]{5}$/, "-<RANDOM>"),
        spec: rest,
        subject: { ...others, commonName: commonName.replace(/(ours|upstreams)$/, "<NODE>") },
        key: [publicKey.asymmetricKeyType, publicKey.asymmetricKeyDetails],
        conditions: status?.conditions?.map(({ type, status: state, reason, message }) => {
          return { type, status: state, reason, message };
        }),
      };
    }),
  );
}

/** What a join decides about a Node; the rest is the machine's, or of the moment. */
export function nodeFields({ node }: JoinRecord): unknown {
  const { metadata, spec } = node;
  const { labels, annotations } = metadata;
  const { podCIDR: _cidr, podCIDRs: _cidrs, ...registered } = spec;
  return { labels, annotations, registered };
}

/** Kinds and order of what is in the kubelet's file of certificate and key. */
export function clientCertificateBlocks({ files }: JoinRecord): readonly string[] {
  const text = files.get("/var/lib/kubelet/pki/kubelet-client-<TIMESTAMP>.pem") ?? "";
  return [...text.matchAll(/-----BEGIN (.*?)-----/g)].map(([, label = ""]) => label);
}

/** The lines that scripts look for; times differ from run to run. */
export function progressLines({ output }: JoinRecord): readonly string[] {
  const lines = output.stdout.split("\n").filter((line) => line.startsWith("["));
  return lines.map((line) => line.replace(/healthy after .*/, "healthy after <TIME>"));
}
