import { existsSync } from "node:fs";
import type { Endpoint } from "../../addresses/url-address.ts";
import { connectHttpsBy } from "../../cluster/https.ts";
import { type InspectServer, inspectServer } from "../../cluster/https-inspection.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import { connectContainerRuntime } from "../../cri/grpc-container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import { etcdBy } from "../../etcd/grpc-etcd.ts";
import { CommandError, type Commands, type Host } from "../../host/host.ts";
import { commandServices } from "../../host/local/services.ts";
import { rootDirectoryOf, rootedHost } from "../../host/rooted.ts";
import { localTlsSocketsBy } from "../../sockets/local-tls-sockets.ts";
import { carriedEndpoint, carriedUrl } from "../network/loopback-network.ts";
import { type MachineNetworkOptions, machineNetwork } from "../network/machine-network.ts";
import type { ScratchRoot } from "../scratch-root.ts";
import type { RunningKubelet } from "../start-kubelet.ts";
import { kernelRelease } from "./kernel-files.ts";
import { unitPrograms } from "./unit-programs.ts";

/** The machine whose ports `machinePorts` returns. */
export interface MachineHostOptions extends MachineNetworkOptions {
  readonly hostname: string;
  readonly root: Pick<ScratchRoot, "path" | "inside">;
  readonly kubelet: Pick<RunningKubelet, "command" | "output"> | undefined;
}

/** The ports of a program that runs on an embedded machine. */
export interface MachinePorts {
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly inspectServer: InspectServer;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
}

/**
 * Returns the ports of a program that runs on a machine: the files of its scratch root, its kubelet as the only service,
 * and the addresses of its network. `base` is the machine that runs the tests.
 */
export function machinePorts(base: Host, options: MachineHostOptions): MachinePorts {
  const { place, root } = options;
  const locate = rootDirectoryOf(base, root.path).withSocket;
  const carried = (endpoint: Endpoint) => carriedEndpoint(place, endpoint);
  return {
    host: machineHost(base, options),
    connectTransport: connectHttpsBy(carried),
    inspectServer: (url, signal) => inspectServer(carriedUrl(place, url), signal),
    connectContainerRuntime: (endpoint) => connectContainerRuntime(endpoint, { locate }),
    connectEtcd: etcdBy(localTlsSocketsBy(carried)),
  };
}

/**
 * The machine as a program with root's rights sees it: its files are those of the scratch root, its only service is the
 * kubelet, its programs run without a chroot.
 */
function machineHost(base: Host, options: MachineHostOptions): Host {
  const { root, hostname, kubelet } = options;
  const rooted = rootedHost({ ...base, network: machineNetwork(base.network, options) }, root.path);
  return {
    ...rooted,
    commands: machineCommands(base.commands, root),
    services: commandServices(unitPrograms(kubelet)),
    machine: {
      ...base.machine,
      platform: "linux",
      uid: 0,
      hostname,
      kernelRelease,
      cpus: 2,
      memoryBytes: 4 * 1024 ** 3,
      environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    },
  };
}

/** Programs of this machine whose absolute paths are meant to be those of the embedded one. */
const takesPaths: ReadonlySet<string> = new Set(["cp", "mv", "sync"]);

function machineCommands(base: Commands, root: MachineHostOptions["root"]): Commands {
  const find = async (name: string) => {
    const path = name.includes("/") ? name : `/usr/bin/${name}`;
    return existsSync(root.inside(path)) ? path : undefined;
  };
  return {
    find,
    run: async ([name, ...args], options) => {
      const path = await find(name);
      if (path === undefined) {
        throw new CommandError("not-found", name, `exec: ${JSON.stringify(name)}: executable file not found in $PATH`);
      }
      const translated = takesPaths.has(name)
        ? args.map((arg) => (arg.startsWith("/") ? root.inside(arg) : arg))
        : args;
      return base.run([root.inside(path), ...translated], options);
    },
  };
}
