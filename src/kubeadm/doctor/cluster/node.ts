import type { NodeCondition } from "../../../cluster/resources.ts";
import { choice } from "../../../errors/decision.ts";
import { FileError } from "../../../host/file-error.ts";
import { shell } from "../../../values/shell.ts";
import { kubeletService } from "../../kubelet/kubelet-service.ts";
import { kubeletCurrentCertificatePath } from "../../paths.ts";
import { type DoctorCheck, type DoctorFinding, failed, found, passed, skipped } from "../check.ts";
import { unreadReason } from "../facts/answer.ts";
import { kubeletKubeconfig } from "../facts/kubeconfig.ts";
import { kubeletCertificate } from "../facts/kubelet-certificate.ts";
import { nodeName } from "../facts/node-name.ts";
import { ownNode } from "../facts/nodes.ts";
import { sentence } from "../sentence.ts";
import { isUnread } from "../unread-file.ts";
import { refusedKubelet } from "./refusal.ts";

const notRead = "the Node could not be read";

export const nodeRegistered: DoctorCheck = {
  name: "node-registered",
  group: "cluster",
  title: "The Node is in the cluster",
  after: [
    "kubelet-certificate",
    "node-name",
    "kubelet-running",
    "kubelet-healthy",
    "admission-webhooks",
    "endpoint-answers",
    "endpoint-identity",
    "endpoint-ready",
    "certificate-requests",
  ],
  look: async (examination) => {
    const { once } = examination;
    const [answer, name, own, certificate] = await Promise.all([
      once(ownNode),
      once(nodeName),
      once(kubeletKubeconfig),
      once(kubeletCertificate),
    ]);
    switch (answer.state) {
      case "found":
        return passed(name);
      case "unseen":
        if (answer.refusal === undefined) return skipped(unreadReason(answer));
        if (own.state !== "loaded" || certificate.state === "awaited") {
          return skipped("the kubelet has no certificate yet");
        }
        return refusedKubelet(answer.refusal, examination);
      case "missing":
        return failed(`The cluster has no Node ${name}: it was deleted, or the kubelet has never registered it.`, {
          remedy: "The kubelet registers its Node when it starts.",
          commands: [shell`systemctl restart kubelet`, shell`journalctl -u kubelet | grep -i register`],
          fix: {
            what: "restart the kubelet, so that it registers its Node again",
            steps: [{ kind: "restart-service", service: kubeletService }],
          },
        });
    }
  },
};

const machineIdPath = "/etc/machine-id";

export const nodeOfThisMachine: DoctorCheck = {
  name: "node-machine",
  group: "cluster",
  title: "The Node with this name is this machine",
  after: ["node-name", "kubelet-running", "node-registered"],
  look: async ({ files, network, once }) => {
    const answer = await once(ownNode);
    if (answer.state !== "found") return skipped(notRead);
    const { nodeInfo, addresses = [] } = answer.value.status ?? {};
    const theirs = nodeInfo?.["machineID"] ?? "";
    let own: string;
    try {
      own = (await files.readText(machineIdPath)).trim();
    } catch (error) {
      if (!(error instanceof FileError) || isUnread(error)) throw error;
      own = "";
    }
    const name = await once(nodeName);
    const evidence = [
      `${machineIdPath}: ${own}`,
      `Node ${name}: machineID ${theirs}, ${addresses.map(({ type, address }) => `${type} ${address}`).join(", ")}`,
    ];
    if (own === "" || theirs === "") return skipped("one of the two machine IDs is unknown");
    if (own === theirs) return passed();
    const addressesHere = new Set(network.addresses().map(({ address }) => address));
    const isHere = addresses.some(({ type, address }) => type === "InternalIP" && addressesHere.has(address));
    const finding = isHere
      ? `The machine ID of this machine has changed since the Node ${name} was registered: the kubelet has not run since.`
      : `The Node ${name} belongs to another machine: two machines use the same name.`;
    return failed(finding, {
      evidence,
      remedy: isHere
        ? "The running kubelet reports the new ID within seconds: find out why it isn't running."
        : "If the other machine no longer exists, restart the kubelet here: it takes over the Node.",
      commands: isHere ? [shell`systemctl restart kubelet`] : [shell`kubectl describe node ${name}`],
      ...(isHere ? {} : { decision: twoMachines }),
    });
  },
};

const twoMachines = choice(
  `If both machines stay, one of them needs another name: set it here with \`hostnamectl set-hostname NAME\` and move ${kubeletCurrentCertificatePath} away; \`kubeadm doctor\` then shows how the kubelet gets a certificate for that name.`,
);

/** Conditions that are true when something is wrong, and what to do about each. */
const pressures: Readonly<Record<string, Pick<DoctorFinding, "remedy" | "commands">>> = {
  DiskPressure: {
    remedy:
      "Free space on the file systems of the kubelet and of the runtime, or enlarge them; the kubelet's evictionHard setting says how much must be free.",
    commands: [shell`df -h /var/lib/kubelet /var/lib/containerd`],
  },
  MemoryPressure: {
    remedy: "Give the machine more memory, or move Pods and other programs to other machines.",
    commands: [shell`free -m`],
  },
  PIDPressure: {
    remedy: "Find out which program starts so many processes; the kubelet's evictionHard and podPidsLimit limit them.",
    commands: [shell`ps -e --no-headers | wc -l`],
  },
  NetworkUnavailable: {
    remedy: "The network add-on or the cloud provider sets up the Node's network: find out why its Pod does not.",
    commands: [shell`kubectl -n kube-system get pods -o wide`],
  },
};

export const nodeReady: DoctorCheck = {
  name: "node-ready",
  group: "cluster",
  title: "The Node is Ready",
  after: [
    "runtime-answers",
    "runtime-ready",
    "pod-network",
    "kubelet-running",
    "kubelet-healthy",
    "node-ip",
    "admission-webhooks",
    "node-registered",
    "node-machine",
    "pod-ranges",
  ],
  look: async ({ clock, once }) => {
    const answer = await once(ownNode);
    if (answer.state !== "found") return skipped(notRead);
    const { spec, status } = answer.value;
    const conditions = status?.conditions ?? [];
    const ready = conditions.find(({ type }) => type === "Ready");
    const findings: DoctorFinding[] = [];
    if (ready?.status !== "True") findings.push(notReady(ready, clock.now()));
    for (const condition of conditions) {
      if (!(condition.type in pressures) || condition.status !== "True") continue;
      findings.push({
        severity: ready?.status === "True" ? "warning" : "error",
        finding: `The Node reports ${condition.type}: ${wordsOf(condition)}`,
        evidence: [evidenceOf(condition)],
        ...pressures[condition.type],
      });
    }
    if (spec?.["unschedulable"] === true) {
      const finding = "The Node is cordoned: no new Pod is scheduled on it.";
      findings.push({
        severity: "warning",
        finding,
        commands: [shell`kubectl uncordon ${await once(nodeName)}`],
      });
    }
    const uninitialized = spec?.taints?.find(({ key }) => key === "node.cloudprovider.kubernetes.io/uninitialized");
    if (uninitialized !== undefined) {
      findings.push({
        severity: "warning",
        finding:
          "The Node has not been initialized by the cloud provider's controller: ordinary Pods are not scheduled on it.",
        evidence: [`taint ${uninitialized.key}`],
        remedy:
          "Find out why the cloud controller manager isn't running, or remove --cloud-provider=external from the kubelet's flags.",
        commands: [shell`kubectl -n kube-system get pods`],
      });
    }
    return found(findings);
  },
};

function notReady(ready: NodeCondition | undefined, now: Date): DoctorFinding {
  const commands = [shell`journalctl -u kubelet -n 50`];
  if (ready === undefined) {
    return {
      severity: "error",
      finding: "The Node is not Ready: its kubelet has never reported a condition.",
      commands,
    };
  }
  const evidence = [evidenceOf(ready)];
  if (ready.status !== "Unknown") {
    return { severity: "error", finding: `The Node is not Ready: ${wordsOf(ready)}`, evidence, commands };
  }
  const last = Date.parse(ready.lastHeartbeatTime ?? "");
  const since = Number.isNaN(last) ? "" : ` for ${Math.max(Math.round((now.getTime() - last) / 60_000), 0)} min`;
  return {
    severity: "error",
    finding: `The kubelet has not reported to the API server${since}: the Node is not Ready (${ready.reason ?? ""}).`,
    evidence,
    commands: [shell`systemctl restart kubelet`, ...commands],
  };
}

function wordsOf({ reason = "", message = "" }: NodeCondition): string {
  return sentence(message || reason || "no reason is given");
}

function evidenceOf({ type, status, reason = "", message = "", lastHeartbeatTime = "" }: NodeCondition): string {
  return `${type}=${status} ${reason} (${lastHeartbeatTime}): ${message}`;
}
