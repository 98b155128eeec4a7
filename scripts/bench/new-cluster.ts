import { caCertHashOf, clusterSecrets, exportKubeconfig, joinArguments } from "../../lab/cluster.ts";
import type { Lab } from "../../lab/lab.ts";
import type { LabHost } from "../../lab/lab-host.ts";
import { waitUntil } from "../../lab/wait-until.ts";
import { writeInitConfiguration } from "./init-configuration.ts";
import type { Measurement } from "./measurement.ts";
import { inTurn, ours, type Program, say, timed } from "./programs.ts";

/** From bare hosts to a cluster: nothing waits between the end of init and the joins. */
interface Scenario {
  readonly name: string;
  readonly summary: string;
  readonly what: string;
  readonly limit: number;
  /** All hosts but the first, which runs init. */
  readonly hosts: readonly string[];
  /** Returns the milliseconds that count. */
  run(cluster: NewCluster): Promise<number>;
}

const [secondControlPlane, thirdControlPlane] = ["cp2", "cp3"] as const;
const [worker, secondWorker] = ["w1", "w2"] as const;
const fourHosts = [secondControlPlane, thirdControlPlane, worker, secondWorker];

const scenarios: readonly Scenario[] = [
  {
    name: "first-worker-join",
    summary: "the time of a worker join that starts when init ends",
    what: "first worker join, right after init",
    limit: 0.6,
    hosts: [worker],
    async run(cluster) {
      await cluster.init();
      return cluster.join(worker);
    },
  },
  {
    name: "five-nodes-in-turn",
    summary: "three control planes and two workers, one after the other, until all are Ready",
    what: "five nodes, one after the other",
    limit: 0.42,
    hosts: fourHosts,
    run: (cluster) =>
      elapsedOf(async () => {
        await cluster.init();
        for (const host of fourHosts) await cluster.join(host);
        await cluster.ready();
      }),
  },
  {
    name: "five-nodes-at-once",
    summary: "the same, with all four joins started at once when init ends",
    what: "five nodes, joins at once",
    limit: 0.45,
    hosts: fourHosts,
    run: (cluster) =>
      elapsedOf(async () => {
        await cluster.init();
        await Promise.all(fourHosts.map((host) => cluster.join(host)));
        await cluster.ready();
      }),
  },
];

/** A third as many rounds as worker joins. */
export const newClusters: readonly Measurement[] = scenarios.map((scenario) => ({
  name: scenario.name,
  summary: scenario.summary,
  async measure({ lab, rounds: workerRounds }) {
    const rounds = Math.ceil(workerRounds / 3);
    const samples = await inTurn(rounds, async ({ program, round }) => {
      const cluster = await NewCluster.open(lab, program, scenario.hosts);
      const elapsed = await scenario.run(cluster);
      say(
        `${scenario.name} ${round} of ${rounds} by ${program}: ${elapsed.toFixed(0)} ms (${cluster.steps.join(", ")})`,
      );
      return elapsed;
    });
    return [{ what: scenario.what, unit: "ms", samples, limit: scenario.limit }];
  },
}));

/** Bare hosts, and the cluster that one program makes of them. */
class NewCluster {
  /** What took how long. */
  readonly steps: string[] = [];
  readonly #lab: Lab;
  readonly #program: Program;
  readonly #first: LabHost;
  readonly #secrets = clusterSecrets();
  #caCertHash = "";

  private constructor(lab: Lab, program: Program, first: LabHost) {
    this.#lab = lab;
    this.#program = program;
    this.#first = first;
  }

  /** Ends the hosts that the lab has. */
  static async open(lab: Lab, program: Program, hosts: readonly string[]): Promise<NewCluster> {
    for (const { name } of lab.state.hosts) await lab.removeHost(name);
    const first = await lab.addHost("cp1", { kubeadm: ours });
    for (const name of hosts) await lab.addHost(name, { kubeadm: ours });
    return new NewCluster(lab, program, first);
  }

  async init(): Promise<void> {
    const { kubernetes } = this.#lab.state;
    const args = await writeInitConfiguration(this.#first, { kubernetes, ...this.#secrets });
    await this.#timed("init", this.#first, args);
    this.#caCertHash = await caCertHashOf(this.#first, "/etc/kubernetes/pki");
  }

  join(name: string): Promise<number> {
    const cluster = {
      controlPlane: this.#first.name,
      endpoint: `${this.#first.address}:6443`,
      ...this.#secrets,
      caCertHash: this.#caCertHash,
    };
    const controlPlane = name.startsWith("cp");
    return this.#timed(name, this.#lab.host(name), ["join", ...joinArguments(cluster, { controlPlane })]);
  }

  /** Waits until every host is a Node that is Ready. */
  async ready(): Promise<void> {
    const lab = this.#lab;
    await exportKubeconfig(this.#first, lab.kubeconfig, this.#first.address);
    const path = 'jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
    const probe = async () => {
      const { stdout } = await lab.kubectl(["get", "nodes", "-o", path]);
      return stdout.split("\n").filter((status) => status === "True").length === lab.state.hosts.length;
    };
    const elapsed = await elapsedOf(() =>
      waitUntil("all nodes to be Ready", probe, { timeoutMs: 120_000, intervalMs: 200 }),
    );
    this.steps.push(`Ready ${elapsed.toFixed(0)}`);
  }

  async #timed(step: string, host: LabHost, args: readonly string[]): Promise<number> {
    const elapsed = await timed(host, this.#program, args);
    this.steps.push(`${step} ${elapsed.toFixed(0)}`);
    return elapsed;
  }
}

async function elapsedOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
