// kube-controller-manager and kube-scheduler from their manifests.
import { X509Certificate } from "node:crypto";
import { abortable } from "../../async/signal.ts";
import { restCluster } from "../../cluster/rest-cluster.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import { localClock } from "../../host/local/clock.ts";
import { keyPairFromPem } from "../../pki/keys.ts";
import { type CertificateAuthority, loadCertificateAuthority } from "../../pki/x509.ts";
import { defined } from "../../values/defined.ts";
import { type ContainerProcess, type ContainerProgram, ProgramFailure } from "../container-program.ts";
import { type ControllerName, type Storage, startControllerManager, systemClock } from "../control-plane/index.ts";
import { type Credentials, readCredentials } from "../kubelet/kubeconfig.ts";
import { carriedEndpoint } from "../network/loopback-network.ts";
import { Arguments, readFile } from "./arguments.ts";
import { behaviorOf } from "./component-behavior.ts";
import type { ComponentWorld } from "./component-world.ts";
import { serveHealth } from "./health-server.ts";
import { becomeLeader } from "./leadership.ts";

const commonFlags = [
  "authentication-kubeconfig",
  "authorization-kubeconfig",
  "bind-address",
  "feature-gates",
  "kubeconfig",
  "leader-elect",
  "profiling",
  "secure-port",
  "v",
];
const controllerManagerFlags = [
  ...commonFlags,
  "allocate-node-cidrs",
  "client-ca-file",
  "cluster-cidr",
  "cluster-name",
  "cluster-signing-cert-file",
  "cluster-signing-duration",
  "cluster-signing-key-file",
  "controllers",
  "node-cidr-mask-size",
  "node-cidr-mask-size-ipv4",
  "node-cidr-mask-size-ipv6",
  "requestheader-client-ca-file",
  "root-ca-file",
  "service-account-private-key-file",
  "service-cluster-ip-range",
  "use-service-account-credentials",
];
const defaultSigningSeconds = 365 * 24 * 3600;
const retryMs = 50;

export function kubeControllerManager(world: ComponentWorld): ContainerProgram {
  return (container) => {
    const flags = new Arguments(container, controllerManagerFlags);
    for (const flag of ["client-ca-file", "requestheader-client-ca-file"]) {
      if (flags.get(flag) !== "") new X509Certificate(flags.file(flag, container));
    }
    keyPairFromPem(flags.file("service-account-private-key-file", container));
    const settings = {
      signingCa: signingAuthority(flags, container),
      rootCaPem: flags.file("root-ca-file", container),
      signingDurationSeconds: defaultSigningSeconds,
      podSubnet: flags.get("allocate-node-cidrs") === "true" ? flags.list("cluster-cidr")[0] : undefined,
      isEnabled: (name: ControllerName) => isEnabled(name, flags.list("controllers")),
    };
    return run({ flags, container, world, name: "kube-controller-manager", port: 10257 }, (storage) => {
      const controllers = startControllerManager({ ...settings, storage, clock: systemClock });
      return () => controllers.stopAll();
    });
  };
}

export function kubeScheduler(world: ComponentWorld): ContainerProgram {
  return (container) => {
    const flags = new Arguments(container, commonFlags);
    return run({ flags, container, world, name: "kube-scheduler", port: 10259 }, () => () => undefined);
  };
}

/** Undefined if no files are named: the CA is external. */
function signingAuthority(flags: Arguments, container: ContainerProcess): CertificateAuthority | undefined {
  if (flags.get("cluster-signing-cert-file") === "") return undefined;
  const { privateKey } = keyPairFromPem(flags.file("cluster-signing-key-file", container));
  return loadCertificateAuthority(flags.file("cluster-signing-cert-file", container), privateKey);
}

/** `*` means all that are on by default; these two are not. */
function isEnabled(name: ControllerName, wanted: readonly string[]): boolean {
  if (wanted.includes(`-${name}`)) return false;
  const isOffByDefault = ["bootstrapsigner", "tokencleaner"].includes(name);
  return wanted.includes(name) || (!isOffByDefault && (wanted.length === 0 || wanted.includes("*")));
}

interface Component {
  readonly flags: Arguments;
  readonly container: ContainerProcess;
  readonly world: ComponentWorld;
  readonly name: string;
  readonly port: number;
}

/** Serves health from the start; works once the API server of its kubeconfig accepts it, and it is the leader. */
async function run(component: Component, work: (storage: Storage) => () => void): Promise<number> {
  const { flags, container, world, name } = component;
  const credentials = kubeconfigOf(component);
  const bound = { host: flags.get("bind-address", "0.0.0.0"), port: flags.number("secure-port", component.port) };
  const isHealthy = behaviorOf(world.behaviors, container).health !== "fail";
  await using _health = await serveHealth(carriedEndpoint(world.place, bound), () => isHealthy);
  try {
    const storage = await storageBehind(credentials, component);
    const giveUp = await becomeLeader(storage, name, container.signal);
    const end = work(storage);
    try {
      await abortable(new Promise<never>(() => undefined), container.signal);
    } finally {
      end();
      giveUp();
    }
  } catch (error) {
    if (!container.signal.aborted) throw error;
  }
  return 0;
}

function kubeconfigOf({ flags, container }: Component): Credentials {
  const path = flags.get("kubeconfig");
  readFile(path, container);
  try {
    return readCredentials(path, (inside) => container.path(inside));
  } catch (error) {
    throw new ProgramFailure(`"command failed" err="invalid configuration: ${messageOf(error)}"`, error);
  }
}

async function storageBehind(credentials: Credentials, component: Component): Promise<Storage> {
  const { container, world, name } = component;
  const { certificateAuthority, clientCertificate, clientKey, server } = credentials;
  const connection = world.connectTransport({
    certificateAuthority,
    ...defined({ clientCertificate, clientKey }),
  });
  const cluster = restCluster({ server, send: connection.send, userAgent: name, close: connection.close });
  const nodes = { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false };
  try {
    for (;;) {
      try {
        await cluster.list(nodes, { signal: container.signal });
        const storage = world.storageOf(server);
        if (storage !== undefined) return storage;
      } catch (error) {
        container.signal.throwIfAborted();
        container.log(`error retrieving resource lock kube-system/${name}: ${messageOf(error)}`);
      }
      await localClock.sleep(retryMs, container.signal);
    }
  } finally {
    cluster.close();
  }
}
