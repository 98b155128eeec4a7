// What doctor does not read because it is too large: it is told, and nothing follows from it.
import { expect, it } from "vitest";
import { examined, healthyWorker, secret, type Worker } from "../../../../test/fixtures/kubeadm/doctor/worker.ts";
import { reportFields } from "../../../cli/commands/doctor/report-fields.ts";
import { marksOf, reportText } from "../../../cli/commands/doctor/report-text.ts";
import { ContainerRuntimeError } from "../../../cri/container-runtime.ts";
import { limits } from "./limits.ts";

const filler = (bytes: number) => `# ${"x".repeat(bytes)}\n`;
const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}: v\n`).join("");

interface Bounded {
  readonly what: string;
  readonly enlarge: (worker: Worker) => void;
  readonly limit: string;
  /** The checks that cannot be made. */
  readonly skips: readonly string[];
}

const bounded: readonly Bounded[] = [
  {
    what: "a configuration of the kubelet of a megabyte",
    enlarge: ({ files }) => append(files, "/var/lib/kubelet/config.yaml", filler(1024 ** 2)),
    limit: "Did not read /var/lib/kubelet/config.yaml, which is larger than 512 KiB.",
    skips: ["kubelet-configuration"],
  },
  {
    what: "a configuration of the kubelet with more values than anyone writes",
    enlarge: ({ files }) => append(files, "/var/lib/kubelet/config.yaml", keys(20_000)),
    limit: "Did not read /var/lib/kubelet/config.yaml, which has more than 10,000 keys and values.",
    skips: ["kubelet-configuration"],
  },
  {
    what: "the kubelet's kubeconfig with more values than anyone writes",
    enlarge: ({ files }) => append(files, "/etc/kubernetes/kubelet.conf", `extensions:\n${"- a\n".repeat(10_000)}`),
    limit: "Did not read /etc/kubernetes/kubelet.conf, which has more than 10,000 keys and values.",
    skips: ["kubelet-kubeconfig", "endpoint-name"],
  },
  {
    what: "a directory of CNI configurations with thousands of names",
    enlarge: ({ files }) => {
      for (let index = 0; index < 3_000; index += 1) files[`/etc/cni/net.d/x${index}.conf`] = "";
    },
    limit: "Looked at only the first 1,000 of 3,001 names in /etc/cni/net.d.",
    skips: [],
  },
  {
    what: "a journal of the kubelet with lines of a megabyte",
    enlarge: ({ services }) => {
      services["kubelet"] = {
        exists: true,
        enabled: true,
        state: "activating",
        subState: "auto-restart",
        restarts: 5,
        journal: ["a".repeat(1024 ** 2), "E0101 last words"],
      };
    },
    limit: "Read only the last 64 KiB of the journal of kubelet.",
    skips: [],
  },
  {
    what: "an answer of the container runtime that is longer than accepted",
    enlarge: ({ runtime }) => {
      const error = new ContainerRuntimeError("too-large", "rpc error: code = ResourceExhausted");
      runtime.failures.set("status", error);
    },
    limit: "Did not read a response from the container runtime that is larger than 2 MiB.",
    skips: ["runtime-answers"],
  },
  {
    what: "a packet filter with sixty thousand rules, whose last one closes the port",
    enlarge: ({ commands, machine }) => {
      machine.uid = 0;
      commands["iptables"] = {
        stdout: `${"-A INPUT -i lo -j ACCEPT\n".repeat(60_000)}-A INPUT -p tcp --dport 10250 -j DROP\n`,
      };
    },
    limit: "Did not read the output of iptables -w 1 -S INPUT, which is larger than 256 KiB.",
    skips: [],
  },
];

function append(files: Worker["files"], path: string, more: string): void {
  const entry = files[path];
  const content = typeof entry === "string" ? entry : entry !== undefined && "content" in entry ? entry.content : "";
  files[path] = secret(`${String(content)}${more}`);
}

it.each(bounded)("tells that it did not read all of $what, and finds nothing wrong with that", async (bound) => {
  const worker = await healthyWorker();
  bound.enlarge(worker);
  const report = await examined(worker);
  expect(report.limits).toContain(bound.limit);
  const states = Object.fromEntries(report.checks.map(({ name, state }) => [name, state]));
  for (const name of bound.skips) expect({ name, state: states[name] }).toEqual({ name, state: "skipped" });
  if (bound.skips.length > 0) expect(report.findings).toEqual([]);
  expect(reportText(report, { marks: marksOf({}), offersFix: true }).replace(/\s+/g, " ")).toContain(
    `doctor did not read everything: ${bound.limit}`,
  );
  expect(reportFields(report)).toMatchObject({ limits: expect.arrayContaining([bound.limit]) });
});

it("says nothing of limits where none was reached", async () => {
  const report = await examined(await healthyWorker());
  expect(report.limits).toEqual([]);
  expect(reportText(report, { marks: marksOf({}), offersFix: true })).not.toContain("did not read everything");
  expect(reportFields(report)).not.toHaveProperty("limits");
});

it("shows fifty findings of a check at most, the errors among them", async () => {
  const worker = await healthyWorker();
  append(worker.files, "/var/lib/kubelet/config.yaml", `${keys(80)}maxPods: many\n`);
  const report = await examined(worker);
  const { findings, state } = report.checks.find(({ name }) => name === "kubelet-configuration") ?? { findings: [] };
  expect({ state, count: findings.length, first: findings[0]?.severity }).toEqual({
    state: "error",
    count: 50,
    first: "error",
  });
  expect(report.limits).toEqual(["Shows only 50 of the 81 findings of kubelet-configuration."]);
});

it("tells of twenty sources at most", () => {
  const reached = limits();
  for (let index = 0; index < 40; index += 1) reached.note(`${String(index).padStart(2, "0")}.`);
  expect(reached.sentences).toHaveLength(20);
  expect(reached.sentences.at(-1)).toBe("21 more sources were not read completely.");
});
