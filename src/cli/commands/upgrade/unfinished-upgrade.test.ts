// What becomes of an upgrade on a machine that has the journal of another one.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { goodFiles } from "../../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { addNode, type OldCluster, runUpgrade, startOldCluster } from "../../../../test/support/upgrade/old-cluster.ts";
import { startReleaseServer } from "../../../../test/support/upgrade/release-server.ts";
import { type HttpRequest, type HttpResponse, TransportError } from "../../../cluster/transport.ts";
import { resources } from "../../../embedded/control-plane/index.ts";
import { decodeJournal, digestOf, encodeJournal, type Journal } from "../../../journal/journal.ts";
import { copiesDirectory, journalPath } from "../../../journal/places.ts";

let cluster: OldCluster;
beforeAll(async () => {
  cluster = await startOldCluster();
  addNode(cluster.controlPlane, "worker-1");
});
afterAll(() => cluster[Symbol.asyncDispose]());

const socket = "unix:///var/run/containerd/containerd.sock";
const kubeletConfiguration = "/var/lib/kubelet/config.yaml";
const environment = "/var/lib/kubelet/kubeadm-flags.env";
const kubelet = {
  [kubeletConfiguration]: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n",
  "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: "${socket}"\n`,
  [environment]: 'KUBELET_KUBEADM_ARGS=""\n',
};
const none = "preflight,control-plane,upload-config,kubeconfig,kubelet-config,bootstrap-token,addon,post-upgrade";
const preflightOnly = `--skip-phases ${none.replace("preflight,", "")}`;

type Setting = NonNullable<Parameters<typeof runUpgrade>[2]>;

/** Runs a command on cp1. Its control plane has no certificates, and no etcd: the phase control-plane fails. */
function onControlPlane(line: string, { files, ...more }: Setting = {}) {
  return runUpgrade(cluster, line, {
    files: { ...goodFiles, ...cluster.files, ...kubelet, ...files },
    clock: { start: new Date("2026-01-02T03:04:05Z"), automatic: true },
    commands: { kubelet: { stdout: "Kubernetes v1.36.3\n" } },
    connectContainerRuntime: memoryContainerRuntimes({ [socket]: memoryRuntime() }),
    ...more,
  });
}

/** The journal that a command leaves on cp1 if it is killed in the phase control-plane. */
async function killed(line: string, more: Setting = {}): Promise<Journal> {
  const { host } = await onControlPlane(line, more);
  const { failure, phases, ...journal } = decodeJournal(await host.files.readText(journalPath));
  expect(failure).toMatch(/^(CERTIFICATE_INVALID|MANIFEST_MISSING)$/);
  return {
    ...journal,
    phases: phases.map((phase) => (phase.state === "failed" ? { ...phase, state: "running" } : phase)),
  };
}

/** The journal of a run that was killed in the last phase, which has replaced the file of the kubelet's flags. */
function killedAtEnd(journal: Journal): Journal {
  const file = (content: string) => ({ kind: "file" as const, digest: digestOf(content), mode: 0o644 });
  const before = { ...file("before\n"), copy: "1" };
  return {
    ...journal,
    phases: [
      ...journal.phases.map(({ name }) => ({ name, state: "done" as const })),
      { name: "post-upgrade", state: "running" },
    ],
    files: [...journal.files, { path: environment, phase: "post-upgrade", before, after: file(kubelet[environment]) }],
  };
}

const left = (journal: Journal) => ({ [journalPath]: encodeJournal(journal), [`${copiesDirectory}/1`]: "before\n" });
const codeOf = (stderr: string) => /^code: (.*)$/m.exec(stderr)?.[1];
const question = "Are you sure you want to proceed?";
const passed = "interrupted; skipping them";

describe("upgrade apply on a machine with an unfinished upgrade", () => {
  it.each<[string, string, (journal: Journal) => Journal, string]>([
    ["of another version", "apply v1.37.1 --yes", (journal) => journal, "v1.37.2"],
    ["of upgrade node", "node", (journal) => journal, "v1.37.2"],
    ["whose control plane was done", "apply v1.37.2 --yes --etcd-upgrade=false", killedAtEnd, "v1.37.2"],
  ])("asks, and changes nothing without a yes: one %s", async (_, first, edit, version) => {
    const files = left(edit(await killed(first)));
    const { stdout, stderr, host } = await onControlPlane(`apply ${version}`, { files, input: ["n"] });
    expect(stdout).toContain(`[upgrade/versions] Cluster version: v1.36.3\n`);
    expect(stdout).toContain(question);
    expect(stderr).not.toContain(passed);
    expect(codeOf(stderr)).toBe("UPGRADE_NOT_CONFIRMED");
    expect(stderr).toContain("All its phases run again");
    expect(await host.files.readText(journalPath)).toBe(files[journalPath]);
    expect(await host.files.readText(environment)).toBe(kubelet[environment]);
  });

  it("refuses a version that the policy refuses, whatever is unfinished", async () => {
    const files = left(await killed("apply v1.37.1 --yes"));
    const { stderr, host } = await onControlPlane("apply v1.38.0 --yes", { files });
    expect(codeOf(stderr)).toBe("UPGRADE_VERSION_REFUSED");
    expect(await host.files.readText(journalPath)).toBe(files[journalPath]);
  });

  it.each([
    ["with the same options", `apply v1.37.2 ${preflightOnly}`],
    ["with other options", `apply 1.37.2 --certificate-renewal=false ${preflightOnly}`],
  ])("continues with the control plane of the same version without checks and question, %s", async (_, line) => {
    const { status, stdout, stderr } = await onControlPlane(line, { files: left(await killed("apply v1.37.2 --yes")) });
    expect(status, stderr).toBe(0);
    expect(stderr).toContain(passed);
    expect(stdout).not.toContain(question);
  });

  it("asks if a label has become another version", async () => {
    const serving = (version: string) => startReleaseServer({ "cdn.dl.k8s.io/release/stable.txt": version });
    await using previous = await serving("v1.37.1");
    const files = left(await killed("apply stable --yes", { releases: previous }));
    const again = await onControlPlane(`apply stable ${preflightOnly}`, { files, releases: previous });
    expect(again.stderr).toContain(passed);
    await using later = await serving("v1.37.2");
    const { stdout, stderr } = await onControlPlane("apply stable", { files, releases: later, input: ["n"] });
    expect(stdout).toContain(question);
    expect(stderr).toContain(
      "the unfinished upgrade apply on this machine upgrades to v1.37.1, and this one to v1.37.2: all its phases run again",
    );
  });
});

const server = "https://127.0.0.1:6443";
const status = (code: number, reason: string): HttpResponse => {
  const text = JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message: reason, reason, code });
  return {
    status: code,
    headers: {},
    text: async () => text,
    async *lines() {
      yield text;
    },
  };
};
type Answer = () => HttpResponse;
const failing =
  (code: ConstructorParameters<typeof TransportError>[0]): Answer =>
  () => {
    throw new TransportError(code, server, `dial tcp: ${code}`);
  };
const forConfiguration = (answer: Answer) => async (request: HttpRequest, send: () => Promise<HttpResponse>) =>
  new URL(request.url).pathname.endsWith("/configmaps/kubeadm-config") ? answer() : send();

describe("an upgrade whose cluster does not respond", () => {
  it.each<[string, string, string, string]>([
    ["apply to another version", "apply v1.37.1 --yes", "apply v1.37.2 --yes", "kubeadm upgrade apply v1.37.1"],
    ["apply after upgrade node", "node", "apply v1.37.2 --yes", "kubeadm upgrade node"],
    ["node after upgrade apply", "apply v1.37.1 --yes", "node", "kubeadm upgrade apply v1.37.1"],
  ])("is refused, with the command to finish first: %s", async (_, first, second, command) => {
    const files = left(await killed(first));
    const intercept = forConfiguration(failing("refused"));
    const { stderr, host } = await onControlPlane(second, { files, intercept });
    expect(codeOf(stderr)).toBe("RUN_UNFINISHED");
    expect(stderr).toContain(`the cluster does not respond, and "${command}" is unfinished on this machine: `);
    expect(stderr).toMatch(/^remedy: Finish the unfinished upgrade first, with kubeadm/m);
    expect(await host.files.readText(journalPath)).toBe(files[journalPath]);
  });

  it.each<[string, Answer]>([
    ["connections are refused", failing("refused")],
    ["requests time out", failing("timed-out")],
    ["the API server is not ready", () => status(503, "ServiceUnavailable")],
  ])("continues with what the interrupted run has read if %s", async (_, answer) => {
    const files = left(await killed("apply v1.37.2 --yes"));
    const more = { files, intercept: forConfiguration(answer) };
    const { status: code, stderr } = await onControlPlane(`apply v1.37.2 --skip-phases ${none}`, more);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("the upgrade continues with what it read before");
  });

  it.each<[string, Answer, string]>([
    ["refuses the user", () => status(403, "Forbidden"), "CLUSTER_REQUEST_FAILED"],
    ["has no such configuration", () => status(404, "NotFound"), "CLUSTER_READ_FAILED"],
    ["has a certificate of another CA", failing("certificate-untrusted"), "CLUSTER_REQUEST_FAILED"],
  ])("is no reason to continue with that if the server %s", async (_, answer, code) => {
    const files = left(await killed("apply v1.37.2 --yes"));
    const more = { files, intercept: forConfiguration(answer) };
    const { stderr } = await onControlPlane(`apply v1.37.2 --skip-phases ${none}`, more);
    expect(codeOf(stderr)).toBe(code);
    expect(stderr).not.toContain("continues with what it read before");
  });

  it("is no reason to continue with that if the configuration cannot be read", async () => {
    const files = left(await killed("apply v1.37.2 --yes"));
    const { storage } = cluster.controlPlane;
    const key = { namespace: "kube-system", name: "kubeadm-config" };
    const before = storage.get(resources.configMaps, key);
    storage.update(resources.configMaps, key, {}, (map) => ({ ...map, data: { ClusterConfiguration: "kind: [" } }));
    const { status: code, stderr } = await onControlPlane(`apply v1.37.2 --skip-phases ${none}`, { files });
    storage.update(resources.configMaps, key, {}, (map) => ({ ...map, data: before?.["data"] }));
    expect(code).toBe(1);
    expect(stderr).not.toContain("continues with what it read before");
  });
});

describe("upgrade node on a worker whose kubelet-config was done by an unfinished upgrade", () => {
  const patch = { "/p/kubeletconfiguration.yaml": "maxPods: 88\n" };
  const onWorker = async (files: Setting["files"]) => {
    const kubeconfig = await cluster.controlPlane.createKubeconfig({
      commonName: "system:node:worker-1",
      organizations: ["system:nodes"],
    });
    const absent = Object.fromEntries(Object.keys(cluster.files).map((path) => [path, undefined]));
    return onControlPlane("node --patches /p", {
      files: { ...absent, "/etc/kubernetes/kubelet.conf": kubeconfig, ...files },
    });
  };

  it.each<[string, string, (journal: Journal) => Journal]>([
    ["skips it", "", (journal) => journal],
    [
      "does it again if the cluster has another version since",
      "the unfinished upgrade node on this machine upgrades to v1.36.2, and this one to v1.36.3: all its phases run again",
      (journal) => ({ ...journal, remembered: { ...journal.remembered, kubernetesVersion: "v1.36.2" } }),
    ],
    [
      "does it again if another version of the program did it",
      "differs in the program (kubeadm-ts 0.0.1). All its phases run again",
      (journal) => ({ ...journal, program: "kubeadm-ts 0.0.1" }),
    ],
  ])("%s", async (_, warning, edit) => {
    const broken = { "/p/kubeletconfiguration+json.yaml": "- {op: remove, path: /none}\n" };
    const first = await onWorker(broken);
    const { failure, ...journal } = decodeJournal(await first.host.files.readText(journalPath));
    expect(failure).toBeDefined();
    const phases = journal.phases.map(({ name }) => ({ name, state: "done" as const }));
    const second = await onWorker({ ...patch, ...left(edit({ ...journal, phases, files: [] })) });
    expect(second.status, second.stderr).toBe(0);
    expect(second.stdout).not.toMatch(/that stopped .* in /);
    const isDoneAgain = (await second.host.files.readText(kubeletConfiguration)).includes("\nmaxPods: 88\n");
    expect(isDoneAgain).toBe(warning !== "");
    if (warning !== "") expect(second.stderr).toContain(warning);
  });
});
