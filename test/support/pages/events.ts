import type { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { type Argv, CommandFailed, type CommandResult } from "../../../lab/run-command.ts";
import { type EventName, eventOf } from "../../../scripts/pages/page.ts";
import { upstreamVersion } from "./package-server.ts";

/** The machines of a page. */
export interface PageMachines {
  readonly names: readonly string[];
  readonly lab: Lab;
  /** What commands have printed, by the name of its placeholder. */
  readonly values: Map<string, string>;
  hostOf(name: string): LabHost;
  addHost(name: string): Promise<void>;
  /** Runs commands on a host. */
  type(name: string, text: string): Promise<CommandResult>;
}

type Run = (words: readonly string[], machines: PageMachines) => Promise<void>;

const noQuestions = { DEBIAN_FRONTEND: "noninteractive" };
const dropIn = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
const labSource = "/etc/apt/sources.list.d/lab.list";

const runs: Readonly<Record<EventName, Run>> = {
  cluster: ([names = ""], machines) => makeCluster(names.split(" "), machines),
  upstreamCluster: async ([names = ""], machines) => {
    for (const name of machines.names) {
      await uninstall(machines.hostOf(name));
      await install(machines.hostOf(name), `kubeadm=${upstreamVersion(machines.lab)}`);
    }
    await makeCluster(names.split(" "), machines);
  },
  packages: ([packages = "", name = ""], { hostOf }) => install(hostOf(name), ...packages.split(" ")),
  etcd: ([name = ""], { hostOf, lab }) => hostOf(name).copyIn(lab.parts.etcd, "/usr/local/bin/etcd", 0o755),
  dies: ([name = ""], { lab }) => lab.removeHost(name),
  isNew: ([name = ""], { addHost }) => addHost(name),
  isBare: async ([name = ""], { hostOf }) => {
    await uninstall(hostOf(name));
    // The page adds the repository itself.
    await hostOf(name).mustRun(["rm", "-f", labSource]);
  },
  hasNoImages: async ([name = ""], { hostOf }) => {
    const images = "ctr --namespace k8s.io images";
    await hostOf(name).mustRun(["sh", "-ec", `${images} remove --sync $(${images} list --quiet)`]);
  },
};

/** Makes happen what a comment of a page says. */
export async function doEvent(text: string, machines: PageMachines): Promise<void> {
  const [name, ...words] = eventOf(text) ?? [];
  if (name === undefined) throw new Error(`the lab does not know how to make "${text}" happen`);
  await runs[name](words, machines);
}

async function makeCluster([first = "", ...others]: readonly string[], machines: PageMachines): Promise<void> {
  const { values } = machines;
  const endpoint = "k8s.example.org:6443";
  const flags = "--pod-network-cidr 10.244.0.0/16 --upload-certs";
  const { stdout } = await typed(machines, first, `kubeadm init --control-plane-endpoint ${endpoint} ${flags}`);
  for (const [name, pattern] of [
    ["token", /--token (\S+)/],
    ["hash", /sha256:(\w+)/],
    ["key", /--certificate-key (\w+)/],
  ] as const) {
    values.set(name, pattern.exec(stdout)?.[1] ?? "");
  }
  const pin = `--discovery-token-ca-cert-hash sha256:${values.get("hash")}`;
  for (const name of others) {
    const role = name.startsWith("cp") ? `--control-plane --certificate-key ${values.get("key")}` : "";
    await typed(machines, name, `kubeadm join ${endpoint} --token ${values.get("token")} ${pin} ${role}`);
  }
  const wait = "wait --for=condition=Ready node --all --timeout=120s";
  await typed(machines, first, `kubectl --kubeconfig /etc/kubernetes/admin.conf ${wait}`);
}

async function typed({ type }: PageMachines, name: string, text: string): Promise<CommandResult> {
  const result = await type(name, text);
  if (result.exitCode !== 0) throw new CommandFailed([`${name}:`, text], result);
  return result;
}

async function uninstall(host: LabHost): Promise<void> {
  await host.mustRun(["rm", "-f", "/usr/bin/kubeadm", dropIn]);
}

/** From the lab's own source, which some hosts don't have in their configuration. */
async function install(host: LabHost, ...packages: readonly string[]): Promise<void> {
  const list = "/usr/local/lib/kubeadm-lab/lab.list";
  await host.writeFile(list, "deb [trusted=yes] http://packages.example.org/apt stable main\n");
  const sources = ["-o", `Dir::Etc::sourcelist=${list}`, "-o", "Dir::Etc::sourceparts=-"];
  const apt = (...words: readonly string[]): Argv => ["apt-get", ...sources, ...words];
  await host.mustRun(apt("update"));
  await host.mustRun(apt("install", "--yes", "--no-install-recommends", ...packages), {
    env: noQuestions,
    timeoutMs: 300_000,
  });
}
