// A control plane that upgrades must leave as it was.
import { expect } from "vitest";
import { isControlPlane, votersAre } from "../control-plane/control-plane-lab.ts";
import { eventually } from "../join/cluster-actions.ts";
import { fromVersion, type UpgradeLab } from "./upgrade-lab.ts";
import { recordUpgrade, type UpgradeRecord } from "./upgrade-record.ts";
import type { Witness } from "./witness.ts";

const temporary = "/etc/kubernetes/tmp";

/** The only control plane of a cluster, as it was when this was made. */
export class UnchangedCluster {
  readonly before: UpgradeRecord;
  readonly #cluster: UpgradeLab;
  readonly #witness: Witness;

  private constructor(cluster: UpgradeLab, witness: Witness, before: UpgradeRecord) {
    this.#cluster = cluster;
    this.#witness = witness;
    this.before = before;
  }

  static async record(cluster: UpgradeLab, witness: Witness): Promise<UnchangedCluster> {
    return new UnchangedCluster(cluster, witness, await recordUpgrade(cluster.lab, cluster.controlPlane));
  }

  /** The components run as they did: the same manifests, and what the API server and etcd answer. */
  async isAsBefore(): Promise<void> {
    const { lab, controlPlane } = this.#cluster;
    await apiServerAnswers(this.#cluster);
    const { stdout } = await lab.kubectl(["get", "--raw", "/version"]);
    expect(JSON.parse(stdout)).toMatchObject({ gitVersion: `v${fromVersion}` });
    await isControlPlane(lab, controlPlane);
    await votersAre(controlPlane, controlPlane.name);
    await this.#witness.isUnharmed();
    const record = await recordUpgrade(lab, controlPlane);
    const files = Object.entries(record.host.files).filter(([path]) => !path.startsWith(temporary));
    expect(Object.fromEntries(files)).toEqual(this.before.host.files);
    expect(record.objects).toEqual(this.before.objects);
  }

  /** The components other than etcd run as they did: etcd stays upgraded if one of them fails. */
  async componentsAreAsBefore(): Promise<void> {
    const { lab, controlPlane } = this.#cluster;
    await apiServerAnswers(this.#cluster);
    await isControlPlane(lab, controlPlane);
    await this.#witness.isUnharmed();
    const { host } = await recordUpgrade(lab, controlPlane);
    for (const component of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
      const path = `/etc/kubernetes/manifests/${component}.yaml`;
      expect(host.files[path], path).toBe(this.before.host.files[path]);
    }
  }
}

/** The API server ends while etcd is away, and the kubelet takes a while to start it again. */
async function apiServerAnswers({ lab }: UpgradeLab): Promise<void> {
  const ready = ["get", "--raw", "/readyz", "--request-timeout", "5s"] as const;
  await eventually("the API server", async () => (await lab.kubectl(ready)).stdout === "ok", 180_000);
}

/** Shows what an operator reads, without the logs of components. */
export function show(title: string, { stderr }: { readonly stderr: string }): void {
  const lines = stderr.split("\n").filter((line) => !/^\t[^\t[-]/.test(line));
  process.stderr.write(`--- ${title}\n${lines.join("\n")}\n`);
}

/** Returns the code of the error that a command has ended with. */
export function codeOf({ stderr }: { readonly stderr: string }): string | undefined {
  return /^code: (.*)$/m.exec(stderr)?.[1];
}
