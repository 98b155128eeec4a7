// The package, installed by apt from its own signed repository on fresh hosts, in the place of upstream's and back again.
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { waitUntil } from "../../../lab/wait-until.ts";
import { writeAptRepository } from "../../../scripts/release/apt-repository.ts";
import { openSigner } from "../../../scripts/release/signing.ts";
import { isControlPlane } from "../../support/control-plane/control-plane-lab.ts";
import { type FileServer, serveToHosts } from "../../support/release/file-server.ts";
import {
  copiedSources,
  endAgent,
  newSigningKey,
  quickRelease,
  upstreamDeb,
} from "../../support/release/made-releases.ts";
import { temporaryDirectory } from "../../support/temporary/temporary-directory.ts";

const kubeadm = "/usr/bin/kubeadm";
const dropIn = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
const upstreamVersion = "1.37.2-1.1";
const thisVersion = "1.37.2-ts1.0.0";
const nextVersion = "1.37.2-ts1.0.1";
const keyring = "/etc/apt/keyrings/kubeadm-ts.asc";
const journal = "/var/lib/kubeadm/journal.json";
const noQuestions = { DEBIAN_FRONTEND: "noninteractive" };

const directory = temporaryDirectory();
const web = join(directory.path, "web");
const gnupgHome = join(directory.path, "gnupg");
let lab: Lab;
let server: FileServer;
let publicKey: string;
const debs: { readonly architecture: "amd64"; readonly file: string }[] = [];

/** Puts the packages made so far into the repository that the hosts see. */
async function publish(): Promise<void> {
  const signer = await openSigner({ gnupgHome });
  rmSync(join(web, "apt"), { recursive: true, force: true });
  const release = { epoch: 1_790_000_000, architectures: ["amd64"] } as const;
  await writeAptRepository(release, { directory: join(web, "apt"), debs, signer });
}

/** What README.md says to type on a node, with the address of this lab's server. */
async function addRepository(host: LabHost): Promise<void> {
  const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
  const [, commands = ""] = /^```sh\n(echo 'deb .*?)^sudo apt-get/ms.exec(readme) ?? [];
  expect(commands).toContain("sources.list.d/kubeadm-ts.list");
  await host.writeFile(keyring, publicKey);
  // The host has no other server.
  await host.mustRun(["rm", "-f", "/etc/apt/sources.list"]);
  const typed = commands.replaceAll("sudo ", "").replace("https://packages.example.org", server.url);
  await host.mustRun(["sh", "-euc", typed]);
  await host.mustRun(["apt-get", "update", "-o", "APT::Update::Error-Mode=any"]);
}

/** A host whose programs and drop-in of kubeadm are those of no package yet. */
async function freshHost(name: string): Promise<LabHost> {
  const host = await lab.addHost(name);
  await host.mustRun(["rm", "-f", dropIn, kubeadm]);
  await addRepository(host);
  return host;
}

function install(host: LabHost, ...words: readonly string[]): Promise<string> {
  return host.mustRun(["apt-get", "install", "--yes", "--no-install-recommends", ...words], { env: noQuestions });
}

async function installedVersion(host: LabHost): Promise<string> {
  return host.mustRun(["dpkg-query", "--show", "--showformat", `\${Version}`, "kubeadm"]);
}

async function ownVersion(host: LabHost): Promise<unknown> {
  return JSON.parse(await host.mustRun([kubeadm, "version", "-o", "json"])).implementation?.version;
}

async function joins(host: LabHost, controlPlane = false): Promise<void> {
  const result = await lab.join(host, { kubeadm, controlPlane });
  expect(result.exitCode, result.stderr).toBe(0);
  await lab.waitForNode(host.name);
}

/** Path, mode and content of everything in the directories, without what changes by itself. */
async function snapshot(host: LabHost, ...paths: readonly string[]): Promise<readonly string[]> {
  const entries = await host.readTree(paths);
  return entries.map(
    ({ path, type, mode, sha256 = "", target = "" }) => `${path} ${type} ${mode.toString(8)} ${sha256}${target}`,
  );
}

const clusterFiles = [
  "/etc/kubernetes",
  "/var/lib/kubelet/config.yaml",
  "/var/lib/kubelet/kubeadm-flags.env",
  "/var/lib/kubelet/pki",
];
const administratorFiles = ["/etc/default/kubelet", "/etc/systemd/system/kubelet.service.d"];

beforeAll(async () => {
  publicKey = await newSigningKey(gnupgHome);
  mkdirSync(web, { recursive: true });
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  lab = await Lab.open({ name: `release-${process.pid}`, say });
  server = await serveToHosts(lab, web);
  const from = copiedSources(join(directory.path, "this-sources"));
  const made = await quickRelease(join(directory.path, "this"), { from, kinds: ["deb"] });
  const upstream = await upstreamDeb(directory.path, {
    program: lab.parts.kubeadm,
    dropIn: join(import.meta.dirname, "../../../lab/files/10-kubeadm.conf"),
    version: upstreamVersion,
  });
  for (const file of [join(made, `kubeadm_${thisVersion}_amd64.deb`), upstream])
    debs.push({ architecture: "amd64", file });
  await publish();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await lab?.down();
  await endAgent(gnupgHome);
  directory[Symbol.dispose]();
});

describe("apt-get install kubeadm, on fresh hosts", () => {
  let cp1: LabHost;
  let worker: LabHost;

  test("a control plane is made by it", async () => {
    cp1 = await freshHost("cp1");
    await install(cp1, "kubeadm");
    expect(await installedVersion(cp1)).toBe(thisVersion);
    expect(await ownVersion(cp1)).toBe("1.0.0");
    // Every file is as the package has it.
    expect(await cp1.mustRun(["dpkg", "--verify", "kubeadm"])).toBe("");
    await lab.initCluster({ host: cp1, kubeadm, sharedEndpoint: true });
    await lab.waitForNode("cp1");
  });

  test("a worker joins with it, whose kubelet has no other drop-in", async () => {
    worker = await freshHost("w1");
    await install(worker, "kubeadm=1.37.*");
    expect(await installedVersion(worker)).toBe(thisVersion);
    await joins(worker);
    const show = ["systemctl", "show", "kubelet", "--property=DropInPaths", "--value"] as const;
    expect((await worker.mustRun(show)).trim()).toBe(dropIn);
  });

  test("a control plane joins with it", async () => {
    const cp2 = await freshHost("cp2");
    await install(cp2, "kubeadm");
    await joins(cp2, true);
    await isControlPlane(lab, cp2);
  });

  test("shells complete, and man finds its page", async () => {
    const complete = "source /usr/share/bash-completion/completions/kubeadm; complete -p kubeadm";
    expect(await worker.mustRun(["bash", "-c", complete])).toContain(" kubeadm\n");
    expect(await worker.mustRun(["sh", "-c", "zcat /usr/share/man/man1/kubeadm-join.1.gz"])).toContain(
      ".SH NAME\nkubeadm\\-join",
    );
  });

  test("dpkg -r and --purge leave the node's files of the cluster alone, and the node in it", async () => {
    const before = await snapshot(worker, ...clusterFiles);
    await worker.mustRun(["dpkg", "--remove", "kubeadm"]);
    expect(worker.exists(kubeadm)).toBe(false);
    expect(worker.exists(dropIn)).toBe(false);
    await worker.mustRun(["dpkg", "--purge", "kubeadm"]);
    expect(await snapshot(worker, ...clusterFiles)).toEqual(before);
    expect((await worker.run(["systemctl", "is-active", "kubelet"])).stdout).toBe("active\n");
    await lab.waitForNode("w1");
  });
});

describe("a node with upstream's package", () => {
  let host: LabHost;
  let layout: readonly string[];
  let files: readonly string[];
  const packaged = async () => {
    const listed = await host.mustRun(["dpkg", "--listfiles", "kubeadm"]);
    const paths = listed.split("\n").filter((path) => /./.test(path));
    const entries = await Promise.all(paths.map((path) => snapshotOfOne(path)));
    return entries.toSorted();
  };
  const snapshotOfOne = async (path: string) => {
    const hash = await host.run(["sha256sum", path]);
    return hash.exitCode === 0 ? hash.stdout.trim() : `directory ${path}`;
  };
  const kubeletCommand = () =>
    host.mustRun(["systemctl", "show", "kubelet", "--property=ExecStart,EnvironmentFiles,Environment"]);
  const withoutTimes = (text: string) => text.replaceAll(/(start|stop)_time=[^;]*|pid=\d+/g, "");
  let command: string;

  test("has joined by upstream's program, with settings of its administrator", async () => {
    host = await freshHost("w2");
    await install(host, `kubeadm=${upstreamVersion}`);
    expect(await ownVersion(host)).toBeUndefined();
    await host.writeFile("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--node-labels=own=setting\n");
    await host.writeFile("/etc/systemd/system/kubelet.service.d/20-own.conf", "[Service]\nEnvironment=OWN=setting\n");
    await host.mustRun(["systemctl", "daemon-reload"]);
    await joins(host);
    layout = await packaged();
    files = await snapshot(host, ...clusterFiles, ...administratorFiles);
    command = withoutTimes(await kubeletCommand());
  });

  test("gets ours by an upgrade, and keeps every configuration file", async () => {
    await host.mustRun(["apt-get", "upgrade", "--yes"], { env: noQuestions });
    expect(await installedVersion(host)).toBe(thisVersion);
    expect(await ownVersion(host)).toBe("1.0.0");
    expect(await snapshot(host, ...clusterFiles, ...administratorFiles)).toEqual(files);
    await host.mustRun(["systemctl", "daemon-reload"]);
    expect(withoutTimes(await kubeletCommand())).toBe(command);
    await host.mustRun(["systemctl", "restart", "kubelet"]);
    await lab.waitForNode("w2");
  });

  test("goes back to upstream's by one command, with upstream's layout and every configuration file", async () => {
    await install(host, "--allow-downgrades", `kubeadm=${upstreamVersion}`);
    expect(await installedVersion(host)).toBe(upstreamVersion);
    expect(await ownVersion(host)).toBeUndefined();
    expect(await packaged()).toEqual(layout);
    expect(await host.mustRun(["dpkg", "--verify", "kubeadm"])).toBe("");
    for (const path of ["/usr/share/kubeadm", "/usr/share/man/man1/kubeadm.1.gz"])
      expect(host.exists(path)).toBe(false);
    expect(await snapshot(host, ...clusterFiles, ...administratorFiles)).toEqual(files);
    await lab.waitForNode("w2");
  });
});

test("an upgrade to the next release keeps the journal of an unfinished join usable", async () => {
  const host = await freshHost("w3");
  await install(host, `kubeadm=${thisVersion}`);
  const running = lab.join(host, { kubeadm }).catch(() => undefined);
  await waitUntil("the join to write its journal", () => host.exists(journal), { timeoutMs: 60_000, intervalMs: 5 });
  await waitUntil(
    "the join to write the kubelet's configuration",
    () => host.exists("/var/lib/kubelet/config.yaml") || host.exists("/etc/kubernetes/bootstrap-kubelet.conf"),
    { timeoutMs: 60_000, intervalMs: 5 },
  );
  await host.run(["pkill", "-KILL", "-f", "^/usr/bin/kubeadm join "]);
  await running;
  const unfinished = (await host.readFile(journal)).toString("utf8");

  const from = copiedSources(join(directory.path, "next-sources"), "1.0.1");
  const made = await quickRelease(join(directory.path, "next"), { from, kinds: ["deb"] });
  debs.push({ architecture: "amd64", file: join(made, `kubeadm_${nextVersion}_amd64.deb`) });
  await publish();
  await host.mustRun(["apt-get", "update", "-o", "APT::Update::Error-Mode=any"]);
  await host.mustRun(["apt-get", "upgrade", "--yes"], { env: noQuestions });
  expect(await installedVersion(host)).toBe(nextVersion);
  expect(await ownVersion(host)).toBe("1.0.1");
  expect((await host.readFile(journal)).toString("utf8")).toBe(unfinished);

  const again = await lab.join(host, { kubeadm });
  expect(again.exitCode, again.stderr).toBe(0);
  expect(again.stdout + again.stderr).toContain("Continuing");
  await lab.waitForNode("w3");
  expect(host.exists(journal)).toBe(false);
});

test("a repository that someone else has changed is refused", async () => {
  const host = await lab.addHost("w4");
  const index = join(web, "apt/dists/stable/main/binary-amd64");
  for (const name of ["Packages", "Packages.gz"]) rmSync(join(index, name));
  for (const name of ["Packages", "Packages.gz"]) cpSync(debs[0]?.file ?? "", join(index, name));
  await expect(addRepository(host)).rejects.toThrow(/Hash Sum mismatch|unexpected size/);
});
