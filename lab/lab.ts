import { rmSync } from "node:fs";
import { join } from "node:path";
import { type AddressFamilies, DEFAULT_SUBNET, nextHostAddress, planAddresses, sharedAddress } from "./addresses.ts";
import { ageKubelet } from "./age-kubelet.ts";
import { type AuditRow, parseAuditLog } from "./audit-log.ts";
import { planCgroups, readHierarchies } from "./cgroups.ts";
import { exportKubeconfig, type InitOptions, joinArguments, moveManifest, runInit, UPSTREAM } from "./cluster.ts";
import { AUDIT_LOG } from "./cluster-config.ts";
import { eraseLab, isAbandoned } from "./erase-lab.ts";
import { startGuard } from "./guard.ts";
import { bootHost, eraseHost } from "./host-boot.ts";
import { allowWatchers } from "./inotify.ts";
import { LabHost } from "./lab-host.ts";
import * as states from "./lab-state.ts";
import { withLock } from "./lock.ts";
import { bridgeNamespace, createBridge, moveSharedAddress, namespacePath } from "./network.ts";
import { cacheDirectory } from "./parts/part-store.ts";
import { ensureParts, type Parts } from "./parts/parts.ts";
import { identifyProcess } from "./process-identity.ts";
import { type Say, silent } from "./progress.ts";
import { type Argv, CommandFailed, type CommandResult, type RunOptions, runCommand } from "./run-command.ts";
import { clusterVersion, DEFAULT_VERSION } from "./versions.ts";
import { waitUntil } from "./wait-until.ts";

export interface LabOptions {
  /** Labs with different names run in parallel. Default "default". */
  readonly name?: string | undefined;
  readonly kubernetes?: string | undefined;
  /** The version that the cluster can be upgraded to: hosts have its images, and its programs in `NEXT_VERSION_PROGRAMS`. */
  readonly upgradeTo?: string | undefined;
  /** The hosts' /24. Labs may use the same one: each has a separate network. */
  readonly subnet?: string | undefined;
  /** Default "ipv4". */
  readonly families?: AddressFamilies | undefined;
  readonly cache?: string | undefined;
  readonly say?: Say | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HostOptions {
  /** The program on the machine that becomes the host's /usr/bin/kubeadm. */
  readonly kubeadm?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A network of test hosts, and the cluster on them. */
export class Lab implements AsyncDisposable {
  readonly name: string;
  readonly cache: string;
  readonly parts: Parts;
  readonly #say: Say;

  private constructor(name: string, cache: string, parts: Parts, say: Say) {
    this.name = name;
    this.cache = cache;
    this.parts = parts;
    this.#say = say;
  }

  /**
   * Opens a lab that ends with this process, however that ends; `keep` lets it live on. The remains of a dead process's
   * lab with the same name are removed first. Builds the parts that the cache lacks, which takes long the first time.
   */
  static async open(options: LabOptions = {}): Promise<Lab> {
    requireRoot();
    allowWatchers();
    const { cache = cacheDirectory(), say = silent, signal, subnet = DEFAULT_SUBNET, families } = options;
    const name = states.checkName("lab", options.name ?? "default");
    const plan = planAddresses(subnet, families);
    const version = clusterVersion(options.kubernetes ?? DEFAULT_VERSION);
    const next = options.upgradeTo === undefined ? undefined : clusterVersion(options.upgradeTo);
    const owner = identifyProcess(process.pid);
    const parts = await ensureParts({ cache, say, signal }, version, next);
    const lab = new Lab(name, cache, parts, say);
    await lab.#locked(async () => {
      const old = states.loadState(cache, name);
      if (old !== undefined && !isAbandoned(old)) {
        const whose = old.owner === undefined ? "" : `, owned by process ${old.owner.pid}`;
        throw new Error(`the lab ${name} is up already${whose}`);
      }
      if (old !== undefined) {
        say(`removing what process ${old.owner?.pid} left of the lab ${name}`);
        await eraseLab(cache, name);
      }
      const versions = { kubernetes: version.kubernetes, upgradeTo: next?.kubernetes };
      states.saveState(cache, { format: 1, name, subnet, families, ...versions, owner, hosts: [] });
    });
    startGuard(cache, name);
    try {
      await createBridge(name, plan, signal);
    } catch (error) {
      await lab.down();
      throw error;
    }
    return lab;
  }

  /** Attaches to a running lab. */
  static async attach(options: Pick<LabOptions, "name" | "cache" | "say" | "signal"> = {}): Promise<Lab> {
    requireRoot();
    const { cache = cacheDirectory(), say = silent, signal, name = "default" } = options;
    const state = states.loadState(cache, states.checkName("lab", name));
    if (state === undefined) throw new Error(`there is no lab ${name}: make one with "lab up"`);
    const next = state.upgradeTo === undefined ? undefined : clusterVersion(state.upgradeTo);
    return new Lab(name, cache, await ensureParts({ cache, say, signal }, clusterVersion(state.kubernetes), next), say);
  }

  get state(): states.LabState {
    const state = states.loadState(this.cache, this.name);
    if (state === undefined) throw new Error(`the lab ${this.name} is down`);
    return state;
  }

  get cluster(): states.ClusterState {
    const { cluster } = this.state;
    if (cluster === undefined) throw new Error(`the lab ${this.name} has no cluster`);
    return cluster;
  }

  /** The administrator's kubeconfig on the machine. Its server can only be reached in `networkNamespace`. */
  get kubeconfig(): string {
    return join(states.labDirectory(this.cache, this.name), "admin.conf");
  }

  /** A process that enters it (`nsenter --net=…`) reaches all hosts. */
  get networkNamespace(): string {
    return namespacePath(bridgeNamespace(this.name));
  }

  /** Lets the lab outlive this process, until `lab down`. */
  async keep(): Promise<void> {
    await this.#update(({ owner: _ended, ...rest }) => rest);
  }

  hosts(): LabHost[] {
    const { state } = this;
    const plan = states.planOf(state);
    return state.hosts.filter(({ init }) => init !== undefined).map((host) => new LabHost(host, plan));
  }

  host(name: string): LabHost {
    const found = this.hosts().find((host) => host.name === name);
    if (found !== undefined) return found;
    throw new Error(
      `the lab ${this.name} has no host ${name}; it has ${this.state.hosts.map((host) => host.name).join(", ")}`,
    );
  }

  /**
   * Adds a fresh host: systemd and containerd are running, all images are present, and the kubelet has been failing
   * because it has no configuration.
   */
  async addHost(name: string, { kubeadm, signal }: HostOptions = {}): Promise<LabHost> {
    states.checkName("host", name);
    const cgroups = planCgroups(readHierarchies(), this.name, name);
    const { hosts, ...rest } = await this.#update((state) => {
      if (state.hosts.some((host) => host.name === name))
        throw new Error(`the lab ${this.name} has a host ${name} already`);
      const address = nextHostAddress(
        states.planOf(state),
        state.hosts.map((host) => host.address),
      );
      return states.withHost(state, { name, address, cgroups });
    });
    let state = hosts.find((host) => host.name === name);
    if (state === undefined) throw new Error(`the host ${name} was not recorded`);
    const record = async (processes: Pick<states.HostState, "nspawn" | "init">): Promise<void> => {
      const after = await this.#update((before) => {
        const known = before.hosts.find((host) => host.name === name);
        if (known === undefined) throw new Error(`the host ${name} was removed while it was being made`);
        return states.withHost(before, { ...known, ...processes });
      });
      state = after.hosts.find((host) => host.name === name);
    };
    const directory = states.hostDirectory(this.cache, this.name, name);
    const plan = states.planOf({ ...rest, hosts });
    try {
      await bootHost({ lab: this.name, directory, state, plan, parts: this.parts, kubeadm, signal, record });
      await ageKubelet(this.host(name), signal);
    } catch (error) {
      await this.removeHost(name);
      throw error;
    }
    return this.host(name);
  }

  /** Like a power cut: the host does not shut down. The cluster keeps its Node. */
  async removeHost(name: string): Promise<void> {
    const { state } = this;
    const host = state.hosts.find((known) => known.name === name);
    if (host === undefined) throw new Error(`the lab ${this.name} has no host ${name}`);
    await eraseHost(this.name, states.hostDirectory(this.cache, this.name, name), host, states.planOf(state));
    await this.#update((state) => states.withoutHost(state, name));
  }

  /** Creates the cluster's first control plane on a host, by default a new one called cp1. */
  async initCluster(options: InitOptions & { readonly host?: LabHost | undefined } = {}): Promise<CommandResult> {
    const host = options.host ?? (await this.addHost("cp1", { signal: options.signal }));
    if (options.sharedEndpoint === true) await this.#moveSharedAddress(host.name);
    const { cluster, result } = await runInit(host, this.state, options);
    await this.#update((state) => ({ ...state, cluster }));
    await exportKubeconfig(host, this.kubeconfig, sharedAddress(states.planOf(this.state)));
    await this.#waitForSignedDiscovery(cluster.token, options.signal);
    return result;
  }

  /** Assigns the cluster's shared endpoint to another control plane. The previous one may be gone. */
  async moveEndpoint(host: LabHost): Promise<void> {
    if (this.cluster.shared !== true) throw new Error(`the endpoint of the lab ${this.name} belongs to one host`);
    await this.#moveSharedAddress(host.name);
    await this.#update((state) => ({ ...state, cluster: { ...this.cluster, controlPlane: host.name } }));
  }

  #moveSharedAddress(to: string): Promise<void> {
    const { state } = this;
    const hosts = state.hosts.map(({ name }) => name);
    return moveSharedAddress(this.name, hosts, to, states.planOf(state));
  }

  /** The controller manager signs cluster-info a while after init has ended. An earlier join retries for seconds. */
  async #waitForSignedDiscovery(token: string, signal?: AbortSignal): Promise<void> {
    const [id] = token.split(".");
    const read = [
      "get",
      "configmap",
      "--namespace",
      "kube-public",
      "cluster-info",
      "--output",
      `jsonpath={.data.jws-kubeconfig-${id}}`,
    ];
    await waitUntil(
      "the controller manager to sign cluster-info",
      async () => (await this.kubectl(read, { signal })).stdout !== "",
      { timeoutMs: 90_000, intervalMs: 200, signal },
    );
  }

  /** Returns the arguments after `join` for either program. */
  joinArguments(options: { readonly controlPlane?: boolean } = {}): string[] {
    return joinArguments(this.cluster, options);
  }

  /** Joins a host with upstream's program, or the given one. Any exit code is a result. */
  join(
    host: LabHost,
    options: RunOptions & { readonly controlPlane?: boolean; readonly kubeadm?: string } = {},
  ): Promise<CommandResult> {
    const { controlPlane = false, kubeadm = UPSTREAM, ...run } = options;
    return host.run([kubeadm, "join", ...this.joinArguments({ controlPlane })], { timeoutMs: 300_000, ...run });
  }

  /** Runs the version's kubectl on the machine, with its files and input, in the hosts' network. */
  kubectl(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const env = { ...process.env, ...options.env, KUBECONFIG: this.kubeconfig };
    return runCommand(this.kubectlCommand(argv), { ...options, env });
  }

  kubectlCommand(argv: readonly string[]): Argv {
    return ["nsenter", `--net=${this.networkNamespace}`, this.parts.kubectl, ...argv];
  }

  /** Returns the parsed output of `kubectl get … -o json`. */
  async get(argv: readonly string[], options: RunOptions = {}): Promise<unknown> {
    const result = await this.kubectl(["get", ...argv, "-o", "json"], options);
    if (result.exitCode !== 0) throw new CommandFailed(["kubectl", "get", ...argv], result);
    return JSON.parse(result.stdout);
  }

  /** Waits until the Node is there and Ready. */
  async waitForNode(
    name: string,
    { timeoutMs = 120_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<void> {
    const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    await waitUntil(
      `the node ${name} to be Ready`,
      async () => (await this.kubectl(["get", "node", name, "-o", path], { signal })).stdout === "True",
      { timeoutMs, intervalMs: 250, signal },
    );
  }

  /** Returns the requests that the first control plane's API server has answered, oldest first. */
  async auditLog(host = this.host(this.cluster.controlPlane)): Promise<AuditRow[]> {
    return parseAuditLog((await host.readFile(AUDIT_LOG)).toString("utf8"));
  }

  /** Moves the manifest of a control plane component such as "kube-controller-manager" away, and waits for its end. */
  async stopComponent(
    component: string,
    host = this.host(this.cluster.controlPlane),
    signal?: AbortSignal,
  ): Promise<void> {
    await moveManifest(host, component, "away", { signal });
    await this.#waitForProcess(host, component, false, signal);
  }

  async startComponent(
    component: string,
    host = this.host(this.cluster.controlPlane),
    signal?: AbortSignal,
  ): Promise<void> {
    await moveManifest(host, component, "back", { signal });
    await this.#waitForProcess(host, component, true, signal);
  }

  async #waitForProcess(host: LabHost, component: string, running: boolean, signal?: AbortSignal): Promise<void> {
    await waitUntil(
      `${component} on ${host.name} to ${running ? "start" : "end"}`,
      async () => ((await host.run(["pgrep", "-f", `^${component} `], { signal })).exitCode === 0) === running,
      { timeoutMs: 90_000, intervalMs: 200, signal },
    );
  }

  /** Ends all hosts and releases everything that the lab has taken. */
  async down(): Promise<void> {
    await eraseLab(this.cache, this.name);
    rmSync(states.lockFile(this.cache, this.name), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  async #update(change: (state: states.LabState) => states.LabState): Promise<states.LabState> {
    return this.#locked(async () => {
      const state = change(this.state);
      states.saveState(this.cache, state);
      return state;
    });
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    const onWait = ({ pid }: { pid: number }): void =>
      this.#say(`waiting for process ${pid}, which has the lab ${this.name} in hand`);
    return withLock(states.lockFile(this.cache, this.name), { timeoutMs: 180_000, onWait }, work);
  }
}

function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new Error("the lab makes namespaces, mounts and control groups: run it as root");
}
