// Hosts for a guide, and what its blocks do on them.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gatewayAddress } from "../../../lab/addresses.ts";
import { cgroupVersion } from "../../../lab/cluster.ts";
import { ignoredChecks } from "../../../lab/cluster-config.ts";
import { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { planOf } from "../../../lab/lab-state.ts";
import { type CommandResult, runCommand } from "../../../lab/run-command.ts";
import { DEFAULT_VERSION } from "../../../lab/versions.ts";
import {
  type CopyStep,
  controller,
  type FileStep,
  type Page,
  type PageStep,
  type ScriptStep,
  unmetExpectation,
  withValues,
} from "../../../scripts/pages/page.ts";
import { programCopy } from "../join/program-copy.ts";
import { serveToHosts } from "../release/file-server.ts";
import { temporaryDirectory } from "../temporary/temporary-directory.ts";
import { ansibleEnvironment } from "./ansible.ts";
import { doEvent, type PageMachines } from "./events.ts";
import { packageServer } from "./package-server.ts";

const packageHost = "packages.example.org";
const endpoint = "k8s.example.org";
const keyring = "/etc/apt/keyrings/lab.asc";
const source = `deb [signed-by=${keyring}] http://${packageHost}/apt stable main
deb [signed-by=${keyring}] http://${packageHost}/kubernetes/ /
`;
const dropInDirectory = "/usr/local/lib/kubeadm-lab/kubelet.d";
const commandTimeoutMs = 600_000;

/** Runs the steps of a page. */
export interface PageLab extends AsyncDisposable {
  run(step: PageStep): Promise<void>;
}

/** Boots the hosts of a page. */
export async function pageLab(name: string, page: Page): Promise<PageLab> {
  const { hosts: names, families, olderVersion } = page;
  await using stack = new AsyncDisposableStack();
  const kubeadm = stack.use(programCopy()).path;
  const versions = olderVersion === undefined ? {} : { kubernetes: olderVersion, upgradeTo: DEFAULT_VERSION };
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const lab = stack.use(await Lab.open({ name, families, say, ...versions }));
  const packages = installsPackages(page) ? stack.use(await packageServer(lab)) : undefined;
  if (packages !== undefined) stack.use(await serveToHosts(lab, packages.directory));
  const desk = stack.use(temporaryDirectory()).path;
  const values = new Map<string, string>();
  const hosts = new Map<string, LabHost>();
  const addHost = async (host: string) => {
    hosts.set(host, await lab.addHost(host, { kubeadm }));
    await writeNames([...hosts.values()], lab);
    await prepare(hostOf(host));
    if (packages !== undefined) await addSource(hostOf(host), packages.publicKey);
  };
  const hostOf = (host: string) => {
    const found = hosts.get(host);
    if (found === undefined) throw new Error(`the page has no host ${host}`);
    return found;
  };
  for (const host of names) await addHost(host);
  const machines: PageMachines = {
    names,
    hostOf,
    addHost,
    lab,
    values,
    type: (host, text) => type(hostOf(host), text),
  };
  const environment = () => ansibleEnvironment(desk, [...hosts.values()], lab);
  const place = (path: string, host: string) =>
    host === controller ? join(desk, path) : hostOf(host).path(resolve("/root", path));
  const write = ({ hosts: on, path, text }: FileStep) => {
    for (const host of on) {
      mkdirSync(dirname(place(path, host)), { recursive: true });
      writeFileSync(place(path, host), asInLab(withValues(text, values)));
    }
  };
  const copy = ({ from, to, paths }: CopyStep) => {
    for (const path of paths)
      for (const host of to) {
        mkdirSync(dirname(place(path, host)), { recursive: true });
        copyFileSync(place(path, from), place(path, host));
      }
  };
  const script = async (step: ScriptStep) => {
    for (const host of step.hosts) {
      const text = asInLab(withValues(step.text, values));
      const output = await asExpected(step, values, async () =>
        host === controller
          ? runCommand(["bash", "-ec", text], { cwd: desk, env: await environment(), timeoutMs: commandTimeoutMs })
          : type(hostOf(host), text),
      );
      for (const [key, pattern] of step.expectations.captures) {
        values.set(key, new RegExp(pattern, "m").exec(output)?.[1] ?? "");
      }
    }
  };
  const kept = stack.move();
  return {
    run: async (step) => {
      if (step.kind === "script") await script(step);
      else if (step.kind === "file") write(step);
      else if (step.kind === "copy") copy(step);
      else if (step.kind === "event") await doEvent(step.text, machines);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Repeats the commands until everything is as expected, and returns what they printed. */
async function asExpected(
  { expectations }: ScriptStep,
  values: ReadonlyMap<string, string>,
  run: () => Promise<CommandResult>,
): Promise<string> {
  const deadline = performance.now() + expectations.retrySeconds * 1000;
  for (;;) {
    const { exitCode, stdout, stderr } = await run();
    const output = `${stdout}\n${stderr}`;
    const unmet =
      expectations.exit === (exitCode === 0 ? "failure" : "success")
        ? `it exits with status ${exitCode}`
        : unmetExpectation(output, expectations, values);
    if (unmet === undefined) return output;
    if (performance.now() > deadline) throw new Error(`${unmet}:\n${output}`);
    await new Promise((later) => setTimeout(later, 1000));
  }
}

function type(host: LabHost, text: string): Promise<CommandResult> {
  return host.run(["bash", "-ec", `cd /root\n${text}`], { timeoutMs: commandTimeoutMs });
}

/** The lab has one package server, and no certificate for it. */
function asInLab(text: string): string {
  return text
    .replaceAll(/https:\/\/pkgs\.k8s\.io\/core:\/stable:\/v[^/]+\/deb\//g, `http://${packageHost}/kubernetes/`)
    .replaceAll(`https://${packageHost}`, `http://${packageHost}`);
}

/** All hosts know all names. */
async function writeNames(hosts: readonly LabHost[], lab: Lab): Promise<void> {
  const server = hosts.find(({ name }) => name === "lb1") ?? hosts.find(({ name }) => name === "cp1");
  const lines = [
    "127.0.0.1 localhost",
    ...hosts.flatMap(({ name, addresses }) => addresses.map((address) => `${address} ${name}`)),
    `${gatewayAddress(planOf(lab.state))} ${packageHost}`,
    ...(server === undefined ? [] : [`${server.address} ${endpoint}`]),
  ];
  for (const host of hosts) await host.writeFile("/etc/hosts", lines.map((line) => `${line}\n`).join(""));
}

async function prepare(host: LabHost): Promise<void> {
  const ignored = ignoredChecks(cgroupVersion()).map((check) => `--ignore-preflight-errors=${check}`);
  await host.writeFile("/usr/local/bin/sudo", sudo, 0o755);
  await host.writeFile("/usr/local/bin/kubeadm", kubeadmWith(ignored.join(" ")), 0o755);
  await host.writeFile("/etc/default/kubelet", `KUBELET_EXTRA_ARGS=--config-dir=${dropInDirectory}\n`);
  await host.writeFile(`${dropInDirectory}/90-lab.conf`, kubeletConfiguration);
}

async function addSource(host: LabHost, publicKey: string): Promise<void> {
  await host.writeFile(keyring, publicKey);
  await host.mustRun(["rm", "-f", "/etc/apt/sources.list"]);
  await host.writeFile("/etc/apt/sources.list.d/lab.list", source);
}

function installsPackages({ sections }: Page): boolean {
  return sections
    .flatMap(({ steps }) => steps)
    .some((step) => "text" in step && /apt-get|^packages |^upstream's cluster | is bare$/m.test(step.text));
}

const sudo = `#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in
    -u | -p) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
exec "$@"
`;

function kubeadmWith(ignored: string): string {
  return `#!/bin/sh
case "$1 $2" in
  *" phase") ;;
  "init "* | "join "* | "upgrade apply" | "upgrade node") exec /usr/bin/kubeadm "$@" ${ignored} ;;
esac
exec /usr/bin/kubeadm "$@"
`;
}

const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failSwapOn: false
failCgroupV1: false
`;
