// kubeadm doctor where everything that it reads is huge at the same time: it reads a part of it, in time, and says so. Processor
// time is measured, because that is what its promise of three seconds depends on, whatever else the machine does.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resources } from "../../src/embedded/control-plane/index.ts";
import { limitMs } from "../support/control-plane/stage.ts";
import {
  componentLog,
  type HugeMachine,
  hugeMachine,
  keys,
  kubeletConfiguration,
  logLine,
  manifest,
  staticPodNames,
  store,
} from "../support/doctor/huge-machine.ts";

const mostCpuMs = 3_000;

let machine: HugeMachine;

beforeAll(async () => {
  machine = await hugeMachine({ pods: 32_000 });
  const { controlPlane } = machine;
  store(controlPlane, resources.nodes, 20_000, (index) => ({
    metadata: { name: `n${index}` },
    spec: { podCIDR: "10.0.0.0/24" },
    status: { conditions: [{ type: "Ready", status: "True" }], images: [{ names: ["a".repeat(300)] }] },
  }));
  store(controlPlane, resources.pods, 15_000, (index) => ({
    metadata: { name: `p${index}`, namespace: "kube-system", labels: { tier: "control-plane" } },
    spec: { containers: [{ name: "c", image: "i" }] },
    status: { phase: "Running" },
  }));
  store(controlPlane, resources.secrets, 10_000, (index) => ({
    metadata: { name: `bootstrap-token-${String(index).padStart(6, "0")}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    data: { "token-id": "YWJjZGVm", "token-secret": "MDEyMzQ1Njc4OWFiY2RlZg==" },
  }));
  store(controlPlane, resources.certificateSigningRequests, 5_000, (index) => ({
    metadata: { name: `csr-${index}` },
    spec: { signerName: "kubernetes.io/kubelet-serving", username: "system:node:cp1", request: "" },
    status: {},
  }));
  for (const name of staticPodNames) {
    machine.writeLong(componentLog(name), 1024 ** 3, logLine('"command failed" err="no such thing"').repeat(5_000));
  }
  const crowded = "/etc/kubernetes/manifests";
  machine.fill(crowded, 50_000, (index) => `${index}.conf`);
  for (const directory of ["/etc/cni/net.d", "/opt/cni/bin", "/var/lib/kubelet/pki", "/sys/class/net"]) {
    machine.link(directory, crowded);
  }
}, limitMs);
afterAll(() => machine?.[Symbol.asyncDispose]());

interface Report {
  readonly limits?: readonly string[];
  readonly checks: readonly {
    readonly name: string;
    readonly state: string;
    readonly note?: string;
    readonly findings?: readonly { readonly finding: string }[];
  }[];
}

/** Examines the machine. Whatever it finds, it takes its time and no more. */
async function examined(): Promise<Required<Report>> {
  const { stdout, stderr, cpuMs } = await machine.doctor("-o", "json");
  expect(stderr).toBe("");
  const { limits = [], checks } = JSON.parse(stdout) as Report;
  expect(checks.length).toBeGreaterThan(50);
  expect(checks.filter(({ note = "" }) => note.includes("defect of kubeadm"))).toEqual([]);
  expect(cpuMs, `ms of CPU time; ${limits.join(" ")}`).toBeLessThan(mostCpuMs);
  return { limits, checks };
}

async function unreadFiles(): Promise<readonly string[]> {
  return (await examined()).limits.filter((each) => each.startsWith("Did not read"));
}

/** Pods with this many annotations. */
function writeManifests(annotations: number): void {
  const metadata = annotations === 0 ? "" : `  annotations:\n${keys(annotations, "    ")}`;
  for (const name of staticPodNames) machine.write(manifest(name), machine.podText(name, metadata));
}

describe("kubeadm doctor on a control plane where everything is huge", { timeout: limitMs }, () => {
  it("reads a part of directories, and of lists of the API server", async () => {
    const { limits, checks } = await examined();
    expect(limits).toContain("Looked at only the first 1,000 of 50,004 names in /etc/kubernetes/manifests.");
    // Where the server has answered too late, the check says so.
    for (const [name, kind] of [
      ["version-skew", "Pods"],
      ["bootstrap-tokens", "Secrets"],
      ["serving-csrs", "CertificateSigningRequests"],
    ] as const) {
      const check = checks.find((each) => each.name === name);
      const isTold = limits.some((each) => each.startsWith("Looked at only the first") && each.includes(` ${kind} `));
      expect({ name, isTold: isTold || check?.state === "skipped" || isUnfinished(check) }).toEqual({
        name,
        isTold: true,
      });
    }
  });

  it("reads files that are as long as it accepts", async () => {
    writeManifests(2_000);
    machine.write("/var/lib/kubelet/config.yaml", kubeletConfiguration + keys(4_900));
    expect(await unreadFiles()).toEqual([]);
  });

  it("does not read files of 50,000 keys, and names each", async () => {
    writeManifests(50_000);
    machine.write("/var/lib/kubelet/config.yaml", kubeletConfiguration + keys(50_000));
    expect(await unreadFiles()).toEqual([
      ...staticPodNames.map((name) => `Did not read ${manifest(name)}, which is larger than 512 KiB.`),
      "Did not read /var/lib/kubelet/config.yaml, which has more than 10,000 keys and values.",
    ]);
  });

  it("does not read hundreds of files that are each as long as it accepts", async () => {
    writeManifests(0);
    machine.write("/var/lib/kubelet/config.yaml", kubeletConfiguration);
    for (let index = 0; index < 300; index += 1) {
      const name = `+${index}`;
      machine.write(manifest(name), machine.podText(name, `  annotations:\n${keys(4_900, "    ")}`));
    }
    const text = (await unreadFiles()).join("\n");
    expect(text).toMatch(/because the files before it have more than 40,000 keys and values\.$/m);
  });

  it("names what it did not read in its text, too", async () => {
    const { stdout } = await machine.doctor();
    expect(stdout).toMatch(/^To finish within seconds, doctor did not read everything:\n {2}\S/m);
  });
});

function isUnfinished(check: Report["checks"][number] | undefined): boolean {
  return check?.findings?.some(({ finding }) => finding.startsWith("The check did not finish")) ?? false;
}
