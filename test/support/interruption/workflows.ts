// The workflows whose every step may be the last one of a program: each on a new machine, in a cluster that others use.
import type { ClusterMachine, EmbeddedCluster } from "../../../src/embedded/index.ts";
import { embeddedCluster } from "../../../src/embedded/index.ts";
import { kubeadm } from "../control-plane/kubeadm.ts";
import {
  becomesReady,
  initArguments,
  joinArguments,
  type Started,
  startedCluster,
  succeeded,
} from "../control-plane/stage.ts";
import { objectsOf } from "./end-state.ts";
import { uninterrupted } from "./interrupted-machine.ts";
import { stopsBefore } from "./stops-before.ts";

/** A machine on which a command is about to run for the first time. */
export interface Scene extends AsyncDisposable {
  readonly cluster: EmbeddedCluster;
  readonly machine: ClusterMachine;
  readonly args: readonly string[];
  /** The cluster's objects before anything ran on the machine. */
  readonly before: readonly string[];
}

export interface Workflow extends AsyncDisposable {
  readonly name: string;
  /** Whether the node is in the cluster at the end. */
  readonly joins: boolean;
  scene(): Promise<Scene>;
}

/** A machine's address has to fit into the cluster's network; below .100 is the load balancer. */
const machinesOfCluster = 60;

/** Clusters with one control plane each, for machines that join one after the other. */
function clusters() {
  let current: { readonly started: Started; made: number } | undefined;
  const dispose = async () => {
    await current?.started[Symbol.asyncDispose]();
    current = undefined;
  };
  return {
    dispose,
    machine: async () => {
      if (current === undefined || current.made >= machinesOfCluster) {
        await dispose();
        current = { started: await startedCluster(), made: 0 };
      }
      current.made += 1;
      const { started, made } = current;
      const before = objectsOf(started.cluster);
      return { started, before, cluster: started.cluster, machine: await started.cluster.machine(`n${made}`) };
    },
  };
}

export function joinWorkflow(role: "worker" | "control-plane"): Workflow {
  const pool = clusters();
  return {
    name: `${role} join`,
    joins: true,
    scene: async () => {
      const { started, ...scene } = await pool.machine();
      const args = joinArguments(started, scene.machine, role);
      return { ...scene, args, [Symbol.asyncDispose]: () => leave(scene.machine, role) };
    },
    [Symbol.asyncDispose]: pool.dispose,
  };
}

/** Removes a machine. Its etcd member leaves first: without it, the others would lose their quorum. */
async function leave(machine: ClusterMachine, role: "worker" | "control-plane"): Promise<void> {
  if (role === "control-plane") succeeded(await kubeadm(uninterrupted(machine), ["reset", "--force"]), machine);
  await machine[Symbol.asyncDispose]();
}

export function initWorkflow(): Workflow {
  return {
    name: "init",
    joins: true,
    scene: async () => {
      const cluster = await embeddedCluster();
      const machine = await cluster.machine("n1");
      const args = ["init", ...initArguments(cluster, machine), "--upload-certs"];
      return { cluster, machine, args, before: [], [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** `step`: the one before which the join stops that reset undoes; it ends well if undefined. */
export function resetWorkflow(role: "worker" | "control-plane", step?: string): Workflow {
  const pool = clusters();
  return {
    name: `reset of ${step === undefined ? "a" : "an unfinished"} ${role} join`,
    joins: false,
    scene: async () => {
      const { started, ...scene } = await pool.machine();
      const { machine, cluster } = scene;
      const join = joinArguments(started, machine, role);
      if (step === undefined) {
        succeeded(await kubeadm(uninterrupted(machine), join), machine);
        await becomesReady(cluster, machine.hostname);
      } else {
        await stopsBefore(step, machine, join);
      }
      return { ...scene, args: ["reset", "--force"], [Symbol.asyncDispose]: () => leave(machine, role) };
    },
    [Symbol.asyncDispose]: pool.dispose,
  };
}
