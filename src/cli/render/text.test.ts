import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import { event, show } from "../../../test/fixtures/cli/rendered-events.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { Event } from "../../events/event.ts";
import { redactor } from "./redact.ts";
import { levelFor, textRenderer } from "./text.ts";

describe("progress on stdout", () => {
  it.each<[Event, string]>([
    [event("preflight.started", { subject: "node" }), "[preflight] Running pre-flight checks"],
    [
      event("preflight.started", { subject: "new-control-plane" }),
      "[preflight] Running pre-flight checks before initializing the new control plane instance",
    ],
    [
      event("cluster.configuration.reading", { configMap: "kubeadm-config", namespace: "kube-system" }),
      `[preflight] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[preflight] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.`,
    ],
    [
      event("kubelet.configuration.writing", { path: "/var/lib/kubelet/config.yaml" }),
      '[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"',
    ],
    [
      event("kubelet.environment.writing", { path: "/var/lib/kubelet/kubeadm-flags.env" }),
      '[kubelet-start] Writing kubelet environment file with flags to file "/var/lib/kubelet/kubeadm-flags.env"',
    ],
    [event("kubelet.starting", {}), "[kubelet-start] Starting the kubelet"],
    [
      event("kubelet.service.unmanaged", { reason: "no-service-manager", action: "start" }),
      "[kubelet-start] No supported init system detected, won't make sure the kubelet is running properly.",
    ],
    [
      event("kubelet.service.unmanaged", { reason: "no-service", action: "stop" }),
      "[kubelet-start] Couldn't detect a kubelet service, can't make sure the kubelet not running for a short period of time while setting up configuration for it.",
    ],
    [
      event("kubelet.health.waiting", { url: "http://127.0.0.1:10248/healthz", timeoutMs: 240_000 }),
      "[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s",
    ],
    [event("kubelet.health.reached", { durationMs: 501.4 }), "[kubelet-check] The kubelet is healthy after 501.4ms"],
    [event("kubelet.bootstrap.waiting", {}), "[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap"],
    [event("kubelet.advice", { lines: ["Look at", "\tthis"] }), "\nLook at\n\tthis\n"],
    [
      event("patches.found", { files: ["a.yaml", "b.json"] }),
      "[patches] Found the following patch files: [a.yaml b.json]",
    ],
    [
      event("patches.file.ignored", { path: "/p/a.yaml", reason: "empty" }),
      '[patches] Ignoring empty file: "/p/a.yaml"',
    ],
    [
      event("patches.applied", { patchType: "application/strategic-merge-patch+json", target: "kubeletconfiguration" }),
      '[patches] Applied patch of type "application/strategic-merge-patch+json" to target "kubeletconfiguration"',
    ],
    [
      event("dryrun.would", { area: "kubelet-start", action: "stop the kubelet" }),
      "[kubelet-start] Would stop the kubelet",
    ],
    [
      event("dryrun.request", {
        verb: "GET",
        resource: "nodes",
        apiVersion: "v1",
        name: "w1",
      }),
      `[dryrun] Would perform action GET on resource "nodes" in API group "core/v1"
[dryrun] Resource name "w1", namespace ""`,
    ],
    [
      event("dryrun.request", { verb: "CREATE", resource: "roles", apiVersion: "rbac/v1", name: "r", namespace: "n" }),
      '[dryrun] Would perform action CREATE on resource "roles" in API group "rbac/v1"',
    ],
    [event("dryrun.object", { object: "kind: Node\na: b\n" }), "[dryrun] Attached object:\nkind: Node\na: b\n"],
    [
      event("dryrun.missing", { verb: "GET" }),
      "[dryrun] Real object does not exist. Attempting to GET from followup reactors or from the fake client tracker",
    ],
    [
      event("dryrun.file", { path: "/etc/x", content: "a\n  b\n" }),
      `[dryrun] Would write file "/etc/x" with content:
a
  b`,
    ],
  ])("tells %j in upstream's words", (told, text) => {
    expect(show([told])).toEqual({ stdout: `${text}\n`, stderr: "" });
  });

  it("ends a worker's join with upstream's lines", () => {
    expect(show([event("join.finished", { controlPlane: false, etcd: "none" })]).stdout).toBe(`
This node has joined the cluster:
* Certificate signing request was sent to apiserver and a response was received.
* The Kubelet was informed of the new secure connection details.

Run 'kubectl get nodes' on the control-plane to see this node join the cluster.

`);
  });

  it.each([
    ["stacked", "* A new etcd member was added to the local/stacked etcd cluster."],
    ["external", ""],
  ] as const)("ends the join of a control plane with %s etcd with upstream's lines", (etcd, line) => {
    expect(show([event("join.finished", { controlPlane: true, etcd })]).stdout).toBe(`
This node has joined the cluster and a new control plane instance was created:

* Certificate signing request was sent to apiserver and approval was received.
* The Kubelet was informed of the new secure connection details.
* Control plane label and taint were applied to the new node.
* The Kubernetes control plane instances scaled up.
${line}

To start administering your cluster from this node, you need to run the following as a regular user:

\tmkdir -p $HOME/.kube
\tsudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config
\tsudo chown $(id -u):$(id -g) $HOME/.kube/config

Run 'kubectl get nodes' to see this node join the cluster.

`);
  });
});

describe("stderr", () => {
  it("has the findings of preflight as upstream's users know them", () => {
    const findings = [{ check: "Port-10250", message: "Port 10250 is in use" }];
    const events = [
      event("check.warned", { check: "Swap", message: "swap is on", ignored: false }),
      event("preflight.failed", { findings }),
    ];
    expect(show(events)).toEqual({
      stdout: "",
      stderr: `\t[WARNING Swap]: swap is on
[preflight] Some fatal errors occurred:
\t[ERROR Port-10250]: Port 10250 is in use
[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\`
`,
    });
  });

  it("has warnings as klog's lines", () => {
    const { stderr } = show([event("warning", { area: "preflight", message: "WARNING: no" })]);
    expect(stderr).toMatch(/^W\d{4} \d\d:\d\d:05\.123000 {4}4242 kubeadm\.ts:1\] \[preflight\] WARNING: no\n$/);
  });

  it.each<[Event, number]>([
    [event("log", { level: 3, message: "detail" }), 3],
    [event("check.passed", { check: "Swap" }), 1],
    [event("phase.started", { summary: "Run checks" }, "preflight"), 1],
    [event("phase.skipped", { reason: "skip-phases" }, "preflight"), 1],
    [event("file.changed", { path: "/a", outcome: "created", mode: 0o600 }), 2],
    [event("service.changed", { service: "kubelet", action: "restarted" }), 2],
    [event("command.finished", { program: "kubelet", exitCode: 0, durationMs: 3 }), 2],
    [event("request.finished", { method: "GET", url: "https://a/b", status: 200, durationMs: 3.2 }), 6],
  ])("shows %j from its verbosity on", (told, level) => {
    expect(show([told], { level: level - 1 })).toEqual({ stdout: "", stderr: "" });
    expect(show([told], { level }).stderr).toMatch(/^I.*\n$/);
  });

  it("shows in a pipe what a wait waits for as lines", () => {
    const wait = (elapsedMs: number) =>
      event("wait.progress", {
        what: "cluster-info at https://a:6443",
        reason: "connection refused",
        elapsedMs,
        deadlineMs: 300_000,
      });
    expect(show([wait(0), wait(5_040)]).stderr).toBe(
      `[wait] cluster-info at https://a:6443: connection refused (0s of 5m0s)
[wait] cluster-info at https://a:6443: connection refused (5s of 5m0s)
`,
    );
  });
});

describe("verbosity", () => {
  const areas = [
    { pattern: "disc*", level: 4 },
    { pattern: "c?rts", level: 0 },
  ];

  it.each([
    ["discovery", 4],
    ["certs", 0],
    ["preflight", 2],
    ["xdiscovery", 2],
  ])("of the area %s is what a pattern of --vmodule says, else -v", (area, level) => {
    expect(levelFor(area, { level: 2, areas })).toBe(level);
  });
});

describe("secrets", () => {
  it("are masked even where an event or error wrongly holds one", () => {
    const key = "f".repeat(64);
    const { stderr, stdout } = show([
      event("warning", { message: "token abcdef.0123456789abcdef" }),
      event("dryrun.file", { path: "/a", content: `key: ${key}` }),
    ]);
    expect(stderr).toContain("token abcdef.[redacted]");
    expect(stdout).toContain("key: [redacted]");
    const ports = memoryPorts();
    const renderer = textRenderer({
      ...ports,
      verbosity: { level: 0, areas: [] },
      redact: redactor([new Secret(key)]),
    });
    renderer.failure(new KubeadmError("CONFIG_INVALID", `bad key ${key}`));
    expect(ports.stderr.text()).toMatch(/^error: bad key \[redacted\]\n/);
  });
});
