import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect } from "vitest";
import { parse, stringify } from "yaml";
import { createToken, type Fields, getNode } from "./cluster-actions.ts";
import { isJoined, isRefused, join, joins } from "./joining.ts";
import type { Machine, Scenario, StageCluster } from "./stage.ts";

const file = "/root/join.yaml";
const v1beta4 = "kubeadm.k8s.io/v1beta4";

const configured: readonly Scenario[] = [
  {
    name: "a v1beta4 configuration",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(file, stringify(await configuration(stage.cluster)));
      await joins(machine, ["--config", file]);
    },
  },
  {
    name: "a v1beta3 configuration, whose extra arguments are a map",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const nodeRegistration = { kubeletExtraArgs: { "node-labels": "pool=old" } };
      const apiVersion = "kubeadm.k8s.io/v1beta3";
      await machine.write(file, stringify(await configuration(stage.cluster, { apiVersion, nodeRegistration })));
      await joins(machine, ["--config", file]);
      expect((await getNode(stage.cluster, machine.hostname))?.metadata.labels).toMatchObject({ pool: "old" });
    },
  },
  {
    name: "a configuration in JSON",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(file, JSON.stringify(await configuration(stage.cluster)));
      await joins(machine, ["--config", file]);
    },
  },
  {
    name: "a configuration together with a flag that does not go with one is refused",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(file, stringify(await configuration(stage.cluster)));
      const outcome = await join(machine, ["--config", file, "--token", await createToken(stage.cluster)]);
      isRefused(machine, outcome, "error: can not mix '--config' with arguments [token]");
    },
  },
  {
    name: "a name, taints and labels of its configuration",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const nodeName = `${machine.hostname}-named`;
      const taints = [
        { key: "dedicated", value: "tests", effect: "NoSchedule" },
        { key: "alone", effect: "PreferNoSchedule" },
      ];
      const kubeletExtraArgs = [{ name: "node-labels", value: "pool=new,zone=a" }];
      const nodeRegistration = { name: nodeName, taints, kubeletExtraArgs };
      await resolves(machine, nodeName);
      await machine.write(file, stringify(await configuration(stage.cluster, { nodeRegistration })));
      const outcome = await machine.start(["join", "--config", file, ...machine.checkArguments]).ended;
      await isJoined(machine, outcome, { nodeName });
      const node = await getNode(stage.cluster, nodeName);
      expect(node?.metadata.labels).toMatchObject({ pool: "new", zone: "a" });
      for (const taint of taints) expect(node?.spec.taints).toContainEqual(taint);
    },
  },
  {
    name: "a node-ip that is no address of the machine: says so before anything is started, also in a dry run",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const kubeletExtraArgs = [{ name: "node-ip", value: "203.0.113.77" }];
      await machine.write(
        file,
        stringify(await configuration(stage.cluster, { nodeRegistration: { kubeletExtraArgs } })),
      );
      const { stdout, stderr, status } = await join(machine, ["--config", file, "--dry-run"]);
      expect(status, stderr).toBe(0);
      expect(stderr).toContain("203.0.113.77 is not an address of this machine");
      expect(stdout).not.toContain("203.0.113.77 is not");
    },
  },
  {
    name: "a hostname-override for its kubelet, which names the Node",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const nodeName = `${machine.hostname}-override`;
      const nodeRegistration = { kubeletExtraArgs: [{ name: "hostname-override", value: nodeName }] };
      await resolves(machine, nodeName);
      await machine.write(file, stringify(await configuration(stage.cluster, { nodeRegistration })));
      await joins(machine, ["--config", file], { nodeName });
      expect(await getNode(stage.cluster, machine.hostname)).toBeUndefined();
    },
  },
];

const patches = "/root/patches";

const patched: readonly Scenario[] = [
  {
    name: "strategic, merge and JSON patches of its kubelet's configuration, another health port among them",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      // Where nothing listens on any of the machines that share a network.
      const healthzPort = randomInt(20_000, 30_000);
      await machine.write(
        `${patches}/kubeletconfiguration0.yaml`,
        stringify({ maxPods: 50, clusterDomain: "one.test" }),
      );
      await machine.write(`${patches}/kubeletconfiguration1+merge.json`, JSON.stringify({ clusterDomain: "two.test" }));
      const operations = [{ op: "replace", path: "/healthzPort", value: healthzPort }];
      await machine.write(`${patches}/kubeletconfiguration2+json.yaml`, stringify(operations));
      const outcome = await joins(machine, [...(await flags(stage.cluster)), "--patches", patches]);
      expect(parse(await machine.read("/var/lib/kubelet/config.yaml"))).toMatchObject({
        maxPods: 50,
        clusterDomain: "two.test",
        healthzPort,
      });
      expect(outcome.stdout).toContain(`http://127.0.0.1:${healthzPort}/healthz`);
    },
  },
  {
    name: "a kubelet that is to request its serving certificate: says at the end that someone has to approve it, and asks nothing for that",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(`${patches}/kubeletconfiguration+merge.yaml`, stringify({ serverTLSBootstrap: true }));
      const { stderr } = await joins(machine, [...(await flags(stage.cluster)), "--patches", patches]);
      const [last = ""] = stderr.trimEnd().split("\n").slice(-1);
      expect(last).toContain("kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving");
      const requests = (await machine.requests()).filter(({ userAgent }) => userAgent.startsWith("kubeadm"));
      expect(requests.filter(({ path }) => path.includes("kubelet-serving"))).toEqual([]);
    },
  },
  {
    name: "the directory of patches named in its configuration",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(`${patches}/kubeletconfiguration+merge.yaml`, stringify({ maxPods: 51 }));
      const content = await configuration(stage.cluster, { patches: { directory: patches } });
      await machine.write(file, stringify(content));
      await joins(machine, ["--config", file]);
      expect(parse(await machine.read("/var/lib/kubelet/config.yaml"))).toMatchObject({ maxPods: 51 });
    },
  },
];

const byPhases: readonly Scenario[] = [
  {
    name: "its phases run one at a time",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const discovery = await flags(stage.cluster);
      const { nameArguments, checkArguments } = machine;
      await phase(machine, "preflight", [...discovery, ...nameArguments, ...checkArguments]);
      expect(await machine.tree("/etc/kubernetes")).toEqual([]);
      await phase(machine, "kubelet-start", [...discovery, ...nameArguments]);
      const [, , token = ""] = discovery;
      expect(await machine.read("/etc/kubernetes/bootstrap-kubelet.conf")).toBe(
        goldenBootstrapKubeconfig(stage.cluster, token),
      );
      const outcome = await phase(machine, "kubelet-wait-bootstrap", []);
      expect(outcome.stdout).toContain("[kubelet-check] The kubelet is healthy after");
      expect(machine.exists("/etc/kubernetes/bootstrap-kubelet.conf")).toBe(false);
      await machine.becomesNode(machine.hostname);
    },
  },
  {
    name: "the preflight phase skipped",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const args = ["join", ...(await flags(stage.cluster)), "--skip-phases", "preflight", ...machine.nameArguments];
      const outcome = await machine.start(args).ended;
      await isJoined(machine, outcome);
      expect(outcome.stdout).not.toContain("[preflight] Running pre-flight checks");
    },
  },
  {
    name: "the preflight phase skipped by its configuration",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await machine.write(file, stringify(await configuration(stage.cluster, { skipPhases: ["preflight"] })));
      const outcome = await machine.start(["join", "--config", file, ...machine.nameArguments]).ended;
      await isJoined(machine, outcome);
      expect(outcome.stdout).not.toContain("[preflight] Running pre-flight checks");
    },
  },
  {
    name: "an unknown phase to skip is refused",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const outcome = await join(machine, [...(await flags(stage.cluster)), "--skip-phases", "bogus"]);
      isRefused(machine, outcome, "error: invalid phase name: bogus");
    },
  },
];

export const configurationScenarios: readonly Scenario[] = [...configured, ...patched, ...byPhases];

/** A JoinConfiguration with its own token. */
async function configuration(cluster: StageCluster, more: Fields = {}): Promise<Fields> {
  const bootstrapToken = {
    apiServerEndpoint: cluster.endpoint,
    token: await createToken(cluster),
    caCertHashes: [cluster.caPin],
  };
  return { apiVersion: v1beta4, kind: "JoinConfiguration", discovery: { bootstrapToken }, ...more };
}

async function flags(cluster: StageCluster): Promise<readonly string[]> {
  const token = await createToken(cluster);
  return [cluster.endpoint, "--token", token, "--discovery-token-ca-cert-hash", cluster.caPin];
}

/** The kubelet looks up its Node's name, and waits for DNS where /etc/hosts does not have it. */
async function resolves(machine: Machine, name: string): Promise<void> {
  await machine.write("/etc/hosts", `${await machine.read("/etc/hosts")}127.0.1.1 ${name}\n`);
}

async function phase(machine: Machine, name: string, args: readonly string[]) {
  const outcome = await machine.start(["join", "phase", name, ...args]).ended;
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  return outcome;
}

/** What upstream's kubelet-start wrote, with this cluster's names. */
function goldenBootstrapKubeconfig(cluster: StageCluster, token: string): string {
  return readFileSync(path(import.meta.dirname, "../../golden/join/worker/bootstrap-kubelet.conf"), "utf8")
    .replace("<CA-CERT-BASE64>", Buffer.from(cluster.caCertificatePem).toString("base64"))
    .replace("<ENDPOINT>", cluster.endpoint)
    .replace("<TOKEN-ID>.<TOKEN-SECRET>", token);
}
