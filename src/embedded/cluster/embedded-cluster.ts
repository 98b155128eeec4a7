import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { connectHttpsBy } from "../../cluster/https.ts";
import type { EtcdMember } from "../../etcd/etcd.ts";
import type { Host } from "../../host/host.ts";
import { localHost } from "../../host/local/local-host.ts";
import { defined } from "../../values/defined.ts";
import { behaving, type ComponentBehaviors } from "../components/component-behavior.ts";
import type { ComponentWorld } from "../components/component-world.ts";
import { kubeControllerManager, kubeScheduler } from "../components/controllers.ts";
import { kubeApiServer } from "../components/kube-apiserver.ts";
import type { ContainerProgram } from "../container-program.ts";
import {
  type ContainerRuntimeScript,
  type RunningContainerRuntime,
  startContainerRuntime,
} from "../container-runtime.ts";
import type { ApiServer, Storage } from "../control-plane/index.ts";
import { entriesBelow } from "../entries-below.ts";
import { startLoadBalancer } from "../network/load-balancer.ts";
import { carriedEndpoint, carriedUrl, loopbackNetwork, type NetworkPlace } from "../network/loopback-network.ts";
import { criSocketPath, type ScratchRoot, scratchRoot } from "../scratch-root.ts";
import { type KubeletOptions, type RunningKubelet, startKubelet } from "../start-kubelet.ts";
import { EtcdNetwork } from "./etcd-network.ts";
import { writeKernelFiles } from "./kernel-files.ts";
import { type MachinePorts, machinePorts } from "./machine-host.ts";

/** How a machine of an embedded cluster differs from the usual one. */
export interface MachineOptions {
  /** How its kubelet differs from a working one; false if it has no kubelet. */
  readonly kubelet?: Partial<KubeletOptions> | false;
  /** The behavior of its container runtime; a test may change the object. */
  readonly runtime?: ContainerRuntimeScript;
  /** How its control plane components differ from working ones, by component or image; a test may change the object. */
  readonly components?: ComponentBehaviors;
  /** Milliseconds between the start of a control plane component and its first action; 0 by default. */
  readonly startDelayMs?: number;
}

/**
 * A machine that can become a worker or a control plane of the cluster. Disposal stops its programs and removes its
 * files.
 */
export interface ClusterMachine extends AsyncDisposable {
  readonly hostname: string;
  /** The address that it advertises: 192.0.2.11. */
  readonly address: string;
  /** Its place in the cluster's network. */
  readonly place: NetworkPlace;
  /** The directory with its files. */
  readonly root: ScratchRoot;
  readonly runtime: RunningContainerRuntime;
  /** Undefined if the options said `kubelet: false`. */
  readonly kubelet: RunningKubelet | undefined;
  /** The ports of a program that runs on the machine; pass them to `initCluster`, `joinCluster` or `resetNode`. */
  readonly ports: MachinePorts;
  /** Its API server; undefined while the container does not run. */
  readonly apiServer: ApiServer | undefined;
  /** Addresses of the machines whose host names it can resolve, by host name. */
  readonly hostnames: ReadonlyMap<string, string>;
  /** Returns the text of a file of the machine; throws the error of node:fs if it cannot be read. */
  read(path: string): string;
  /**
   * Returns the log of a control plane component ("etcd"), over all its restarts. Throws the error of node:fs if no Pod
   * has run yet.
   */
  log(component: string): string;
}

/** Machines on a network of their own, with a load balancer. Disposal ends all of it. */
export interface EmbeddedCluster extends AsyncDisposable {
  /** `192.0.2.100:6443`: a load balancer in front of the API servers of all machines, for controlPlaneEndpoint. */
  readonly endpoint: string;
  /** The machines that exist, in the order of their creation. */
  readonly machines: readonly ClusterMachine[];
  /** Creates a machine; its kubelet and container runtime run when the promise resolves. */
  machine(hostname: string, options?: MachineOptions): Promise<ClusterMachine>;
  /** Returns the objects that the cluster's API servers store; undefined while no API server runs. */
  storage(): Storage | undefined;
  /** Returns etcd's member list; empty while no etcd runs. */
  etcdMembers(): readonly EtcdMember[];
}

const balancerAddress = "192.0.2.100";
const firstMachine = 11;
const apiServerPort = 6443;

/**
 * Creates machines that can become a cluster: directories with a kubelet and a container runtime, on a separate network.
 * The files that a program writes there determine what runs. The kubelet starts the static Pods of its manifest
 * directory; the runtime runs etcd, API server, controller manager and scheduler in this process, with the files, flags
 * and addresses of the manifests. Needs no privileges. Throws the error of node:net if the load balancer cannot listen.
 */
export async function embeddedCluster(): Promise<EmbeddedCluster> {
  await using stack = new AsyncDisposableStack();
  const { carrier, firstPort } = stack.use(await loopbackNetwork());
  const apiServerOf = (place: NetworkPlace) => carriedEndpoint(place, { host: place.address, port: apiServerPort });
  const base = await localHost();
  const machines: ClusterMachine[] = [];
  const hostnames = new Map<string, string>();
  const apiServers = new Map<string, ApiServer>();
  const etcd = new EtcdNetwork();
  stack.use(
    await startLoadBalancer({
      ...apiServerOf({ address: balancerAddress, carrier, firstPort }),
      servers: () => machines.map(({ place }) => apiServerOf(place)),
    }),
  );
  let made = 0;
  const kept = stack.move();
  return {
    endpoint: `${balancerAddress}:${apiServerPort}`,
    machines,
    storage: () => [...apiServers.values()][0]?.storage,
    etcdMembers: () => etcd.members(),
    machine: async (hostname, options = {}) => {
      const place = { address: `192.0.2.${firstMachine + made}`, carrier, firstPort };
      made += 1;
      hostnames.set(hostname, place.address);
      const machine = kept.use(await startMachine({ ...options, hostname, place, base, hostnames, apiServers, etcd }));
      machines.push(machine);
      return machine;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface MachineRequest extends MachineOptions {
  readonly hostname: string;
  readonly place: NetworkPlace;
  readonly base: Host;
  readonly hostnames: ReadonlyMap<string, string>;
  /** By the address that carries them. */
  readonly apiServers: Map<string, ApiServer>;
  readonly etcd: EtcdNetwork;
}

async function startMachine(request: MachineRequest): Promise<ClusterMachine> {
  const { hostname, place, base, hostnames, apiServers, etcd, startDelayMs = 0, components: behaviors = {} } = request;
  await using stack = new AsyncDisposableStack();
  const kubeletVersion = request.kubelet === false ? undefined : request.kubelet?.version;
  const root = stack.use(scratchRoot({ hostname, ...defined({ kubeletVersion }) }));
  writeKernelFiles(root);
  const own: { apiServer?: ApiServer } = {};
  const world: ComponentWorld = {
    place,
    connectTransport: connectHttpsBy((endpoint) => carriedEndpoint(place, endpoint)),
    behaviors,
    reachEtcd: (endpoints, credentials, signal) => etcd.reach(place, { endpoints, credentials, signal }),
    storageOf: (url) =>
      apiServers.get(new URL(carriedUrl(place, url)).host)?.storage ?? [...apiServers.values()][0]?.storage,
    serves: (server) => {
      own.apiServer = server;
      apiServers.set(server.address, server);
      return () => {
        delete own.apiServer;
        apiServers.delete(server.address);
      };
    },
  };
  const working: Readonly<Record<string, ContainerProgram>> = {
    etcd: etcd.program(place, behaviors),
    "kube-apiserver": kubeApiServer(world),
    "kube-controller-manager": kubeControllerManager(world),
    "kube-scheduler": kubeScheduler(world),
  };
  const programs = Object.fromEntries(
    Object.entries(working).map(([name, program]) => [name, behaving(program, behaviors, startDelayMs)]),
  );
  const runtime = stack.use(
    await startContainerRuntime(root.inside(criSocketPath), over(request.runtime, { programs, root: root.path })),
  );
  chmodSync(root.inside(criSocketPath), 0o666);
  const kubelet =
    request.kubelet === false
      ? undefined
      : stack.use(
          await startKubelet({
            root: root.path,
            hostname,
            place,
            isManaged: true,
            readyDelayMs: 0,
            ...request.kubelet,
          }),
        );
  const ports = machinePorts(base, { place, hostnames, hostname, root, kubelet });
  const kept = stack.move();
  return {
    hostname,
    address: place.address,
    place,
    hostnames,
    root,
    runtime,
    kubelet,
    get apiServer() {
      return own.apiServer;
    },
    ports,
    read: (path) => readFileSync(root.inside(path), "utf8"),
    log: (component) => logsOf(root, component),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Returns an object that has the fields of both, those of the first one as they are whenever they are read. */
function over(script: ContainerRuntimeScript = {}, fields: ContainerRuntimeScript): ContainerRuntimeScript {
  return Object.assign(Object.create(script) as ContainerRuntimeScript, fields);
}

function logsOf(root: ScratchRoot, component: string): string {
  const pods = root.inside("/var/log/pods");
  const directories = readdirSync(pods).filter((name) => name.startsWith(`kube-system_${component}-`));
  return directories
    .flatMap((name) => entriesBelow(`${pods}/${name}`))
    .filter((path) => path.endsWith(".log"))
    .map((path) => readFileSync(path, "utf8"))
    .join("");
}
