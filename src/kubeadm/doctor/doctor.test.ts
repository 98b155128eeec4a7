import { describe, expect, it } from "vitest";
import { memoryContainerRuntimes } from "../../../test/fixtures/cri/memory.ts";
import { kubeletClientPair } from "../../../test/fixtures/kubeadm/bootstrap/client-certificate.ts";
import { failing, looping } from "../../../test/fixtures/kubeadm/doctor/faults.ts";
import {
  examined,
  healthyWorker,
  hostOf,
  kubeletConf,
  secret,
  server,
} from "../../../test/fixtures/kubeadm/doctor/worker.ts";
import { TransportError } from "../../cluster/transport.ts";
import { defaultCriSocket } from "../config/fields/cri-socket.ts";

const kubeletConfPath = "/etc/kubernetes/kubelet.conf";
const refused = new TransportError(
  "refused",
  server,
  `Get "${server}/readyz": dial tcp 192.0.2.10:6443: connect: connection refused`,
);

/** All texts of a value, except what `--fix` would do. */
function textsOf(value: unknown, key = ""): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || key === "fix") return [];
  return Object.entries(value).flatMap(([name, item]) => textsOf(item, name));
}

describe("a machine", () => {
  it("that is in order has no findings, and everything was checked", async () => {
    const { checks, state } = await examined(await healthyWorker());
    expect(checks.flatMap(({ findings }) => findings)).toEqual([]);
    expect(state).toBe("ok");
    expect(
      checks.filter((check) => check.state === "skipped" && check.group !== "control-plane").map(({ name }) => name),
    ).toEqual(["control-plane-certificates"]);
  });

  it("that has not joined a cluster is ready to do so, although its kubelet fails without a configuration", async () => {
    const worker = await healthyWorker();
    for (const path of Object.keys(worker.files)) {
      if (/^\/etc\/kubernetes|^\/var\/lib\/kubelet/.test(path)) delete worker.files[path];
    }
    worker.services["kubelet"] = looping(failing("open /var/lib/kubelet/config.yaml: no such file or directory"));
    worker.runtime.images.clear();
    worker.network.sockets = ["/var/run/containerd/containerd.sock"];
    const connectContainerRuntime = memoryContainerRuntimes({ [defaultCriSocket]: worker.runtime });
    const { findings, role, checks } = await examined(worker, { connectContainerRuntime });
    expect(role).toBe("none");
    expect(findings).toEqual([]);
    const notes = checks.filter(({ state }) => state === "skipped").map(({ note }) => note);
    expect(new Set(notes)).toEqual(
      new Set([
        "this machine has not joined a cluster",
        "this machine is not a control plane",
        "no API server reports its time",
      ]),
    );
  });

  it("whose kubelet is given its name in capitals is known by the name that it registers", async () => {
    const worker = await healthyWorker();
    worker.files["/var/lib/kubelet/kubeadm-flags.env"] = 'KUBELET_KUBEADM_ARGS="--hostname-override=W1"\n';
    const { nodeName, findings } = await examined(worker);
    expect({ nodeName, findings }).toEqual({ nodeName: "w1", findings: [] });
  });

  it("that has lost its API server's manifest is still a control plane", async () => {
    const worker = await healthyWorker();
    worker.files["/etc/kubernetes/scheduler.conf"] = secret("");
    expect((await examined(worker)).role).toBe("control-plane");
  });

  it("whose runtime wants another sandbox image, which is not there, is warned before it joins", async () => {
    const worker = await healthyWorker();
    for (const path of Object.keys(worker.files)) {
      if (/^\/etc\/kubernetes|^\/var\/lib\/kubelet/.test(path)) delete worker.files[path];
    }
    worker.runtime.info["config"] = JSON.stringify({ sandboxImage: "registry.k8s.io/pause:9.99" });
    worker.network.sockets = ["/var/run/containerd/containerd.sock"];
    const connectContainerRuntime = memoryContainerRuntimes({ [defaultCriSocket]: worker.runtime });
    const { firstCause, state, findings } = await examined(worker, { connectContainerRuntime });
    expect([firstCause, state]).toEqual(["sandbox-image", "warning"]);
    expect(findings[0]?.findings[0]?.finding).toContain("registry.k8s.io/pause:9.99");
  });

  const kubelets = [
    { version: "v1.37.2", first: "cgroups" },
    { version: "v1.34.0", first: undefined },
  ];

  it.each(kubelets)("with cgroup v1 is examined by the rules of its kubelet before a join: $version", async (row) => {
    const worker = await healthyWorker();
    for (const path of Object.keys(worker.files)) {
      if (/^\/etc\/kubernetes|^\/var\/lib\/kubelet/.test(path)) delete worker.files[path];
    }
    worker.commands["kubelet"] = { stdout: `Kubernetes ${row.version}\n` };
    worker.files["/proc/mounts"] = "cgroup /sys/fs/cgroup cgroup rw 0 0\n";
    const controllers = "cpu cpuacct cpuset devices freezer memory pids hugetlb blkio".split(" ");
    worker.files["/proc/cgroups"] = controllers.map((name) => `${name}\t1\t1\t1\n`).join("");
    worker.network.sockets = ["/var/run/containerd/containerd.sock"];
    const connectContainerRuntime = memoryContainerRuntimes({ [defaultCriSocket]: worker.runtime });
    const { firstCause } = await examined(worker, { connectContainerRuntime });
    expect(firstCause).toBe(row.first);
  });

  it("with only a dangling link to a kubelet.conf has not joined a cluster", async () => {
    const worker = await healthyWorker();
    for (const path of Object.keys(worker.files)) {
      if (/^\/etc\/kubernetes|^\/var\/lib\/kubelet/.test(path)) delete worker.files[path];
    }
    worker.files[kubeletConfPath] = { target: "/mnt/gone/kubelet.conf" };
    expect((await examined(worker)).role).toBe("none");
  });

  it("whose user is not root shows what can be seen, and what cannot", async () => {
    const worker = await healthyWorker();
    worker.machine.uid = 1000;
    const host = hostOf(worker);
    host.files.fail(kubeletConfPath, "EACCES");
    const { findings, needsRoot, checks } = await examined(worker, {}, host);
    expect(findings).toEqual([]);
    expect(needsRoot).toBe(true);
    expect(checks.find(({ name }) => name === "kubelet-kubeconfig")?.note).toMatch(
      /^needs root: \/etc\/kubernetes\/kubelet.conf/,
    );
    expect(checks.find(({ name }) => name === "kubelet-running")?.state).toBe("ok");
  });

  it.each([
    ["may not be read by this user", "EACCES"],
    ["is a directory", "EISDIR"],
    ["is on a broken disk", "EIO"],
  ])("whose kubelet's certificate %s gets a report, with its server", async (_what, errno) => {
    const worker = await healthyWorker();
    worker.machine.uid = 1000;
    const host = hostOf(worker);
    host.files.fail("/var/lib/kubelet/pki/kubelet-client-current.pem", errno, { operations: ["read"] });
    const report = await examined(worker, {}, host);
    expect(report.server).toBe(server);
    expect(report.checks.find(({ name }) => name === "endpoint-name")?.state).toBe("ok");
    expect(report.checks.find(({ name }) => name === "kubelet-certificate")?.state).not.toBe("ok");
  });

  it("that bootstraps has the server of its bootstrap kubeconfig", async () => {
    const worker = await healthyWorker();
    delete worker.files[kubeletConfPath];
    worker.files["/etc/kubernetes/bootstrap-kubelet.conf"] = secret(
      kubeletConf(worker.ca, "https://boot.example:6443"),
    );
    expect((await examined(worker)).server).toBe("https://boot.example:6443");
  });

  it("whose every port refuses still gets a report", async () => {
    const worker = await healthyWorker();
    const host = hostOf(worker);
    host.files.fail("/", "EIO");
    worker.manager = "none";
    worker.api["*"] = refused;
    const { checks } = await examined(worker, {}, host);
    expect(checks.length).toBeGreaterThan(30);
    expect(JSON.stringify(checks)).not.toContain("defect");
  });

  it("whose key others can read, behind a link, gets a command and a fix for the file itself", async () => {
    const worker = await healthyWorker();
    const path = "/var/lib/kubelet/pki/kubelet-client-2026.pem";
    worker.files[path] = { content: await kubeletClientPair({ nodeName: "w1", ca: worker.ca }), mode: 0o644 };
    const { findings } = await examined(worker);
    expect(findings.flatMap((result) => result.findings)).toMatchObject([
      { commands: [`chmod 0600 ${path}`], fix: { steps: [{ kind: "restrict-file", path, mode: 0o600 }] } },
    ]);
  });

  const managers = [
    { manager: "systemd", fixes: ["enable the kubelet's service"] },
    { manager: "openrc", fixes: [] },
  ] as const;

  it.each(managers)("with $manager gets only fixes that it has programs for: $fixes", async ({ manager, fixes }) => {
    const worker = await healthyWorker();
    worker.manager = manager;
    worker.services["kubelet"] = { ...worker.services["kubelet"], enabled: false };
    const { findings } = await examined(worker);
    expect(findings.map(({ name }) => name)).toEqual(["kubelet-enabled"]);
    expect(findings.flatMap((each) => each.findings.flatMap(({ fix }) => fix?.what ?? []))).toEqual(fixes);
  });

  it("names both of two faults", async () => {
    const worker = await healthyWorker();
    worker.services["kubelet"] = { exists: true, enabled: true, state: "inactive", subState: "dead" };
    worker.network.names = { w1: ["192.0.2.21"] };
    const { findings } = await examined(worker);
    expect(findings.map(({ name, causes }) => [name, causes])).toEqual([
      ["kubelet-running", []],
      ["endpoint-name", []],
    ]);
  });

  it("brings no control character of a file, a log, a server or a runtime into the report", async () => {
    const hostile = "\u001b]0;owned\u0007\u202e\r\nremedy: rm -rf /";
    const worker = await healthyWorker();
    worker.services["kubelet"] = looping(failing(hostile));
    worker.machine.hostname = `w1${hostile}`;
    worker.files["/etc/resolv.conf"] = `nameserver ${hostile}\n`;
    worker.files["/etc/cni/net.d/10-net.conflist"] = `{"type":"${hostile}"}`;
    worker.runtime.conditions[0] = { type: "RuntimeReady", status: false, reason: hostile, message: hostile };
    worker.runtime.conditions[1] = { type: "NetworkReady", status: false, reason: hostile, message: hostile };
    worker.api["/readyz"] = { status: 500, body: hostile };
    worker.api["*"] = { status: 500, body: hostile };
    worker.files["/var/lib/kubelet/kubeadm-flags.env"] =
      `KUBELET_KUBEADM_ARGS="--node-labels=kubernetes.io/${hostile}"\n`;
    const report = await examined(worker);
    expect(report.state).toBe("error");
    const texts = textsOf(report);
    expect(texts.filter((text) => text.includes("owned")).length).toBeGreaterThan(5);
    for (const text of texts) expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});
