// kubeadm doctor on machines of an embedded cluster, and as the compiled program.
import { chmodSync, renameSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClusterMachine, type EmbeddedCluster, embeddedCluster } from "../../src/embedded/index.ts";
import { kubeadm, startKubeadm } from "../support/control-plane/kubeadm.ts";
import { limitMs } from "../support/control-plane/stage.ts";
import { announceRun } from "../support/interruption/announce-run.ts";
import { uninterrupted } from "../support/interruption/interrupted-machine.ts";
import { createToken, eventually } from "../support/join/cluster-actions.ts";
import { embeddedStage } from "../support/join/embedded-stage.ts";

interface Report {
  readonly state: string;
  readonly firstCause?: string;
  readonly checks: readonly {
    readonly name: string;
    readonly state: string;
    readonly causes?: readonly string[];
    readonly findings?: readonly { readonly finding: string; readonly commands?: readonly string[] }[];
  }[];
}

/** The embedded etcd answers within doctor's time as soon as nothing else keeps this process busy. */
const whileBusy = { timeout: 30_000, interval: 500 };

let cluster: EmbeddedCluster;
let controlPlane: ClusterMachine;
let worker: ClusterMachine;

beforeAll(async () => {
  cluster = await embeddedCluster();
  controlPlane = await cluster.machine("cp1");
  worker = await cluster.machine("w1");
  const ignoring = "--ignore-preflight-errors=all";
  const init = await kubeadm(controlPlane, ["init", "--control-plane-endpoint", cluster.endpoint, ignoring]);
  const [command = ""] = /kubeadm join \S+ --token[^-]+--discovery-token-ca-cert-hash \S+\s*$/.exec(init.stdout) ?? [];
  const words = command.replaceAll("\\\n", " ").trim().split(/\s+/).slice(1);
  const join = await kubeadm(worker, [...words, ignoring]);
  expect({ init: init.status, join: join.status }, join.stderr).toEqual({ init: 0, join: 0 });
  await isInOrder(worker);
  await eventually("the control plane to be in order", async () => (await report(controlPlane)).state === "ok");
}, limitMs);
afterAll(() => cluster?.[Symbol.asyncDispose]());

function isInOrder(machine: ClusterMachine): Promise<void> {
  return eventually(`${machine.hostname} to be in order`, async () => (await report(machine)).state !== "error");
}

async function report(machine: ClusterMachine): Promise<Report> {
  return JSON.parse((await kubeadm(machine, ["doctor", "--output", "json"])).stdout) as Report;
}

describe("kubeadm doctor", () => {
  it("finds nothing wrong with a control plane, and exits with 0", async () => {
    const diagnosis = async () => {
      const { status, stdout } = await kubeadm(controlPlane, ["doctor"]);
      const [about = ""] = stdout.split("\n");
      return { about, status, marks: stdout.match(/^[!x✗] .*/gm), last: stdout.trimEnd().split("\n").at(-1) };
    };
    await expect.poll(diagnosis, whileBusy).toEqual({
      about: expect.stringContaining("cp1, a control plane of the cluster at https://"),
      status: 0,
      marks: null,
      last: expect.stringMatching(/^No problems found: 0 errors, 0 warnings, \d+ passed/),
    });
  });

  it("names the kubelet that is stopped, starts it with --fix, and stops it again with --undo", async () => {
    const { signal } = new AbortController();
    await worker.ports.host.services.stop("kubelet", signal);
    const stopped = await kubeadm(worker, ["doctor"], { environment: { LANG: "C.UTF-8" } });
    expect(stopped.status).toBe(1);
    expect(stopped.stdout).toMatch(/^✗ kubelet-running\n {2}The kubelet is not running: its service is stopped\.$/m);
    expect(stopped.stdout).toMatch(/^First cause: kubelet-running:/m);
    const { host, ...ports } = worker.ports;
    const user = { ports: { ...ports, host: { ...host, machine: { ...host.machine, uid: 1000 } } } };
    const unprivileged = await kubeadm(user, ["doctor", "--fix", "--force"]);
    expect(unprivileged.status).toBe(1);
    expect(unprivileged.stderr).toMatch(/^code: PRIVILEGE_REQUIRED$/m);
    const asked = await kubeadm(worker, ["doctor", "--fix"]);
    expect(asked.stderr).toContain(
      "[doctor] Fix: start the kubelet\n[doctor] Are you sure you want to proceed? [y/N]: ",
    );
    expect(asked.stderr).toContain("code: DOCTOR_NOT_CONFIRMED");
    const fixed = await kubeadm(worker, ["doctor", "--fix", "--force"]);
    expect({ status: fixed.status, stderr: fixed.stderr }).toEqual({
      status: 0,
      stderr:
        "[doctor] Fix: start the kubelet\n[doctor] Done: start the kubelet\n[doctor] `kubeadm doctor --undo` reverts this.\n",
    });
    const undone = await kubeadm(worker, ["doctor", "--undo"]);
    expect({ status: undone.status, stderr: undone.stderr }).toEqual({
      status: 0,
      stderr: "[doctor] Undone: stopped the service kubelet\n",
    });
    expect((await worker.ports.host.services.status("kubelet", signal)).state).toBe("inactive");
    await worker.ports.host.services.start("kubelet", signal);
    await isInOrder(worker);
  });

  it.each(["--fix", "--undo"])("waits its turn while another run changes the machine: %s", async (flag) => {
    const { pid, since, end } = await announceRun(worker);
    const refused = await kubeadm(uninterrupted(worker), ["doctor", flag, "swap"]);
    expect({ status: refused.status, stdout: refused.stdout }).toEqual({ status: 1, stdout: "" });
    expect(refused.stderr).toContain(`"kubeadm join", pid ${pid}, since ${since}`);
    expect(refused.stderr).toContain("code: RUN_ACTIVE");
    const waiting = startKubeadm(uninterrupted(worker), ["doctor", flag, "unfinished-run", "--wait=60s"]);
    await eventually("doctor to wait", async () => waiting.output().includes("Waiting for"));
    end();
    const waited = await waiting.ended;
    expect(waited.status, waited.stderr).toBe(0);
    expect(waited.stderr).toMatch(
      new RegExp(`^\\[doctor\\] Waiting for "kubeadm join" \\(pid ${pid}\\) to end\n\\[doctor\\] There is nothing to `),
    );
    expect(await worker.ports.host.files.status("/var/lib/kubeadm")).toBeUndefined();
  });

  it("names the API server's name that does not resolve, and what follows from it is not a cause", async () => {
    const path = "/etc/kubernetes/kubelet.conf";
    const { files } = worker.ports.host;
    const content = worker.read(path);
    await files.write(path, content.replace(/server: .*/, "server: https://nowhere.example:6443"), { mode: 0o600 });
    try {
      const { firstCause, checks } = await report(worker);
      expect(firstCause).toBe("endpoint-name");
      expect(checks.filter(({ state, causes = [] }) => state === "error" && causes.length === 0)).toHaveLength(1);
    } finally {
      await files.write(path, content, { mode: 0o600 });
    }
  });

  it.each(["cp1", "w1"])(
    "suggests the command that writes the missing configuration of the kubelet of %s again",
    async (name) => {
      const path = "/var/lib/kubelet/config.yaml";
      const machine = name === "cp1" ? controlPlane : worker;
      const { files } = machine.ports.host;
      const content = machine.read(path);
      await files.remove(path);
      try {
        const { firstCause, checks } = await report(machine);
        expect(firstCause).toBe("kubelet-configuration");
        const [finding] = checks.find((check) => check.name === firstCause)?.findings ?? [];
        const [command = "", ...more] = finding?.commands ?? [];
        expect(more).toEqual(["systemctl restart kubelet"]);
        const { status, stderr } = await kubeadm(machine, command.split(" ").slice(1));
        expect(status, stderr).toBe(0);
        expect(machine.read(path)).toBe(content);
      } finally {
        await files.write(path, content, { mode: 0o644 });
      }
    },
  );

  it("suggests how to create a certificate again that is missing, which cannot be renewed", async () => {
    const certificate = "/etc/kubernetes/pki/front-proxy-client.crt";
    const key = "/etc/kubernetes/pki/front-proxy-client.key";
    const { files } = controlPlane.ports.host;
    await files.remove(certificate);
    const { firstCause, checks } = await report(controlPlane);
    expect(firstCause).toBe("control-plane-certificates");
    const [finding] = checks.find((check) => check.name === firstCause)?.findings ?? [];
    expect(finding?.finding).toContain(`${certificate} is missing`);
    const [away = "", command = ""] = finding?.commands ?? [];
    const [, , from = "", to = ""] = away.split(" ");
    expect(from).toBe(key);
    renameSync(controlPlane.root.inside(from), controlPlane.root.inside(to));
    const args = command.split(" ").slice(1);
    const { status, stderr } = await kubeadm(controlPlane, args);
    expect(status, stderr).toBe(0);
    const left = async () =>
      (await report(controlPlane)).checks.flatMap(({ findings = [] }) => findings.map((one) => one.finding));
    await expect.poll(left, whileBusy).toEqual([]);
  });

  it("exits with 0 if there are only warnings, and names the first one", async () => {
    const path = "/etc/kubernetes/kubelet.conf";
    chmodSync(worker.root.inside(path), 0o644);
    try {
      const { status, stdout } = await kubeadm(worker, ["doctor", "file-modes"]);
      expect({ status, warning: /^First warning: file-modes: .*/m.exec(stdout)?.[0] }, stdout).toEqual({
        status: 0,
        warning: expect.stringContaining(path),
      });
    } finally {
      chmodSync(worker.root.inside(path), 0o600);
    }
  });

  it("makes only the checks that are named, and refuses a name that does not exist", async () => {
    const { stdout } = await kubeadm(worker, ["doctor", "swap", "clock", "-o", "jsonpath={.checks[*].name}"]);
    expect(stdout).toBe("clock swap");
    const { status, stderr } = await kubeadm(worker, ["doctor", "spleen"]);
    expect(status).toBe(1);
    expect(stderr).toContain('error: there is no check "spleen"');
  });
});

describe("the compiled program", () => {
  it("finds nothing wrong with a worker that has just joined, without root, and exits with 0", async () => {
    await using stage = await embeddedStage();
    await using machine = await stage.addMachine();
    await machine.write("/usr/bin/kubelet", "#!/bin/sh\n", 0o755);
    const { endpoint, caPin } = stage.cluster;
    const token = await createToken(stage.cluster);
    const join = machine.start([
      "join",
      endpoint,
      "--token",
      token,
      "--discovery-token-ca-cert-hash",
      caPin,
      ...machine.nameArguments,
      ...machine.checkArguments,
    ]);
    expect((await join.ended).status, join.output()).toBe(0);
    await machine.becomesNode(machine.hostname);
    const doctor = machine.start(["doctor"], { environment: { LANG: "C.UTF-8" } });
    const { status, stdout, stderr } = await doctor.ended;
    expect({ status, stderr, errors: stdout.match(/^ {2}✗.*/gm) }, stdout).toEqual({
      status: 0,
      stderr: "",
      errors: null,
    });
    expect(stdout).toContain("✓ node-ready");
  });
});
