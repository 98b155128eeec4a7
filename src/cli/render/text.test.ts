import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { Event, EventOf, EventType, EventTypes } from "../../events/event.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import { redactor } from "./redact.ts";
import { levelFor, textRenderer } from "./text.ts";

const time = "2026-11-24T15:04:05.123Z";

function event<K extends EventType>(type: K, data: EventTypes[K], phase?: string): EventOf<K> {
  return { v: 1, time, ...defined({ phase }), type, ...data };
}

interface View {
  readonly level?: number;
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

function show(events: readonly Event[], { level = 0, terminal = false, columns, environment = {} }: View = {}) {
  const ports = memoryPorts({ terminal, ...(columns !== undefined && { columns }) });
  const renderer = textRenderer({
    ...ports,
    environment,
    verbosity: { level, areas: [] },
    redact: redactor([new Secret("f".repeat(64))]),
  });
  for (const each of events) renderer.event(each);
  return { stdout: ports.stdout.text(), stderr: ports.stderr.text() };
}

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

describe("a terminal", () => {
  const wait = event("wait.progress", { what: "a", reason: "b", elapsedMs: 1_000, deadlineMs: 2_000 });
  const report = event("preflight.system-report", { lines: [{ key: "OS", value: "Linux", verdict: "good" }] });

  const erase = "\r\u001b[K";
  const redrawn = `${erase}\u001b[?7l[wait] a: b (1s of 2s)\u001b[?7h`;

  it.each<[Event, string]>([
    [event("kubelet.starting", {}), "[kubelet-start] Starting the kubelet\n"],
    [event("run.finished", { durationMs: 1 }), ""],
  ])("has one line for waits, redrawn without wrapping, and gone before %j", (next, stdout) => {
    expect(show([wait, wait, next], { terminal: true })).toEqual({ stderr: redrawn + redrawn + erase, stdout });
  });

  it.each<[string, View, string]>([
    ["has colors", { terminal: true }, "OS: \u001b[0;32mLinux\u001b[0m\n"],
    ["has none with NO_COLOR", { terminal: true, environment: { NO_COLOR: "1" } }, "OS: Linux\n"],
    ["has none where TERM is dumb", { terminal: true, environment: { TERM: "dumb" } }, "OS: Linux\n"],
    ["is not what a pipe is", {}, "OS: Linux\n"],
  ])("%s", (_, view, line) => {
    expect(show([report], view).stdout).toContain(`\n${line}`);
  });

  describe("of a wait that someone else has to end", () => {
    const what = "the kubelet of node w1 to get its client certificate";
    const reason = "certificate signing request csr-x7k2p is Pending: it waits for approval";
    const progress = (elapsedMs: number) =>
      event("wait.progress", { what, reason, elapsedMs, deadlineMs: 300_000, needsAction: true });
    const action = event("wait.action", {
      ...{ what, reason, action: "Approve it:", commands: [shell`kubectl certificate approve csr-x7k2p`] },
    });
    const told = "[wait] Approve it:\n[wait]   kubectl certificate approve csr-x7k2p\n";

    it.each([
      [80, "certificate\n  signing request"],
      [90, "certificate signing\n  request"],
    ])("prints on a terminal of %d columns what is to be done once, and counts below", (columns, broken) => {
      const live = (seconds: number) => `${erase}\u001b[?7l[wait] ${what} (${seconds}s of 5m0s)\u001b[?7h`;
      const { stderr } = show([progress(2_000), action, progress(12_000)], { terminal: true, columns });
      const cut = `[wait] ${what}: ${reason}`.slice(0, columns - 1 - "… (2s of 5m0s)".length);
      const why = reason.replace("certificate signing request", broken);
      expect(stderr).toBe(
        `${erase}\u001b[?7l${cut}… (2s of 5m0s)\u001b[?7h${erase}[wait] ${what}: ${why}\n${told}${live(12)}`,
      );
    });

    it("says it once in a log, after the reason", () => {
      const line = (seconds: number) => `[wait] ${what}: ${reason} (${seconds}s of 5m0s)\n`;
      expect(show([progress(2_000), action, progress(12_000)]).stderr).toBe(`${line(2)}${told}${line(12)}`);
    });
  });

  it.each([{ TERM: "dumb" }, { NO_COLOR: "1" }])("shows plain lines for waits with %j", (environment) => {
    expect(show([wait], { terminal: true, environment }).stderr).toBe("[wait] a: b (1s of 2s)\n");
  });

  it.each<Event>([
    event("wait.finished", { what: "a", durationMs: 1 }),
    event("phase.failed", { durationMs: 1, code: "USAGE" }),
    event("run.failed", { code: "USAGE", message: "m", causes: [], remedy: "r", details: {} }),
  ])("erases the line of a wait at %j", (next) => {
    expect(show([wait, next], { terminal: true })).toEqual({ stderr: redrawn + erase, stdout: "" });
  });

  describe("of a wait whose reason has no room in the live line", () => {
    const what = "cluster-info at https://192.0.2.10:6443";
    const because = (reason: string, elapsedMs: number) =>
      event("wait.progress", { what, reason, elapsedMs, deadlineMs: 300_000 });
    const refused = "dial tcp 192.0.2.10:6443: connect: connection refused";
    const unknown = "the token abcdef has no signature there: it may have expired";
    const live = (seconds: number) => `${erase}\u001b[?7l[wait] ${what} (${seconds}s of 5m0s)\u001b[?7h`;
    const cut = (reason: string, seconds: number) => {
      const times = `… (${seconds}s of 5m0s)`;
      return `${erase}\u001b[?7l${`[wait] ${what}: ${reason}`.slice(0, 79 - times.length)}${times}\u001b[?7h`;
    };

    it("prints each reason once above it when it has lasted five seconds, and counts below", () => {
      const events = [
        ...[because(refused, 0), because(refused, 10_000), because(unknown, 12_000), because(refused, 15_000)],
        because(unknown, 17_000),
      ];
      expect(show(events, { terminal: true, columns: 80 }).stderr).toBe(
        [
          `${cut(refused, 0)}${erase}[wait] ${what}: dial tcp 192.0.2.10:6443:`,
          `  connect: connection refused`,
          `${live(10)}${cut(unknown, 12)}${live(15)}${erase}[wait] ${what}: the token abcdef has no`,
          `  signature there: it may have expired`,
          `${live(17)}`,
        ].join("\n"),
      );
    });

    it("prints it again in a later wait for the same", () => {
      const over = event("wait.finished", { what, durationMs: 1 });
      const wait = [because(refused, 0), because(refused, 5_000)];
      const events = [...wait, over, ...wait];
      const { stderr } = show(events, { terminal: true, columns: 80 });
      expect(stderr.match(/connection refused\n/g)).toHaveLength(2);
    });

    it("has it in the live line of a terminal that is wide enough, and nowhere else", () => {
      const { stderr } = show([because(refused, 9_000)], { terminal: true, columns: 120 });
      expect(stderr).toBe(`${erase}\u001b[?7l[wait] ${what}: ${refused} (9s of 5m0s)\u001b[?7h`);
    });
  });

  describe("during pulls", () => {
    const registry = "registry.k8s.io";
    const pull = (data: Partial<EventTypes["images.progress"]>) =>
      event("images.progress", {
        ...{ present: 3, total: 7, elapsedMs: 4_000, deadlineMs: 60_000 },
        ...{ pulling: [`${registry}/etcd:3.7.0-0`, `${registry}/coredns/coredns:v1.14.6`, `${registry}/pause:3.10.2`] },
        ...data,
      });
    const download = { bytes: 12_345_678, totalBytes: 28_100_000, leftMs: 7_100 };
    const drawn = (line: string) => `${erase}\u001b[?7l[wait] 3 of 7 images${line} (4s of 1m0s)\u001b[?7h`;

    it.each<[string, Partial<EventTypes["images.progress"]>, number, string]>([
      ["counts images", {}, 120, ": pulling registry.k8s.io/etcd:3.7.0-0 and 2 more"],
      [
        "has bytes and the time that is left",
        { download },
        120,
        ": pulling registry.k8s.io/etcd:3.7.0-0 and 2 more, 12.3 of 28.1 MB, 8s left",
      ],
      ["has no time while the pace is unknown", { download: { bytes: 0, totalBytes: 5e6 } }, 60, ", 0.0 of 5.0 MB"],
      ["leaves out the registry", {}, 70, ": pulling etcd:3.7.0-0 and 2 more"],
      ["leaves out the names before the bytes", { download }, 66, ", 12.3 of 28.1 MB, 8s left"],
    ])("%s", (_what, data, columns, line) => {
      const events = [pull(data), pull({ present: 7, pulling: [] })];
      expect(show(events, { terminal: true, columns }).stderr).toBe(`${drawn(line)}${erase}`);
      expect(show(events)).toEqual({ stderr: "", stdout: "" });
    });

    it("does not repeat what the report of every ten seconds says to a log", () => {
      const told = event("wait.progress", {
        ...{ what: "pull of a", reason: "3 of 7 images are present", elapsedMs: 10_000, deadlineMs: 60_000 },
        group: "images",
      });
      expect(show([told], { terminal: true }).stderr).toBe("");
      expect(show([told]).stderr).toBe("[wait] pull of a: 3 of 7 images are present (10s of 1m0s)\n");
    });
  });

  describe("colors as systemctl does:", () => {
    const findings = [{ check: "Port-10250", message: "Port 10250 is in use", remedy: "Stop it." }];
    const [yellow, red, reset] = ["\u001b[0;33m", "\u001b[0;31m", "\u001b[0m"];
    it.each<[string, Event, readonly string[]]>([
      [
        "a warning of preflight is yellow",
        event("check.warned", { check: "Swap", message: "swap is on", ignored: false }),
        [`${yellow}\t[WARNING Swap]:${reset} swap is on\n`],
      ],
      [
        "its errors are red, and what to do about them is not",
        event("preflight.failed", { findings }),
        [`\n${red}\t[ERROR Port-10250]:${reset} Port 10250 is in use\n\t\tStop it.\n`],
      ],
      [
        "the head of any other warning is yellow",
        event("warning", { message: "no" }),
        [`${yellow}W`, ` kubeadm.ts:1]${reset} no\n`],
      ],
    ])("%s", (_what, told, parts) => {
      const { stderr } = show([told], { terminal: true });
      for (const part of parts) expect(stderr).toContain(part);
      for (const environment of [{ TERM: "dumb" }, { NO_COLOR: "1" }]) {
        expect(show([told], { terminal: true, environment }).stderr).toBe(show([told]).stderr);
      }
    });
  });

  it("breaks what to do between words, and a command in it nowhere", () => {
    const remedy =
      "Stop the program that listens there, which `ss --listening --tcp --processes sport = 10250` names, or choose another port.";
    const told = event("check.warned", { check: "Port-10250", message: "m".repeat(100), remedy, ignored: false });
    expect(show([told], { terminal: true, columns: 80 }).stderr.split("\n").slice(1)).toEqual([
      "\t\tStop the program that listens there, which",
      "\t\t  `ss --listening --tcp --processes sport = 10250` names, or",
      "\t\t  choose another port.",
      "",
    ]);
    expect(show([told]).stderr).toContain(`\n\t\t${remedy}\n`);
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
