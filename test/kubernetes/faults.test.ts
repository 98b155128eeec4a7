import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ErrorCode } from "../../src/errors/catalogue.ts";
import { createToken } from "../support/join/cluster-actions.ts";
import type { LabMachine, LabStage } from "../support/join/lab-stage.ts";
import { labStage } from "../support/join/lab-stage.ts";

interface LabFault {
  /** A sentence: what is wrong with the machine or the cluster. */
  readonly name: string;
  /** Shell, run on the machine before the join. */
  readonly breaks?: string;
  readonly arrange?: (stage: LabStage) => Promise<AsyncDisposable>;
  readonly nodeName?: string;
  readonly timeouts?: Readonly<Record<string, string>>;
  readonly code: ErrorCode;
  /** Words of stdout and stderr together. */
  readonly says: readonly string[];
  readonly remedy: string;
  readonly withinMs: number;
}

const faults: readonly LabFault[] = [
  {
    name: "no kubelet program",
    breaks: "mv /usr/bin/kubelet /usr/bin/kubelet.away",
    code: "PREFLIGHT_FAILED",
    says: ["[ERROR ", "kubelet"],
    remedy: "Fix the reported errors",
    withinMs: 20_000,
  },
  {
    name: "a containerd that does not run",
    breaks: "systemctl stop containerd",
    code: "PREFLIGHT_FAILED",
    says: ["[ERROR CRI]", "containerd"],
    remedy: "Fix the reported errors",
    withinMs: 20_000,
  },
  {
    name: "a containerd whose CRI plugin is off",
    breaks: `mkdir -p /etc/containerd; printf 'version = 3\\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\\n' >/etc/containerd/config.toml; systemctl restart containerd`,
    code: "PREFLIGHT_FAILED",
    says: ["[ERROR CRI]", "disabled_plugins"],
    remedy: "Fix the reported errors",
    withinMs: 20_000,
  },
  {
    name: "a flag in /etc/default/kubelet that no kubelet has",
    breaks: "echo KUBELET_EXTRA_ARGS=--no-such-flag >/etc/default/kubelet",
    code: "KUBELET_CRASH_LOOP",
    says: ["unknown flag: --no-such-flag", "the kubelet exited with status 1"],
    remedy: "This version of the kubelet doesn't know the flag",
    withinMs: 60_000,
  },
  {
    name: "a kubelet that fails permanently",
    breaks:
      "mkdir -p /etc/systemd/system/kubelet.service.d; printf '[Service]\\nRestart=no\\nExecStart=\\nExecStart=/bin/sh -c \"echo E0101 boom of the test >&2; exit 3\"\\n' >/etc/systemd/system/kubelet.service.d/99-test.conf; systemctl daemon-reload",
    code: "KUBELET_CRASH_LOOP",
    says: ["boom of the test", "the kubelet exited with status 3"],
    remedy: "journalctl -xeu kubelet",
    withinMs: 30_000,
  },
  {
    name: "no kubelet service",
    breaks:
      "systemctl stop kubelet; rm -rf $(systemctl show -p FragmentPath --value kubelet) /etc/systemd/system/kubelet.service* /usr/lib/systemd/system/kubelet.service*; systemctl daemon-reload",
    timeouts: { kubeletHealthCheck: "8s" },
    code: "KUBELET_MISSING",
    says: ["there is no kubelet service on this machine"],
    remedy: "Install the kubelet",
    withinMs: 40_000,
  },
  {
    name: "a Ready Node of its name",
    nodeName: "cp1",
    code: "NODE_NAME_TAKEN",
    says: ['a Node with name "cp1" and status "Ready" already exists', "InternalIP"],
    remedy: "kubectl delete node cp1",
    withinMs: 20_000,
  },
  {
    name: "a controller manager that does not run",
    arrange: async ({ lab }) => {
      await lab.stopComponent("kube-controller-manager");
      return { [Symbol.asyncDispose]: () => lab.startComponent("kube-controller-manager") };
    },
    timeouts: { tlsBootstrap: "6s" },
    code: "BOOTSTRAP_CSR_PENDING",
    says: ["is Pending: it waits for approval"],
    remedy: "kube-controller-manager",
    withinMs: 60_000,
  },
];

describe("A join on a real machine meets", () => {
  let stage: LabStage;
  beforeAll(async () => {
    stage = await labStage("fault-tests");
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test.each(faults.map((fault) => [fault.name, fault] as const))("%s", async (_name, fault) => {
    await using machine = await stage.addMachine();
    const token = await createToken(stage.cluster);
    if (fault.breaks !== undefined) await machine.host.mustRun(["/bin/sh", "-c", fault.breaks], { timeoutMs: 60_000 });
    await using _broken = await (fault.arrange?.(stage) ?? nothing());
    const started = performance.now();
    const outcome = await machine.start(await joinArguments(stage, machine, { token, fault })).ended;
    const durationMs = performance.now() - started;
    const said = outcome.stdout + outcome.stderr;
    expect(/^code: (.*)$/m.exec(outcome.stderr)?.[1], said).toBe(fault.code);
    expect(outcome.status).toBe(1);
    for (const words of fault.says) expect(said).toContain(words);
    expect(/^remedy: (.*)$/m.exec(outcome.stderr)?.[1]).toContain(fault.remedy);
    expect(said).not.toContain(token.split(".")[1]);
    expect(durationMs).toBeLessThan(fault.withinMs);
  });

  test("a flag that is wrong, a reset, and with the right one becomes a Node", async () => {
    await using machine = await stage.addMachine();
    const token = await createToken(stage.cluster);
    await machine.host.writeFile("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--no-such-flag\n");
    const fault = { timeouts: {} };
    const first = await machine.start(await joinArguments(stage, machine, { token, fault })).ended;
    expect(first.status).toBe(1);
    await machine.host.writeFile("/etc/default/kubelet", "");
    await machine.host.mustRun(["kubeadm", "reset", "--force"], { timeoutMs: 120_000 });
    const second = await machine.start(await joinArguments(stage, machine, { token, fault })).ended;
    expect(second.status, second.stdout + second.stderr).toBe(0);
    await machine.becomesNode(machine.hostname);
  });

  test("a SIGKILL in the middle, a reset, and becomes a Node", async () => {
    await using machine = await stage.addMachine();
    const token = await createToken(stage.cluster);
    const args = await joinArguments(stage, machine, { token, fault: { timeouts: {} } });
    // Killed on the machine itself, within milliseconds: a command from here may come after the join's end.
    const killer = "until [ -e /etc/kubernetes/bootstrap-kubelet.conf ]; do sleep 0.01; done; pkill -KILL -x kubeadm";
    const killed = machine.host.mustRun(["/bin/sh", "-c", killer], { timeoutMs: 60_000 });
    const running = machine.start(args);
    const [{ status }] = await Promise.all([running.ended, killed]);
    expect(status).not.toBe(0);
    await machine.host.mustRun(["kubeadm", "reset", "--force"], { timeoutMs: 120_000 });
    const second = await machine.start(args).ended;
    expect(second.status, second.stdout + second.stderr).toBe(0);
    await machine.becomesNode(machine.hostname);
  });
});

interface Joining {
  readonly token: string;
  readonly fault: Pick<LabFault, "nodeName" | "timeouts">;
}

async function joinArguments({ cluster }: LabStage, machine: LabMachine, { token, fault }: Joining) {
  const configuration = {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "JoinConfiguration",
    discovery: { bootstrapToken: { apiServerEndpoint: cluster.endpoint, token, caCertHashes: [cluster.caPin] } },
    ...(fault.nodeName === undefined ? {} : { nodeRegistration: { name: fault.nodeName } }),
    timeouts: fault.timeouts ?? {},
  };
  await machine.write("/root/join.yaml", `${JSON.stringify(configuration)}\n`, 0o600);
  return ["join", "--config", "/root/join.yaml", ...machine.checkArguments];
}

async function nothing(): Promise<AsyncDisposable> {
  return { [Symbol.asyncDispose]: async () => undefined };
}
