import { expect } from "vitest";
import { stringify } from "yaml";
import { kubeletClientPair } from "../../fixtures/kubeadm/bootstrap/client-certificate.ts";
import {
  addNode,
  approve,
  createToken,
  deleteNode,
  getNode,
  type SigningRequest,
  signingRequestsOf,
  withoutAutoApproval,
} from "./cluster-actions.ts";
import { isJoined, isRefused, join, joins, says, whileRuns } from "./joining.ts";
import type { RunningKubeadm, Scenario, StageCluster } from "./stage.ts";

const kubeletKubeconfig = "/etc/kubernetes/kubelet.conf";

export const nodeScenarios: readonly Scenario[] = [
  {
    name: "kubelet credentials laid there manually, and asks for no others",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const token = await createToken(stage.cluster);
      const laid = await kubeletCredentials(stage.cluster, machine.hostname);
      await machine.write(kubeletKubeconfig, laid, 0o600);
      await joins(machine, [
        ...flags(stage.cluster, token),
        ...["--ignore-preflight-errors", "FileAvailable--etc-kubernetes-kubelet.conf"],
      ]);
      expect(await machine.read(kubeletKubeconfig)).toBe(laid);
      expect(await signingRequestsOf(stage.cluster, `system:bootstrap:${token.split(".")[0]}`)).toEqual([]);
    },
  },
  {
    name: "a cluster that approves nothing by itself: says what is Pending, and ends once it is approved",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { cluster } = stage;
      await using _off = await withoutAutoApproval(cluster);
      const token = await createToken(cluster);
      const running = machine.start([
        ...["join", ...flags(cluster, token)],
        ...[...machine.nameArguments, ...machine.checkArguments],
      ]);
      const user = `system:bootstrap:${token.split(".")[0]}`;
      const request = await requestOf(running, cluster, user);
      await says(running, `certificate signing request ${request.metadata.name} is Pending`);
      await approve(cluster, request);
      await isJoined(machine, await running.ended);
      expect(await signingRequestsOf(cluster, user)).toHaveLength(1);
    },
  },
  {
    name: "a client certificate of another cluster, where nothing is approved by itself: says so, and the kubelet requests its own",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const { cluster } = stage;
      await using _off = await withoutAutoApproval(cluster);
      const current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
      await machine.write(current, await kubeletClientPair({ nodeName: machine.hostname }), 0o600);
      const token = await createToken(cluster);
      const running = machine.start([
        ...["join", ...flags(cluster, token)],
        ...[...machine.nameArguments, ...machine.checkArguments],
      ]);
      const user = `system:bootstrap:${token.split(".")[0]}`;
      const request = await requestOf(running, cluster, user);
      await approve(cluster, request);
      const outcome = await running.ended;
      await isJoined(machine, outcome);
      const warning = outcome.stderr.split("\n").find((line) => line.includes(current));
      expect(warning).toContain("CN=last-year");
      const kept = /still in (\S+)/.exec(warning ?? "")?.[1] ?? "";
      expect(await machine.read(kept)).toContain("PRIVATE KEY");
    },
  },
  {
    name: "a dry run that changes nothing",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const token = await createToken(stage.cluster);
      const directory = "/root/dry-run";
      const before = await machine.tree("/etc", "/var/lib/kubelet");
      const outcome = await join(machine, [...flags(stage.cluster, token), "--dry-run"], {
        environment: { KUBEADM_JOIN_DRYRUN_DIR: directory },
      });
      expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
      expect(await machine.tree("/etc", "/var/lib/kubelet")).toEqual(before);
      expect((await machine.tree(directory)).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
        `600 ${directory}/bootstrap-kubelet.conf`,
        `644 ${directory}/ca.crt`,
        `644 ${directory}/config.yaml`,
        `644 ${directory}/instance-config.yaml`,
        `644 ${directory}/kubeadm-flags.env`,
      ]);
      const requests = (await machine.requests()).filter(({ userAgent }) => userAgent.startsWith("kubeadm"));
      expect(requests).not.toEqual([]);
      expect(requests.filter(({ verb }) => !["get", "list", "watch"].includes(verb))).toEqual([]);
      expect(await getNode(stage.cluster, machine.hostname)).toBeUndefined();
      expect(outcome.stdout + outcome.stderr).not.toContain(token.split(".")[1]);
    },
  },
  {
    name: "a dry run that was given no directory, and makes one",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const before = await machine.tree("/etc", "/var/lib/kubelet");
      const outcome = await join(machine, [...flags(stage.cluster, await createToken(stage.cluster)), "--dry-run"]);
      expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
      const made = (line: string) => / \/etc\/kubernetes(\/tmp(\/kubeadm-join-dryrun\d+.*)?)? /.test(line);
      const after = await machine.tree("/etc", "/var/lib/kubelet");
      expect(after.filter((line) => !made(line))).toEqual(before);
      expect(after.some((line) => / \/etc\/kubernetes\/tmp\/kubeadm-join-dryrun\d+\/config\.yaml /.test(line))).toBe(
        true,
      );
    },
  },
  {
    name: "a Node of its name that is not Ready: takes it over, with a warning",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      await addNode(stage.cluster, machine.hostname, { ready: false });
      const left = await getNode(stage.cluster, machine.hostname);
      const outcome = await joins(machine, flags(stage.cluster, await createToken(stage.cluster)));
      expect(outcome.stderr).toContain(`the cluster already has a Node "${machine.hostname}", which is not Ready`);
      expect((await getNode(stage.cluster, machine.hostname))?.metadata.uid).toBe(left?.metadata.uid);
    },
  },
  {
    name: "a Node of its name that is Ready: is refused",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const name = "taken";
      await addNode(stage.cluster, name, { ready: true });
      try {
        const outcome = await machine.start([
          ...["join", ...flags(stage.cluster, await createToken(stage.cluster)), "--node-name", name],
          ...machine.checkArguments,
        ]).ended;
        isRefused(machine, outcome, `a Node with name "${name}" and status "Ready" already exists in the cluster.`);
      } finally {
        await deleteNode(stage.cluster, name);
      }
    },
  },
  {
    name: "a machine that was a node before, and joins again after a reset",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const args = flags(stage.cluster, await createToken(stage.cluster));
      await joins(machine, args);
      const first = await getNode(stage.cluster, machine.hostname);
      await machine.leave(machine.hostname);
      await joins(machine, args);
      expect((await getNode(stage.cluster, machine.hostname))?.metadata.uid).not.toBe(first?.metadata.uid);
    },
  },
  {
    name: "a machine that is a node already: is refused, and stays one",
    run: async (stage) => {
      await using machine = await stage.addMachine();
      const args = flags(stage.cluster, await createToken(stage.cluster));
      await joins(machine, args);
      const before = await machine.read(kubeletKubeconfig);
      const outcome = await join(machine, args);
      expect(outcome.stderr).toContain(
        "[ERROR FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists",
      );
      expect(outcome.status).toBe(1);
      expect(await machine.read(kubeletKubeconfig)).toBe(before);
      await machine.leave(machine.hostname);
      await joins(machine, args);
    },
  },
];

/** Waits for the certificate signing request of the user, which the running join makes. */
function requestOf(running: RunningKubeadm, cluster: StageCluster, user: string): Promise<SigningRequest> {
  return whileRuns(running, "the kubelet's request", async () => (await signingRequestsOf(cluster, user))[0]);
}

function flags(cluster: StageCluster, token: string): readonly string[] {
  return [cluster.endpoint, "--token", token, "--discovery-token-ca-cert-hash", cluster.caPin];
}

/** What `kubeadm kubeconfig user --org system:nodes` would print for the node. */
async function kubeletCredentials(cluster: StageCluster, nodeName: string): Promise<string> {
  const user = `system:node:${nodeName}`;
  const { certificatePem, privateKeyPem } = await cluster.clientCredential(user, "system:nodes");
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const server = `https://${cluster.endpoint}`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { "certificate-authority-data": base64(cluster.caCertificatePem), server } }],
    users: [
      {
        name: user,
        user: { "client-certificate-data": base64(certificatePem), "client-key-data": base64(privateKeyPem) },
      },
    ],
    contexts: [{ name: "x", context: { cluster: "c", user } }],
    "current-context": "x",
  });
}
