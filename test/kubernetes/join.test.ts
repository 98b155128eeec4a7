import { rename } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silent } from "../../lab/progress.ts";
import { DEFAULT_VERSION } from "../../lab/versions.ts";
import { configurationScenarios } from "../support/join/configuration-scenarios.ts";
import { discoveryScenarios } from "../support/join/discovery-scenarios.ts";
import { goldenRequests, goldenTree, requestsOfKubelet, requestsOfOurs } from "../support/join/golden-worker.ts";
import { type LabStage, labStage } from "../support/join/lab-stage.ts";
import { nodeScenarios } from "../support/join/node-scenarios.ts";
import {
  clientCertificateBlocks,
  comparableTree,
  expectedFile,
  type JoinedPair,
  joinBoth,
  nodeFields,
  progressLines,
  requestsOf,
  signingRequestFields,
} from "../support/join/upstream-comparison.ts";
import { installKubelet } from "../support/skew/install-kubelet.ts";
import { minorOf, releases } from "../support/skew/policy.ts";

let stage: LabStage;
beforeAll(async () => {
  stage = await labStage("join-tests");
});
afterAll(() => stage?.[Symbol.asyncDispose]());

describe.each([
  { what: "A worker joins by", scenarios: discoveryScenarios },
  { what: "A worker joins with", scenarios: configurationScenarios },
  { what: "A join meets", scenarios: nodeScenarios },
])("$what", ({ scenarios }) => {
  for (const { name, run } of scenarios) test(name, () => run(stage));
});

describe("Beside upstream's program, ours", () => {
  let pair: JoinedPair;
  beforeAll(async () => {
    pair = await joinBoth(stage);
  });

  test("leaves the same files with the same modes and owners", () => {
    expect(comparableTree(pair.ours.tree)).toEqual(comparableTree(pair.upstreams.tree));
  });

  test("leaves what was recorded of upstream's", () => {
    expect(comparableTree(pair.ours.tree)).toEqual(comparableTree(goldenTree()));
  });

  test.each([
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/instance-config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/etc/kubernetes/kubelet.conf",
  ])("writes %s as upstream's, and as recorded", (path) => {
    expect(pair.ours.files.get(path)).toBe(pair.upstreams.files.get(path));
    expect(pair.ours.files.get(path)).toBe(expectedFile(path.replace(/^.*\//, "")));
  });

  test("writes the same CA certificate", () => {
    const path = "/etc/kubernetes/pki/ca.crt";
    expect(pair.ours.files.get(path)).toBe(pair.upstreams.files.get(path));
  });

  test("asks the API server what upstream's was recorded to ask, and for the certificate in the kubelet's stead", () => {
    const requests = (differences: readonly { readonly request: string }[]) =>
      differences.map(({ request }) => request);
    expect(requestsOf(pair.upstreams, "kubeadm")).toEqual(goldenRequests("kubeadm"));
    expect(requestsOf(pair.upstreams, "kubelet")).toEqual(requests(requestsOfKubelet));
    expect(goldenRequests("kubelet")).toEqual(requests(requestsOfKubelet));
    expect(requestsOf(pair.ours, "kubeadm")).toEqual([...goldenRequests("kubeadm"), ...requests(requestsOfOurs)]);
    expect(requestsOf(pair.ours, "kubelet")).toEqual([]);
  });

  test("asks no more together with the kubelet, up to the certificate", () => {
    const count = (record: JoinedPair["ours"]) =>
      requestsOf(record, "kubeadm").length + requestsOf(record, "kubelet").length;
    expect(count(pair.ours)).toBeLessThanOrEqual(count(pair.upstreams));
    expect(count(pair.ours)).toBeLessThanOrEqual(goldenRequests("kubeadm").length + goldenRequests("kubelet").length);
  });

  test("asks for a certificate as upstream's kubelet does", async () => {
    expect(await signingRequestFields(pair.ours)).toEqual(await signingRequestFields(pair.upstreams));
  });

  test("writes certificate and key in the kubelet's own form", () => {
    expect(clientCertificateBlocks(pair.ours)).toEqual(["CERTIFICATE", "EC PRIVATE KEY"]);
    expect(clientCertificateBlocks(pair.ours)).toEqual(clientCertificateBlocks(pair.upstreams));
  });

  test("makes the same Node", () => {
    expect(nodeFields(pair.ours)).toEqual(nodeFields(pair.upstreams));
  });

  test("prints its progress in the same lines", () => {
    expect(progressLines(pair.ours)).toEqual(progressLines(pair.upstreams));
  });
});

// Every pair of versions: `npm run skew`.
describe("A kubelet of another minor version", () => {
  const own = minorOf(DEFAULT_VERSION);

  test("joins if it is older than the cluster", async () => {
    const older = releases.find((release) => minorOf(release) === own - 1) ?? "";
    const { host } = await stage.addMachine({ hostname: "older" });
    await installKubelet(host, older, { cache: stage.lab.cache, say: silent });
    const { exitCode, stderr } = await stage.lab.join(host, { kubeadm: "/usr/bin/kubeadm" });
    expect(exitCode, stderr).toBe(0);
    await stage.lab.waitForNode("older");
    const path = "jsonpath={.status.nodeInfo.kubeletVersion}";
    expect((await stage.lab.kubectl(["get", "node", "older", "-o", path])).stdout).toBe(`v${older}`);
    await stage.lab.removeHost("older");
    await stage.lab.kubectl(["delete", "node", "older"]);
  });

  test("is refused if it is newer than the cluster, and nothing is written", async () => {
    const { host } = await stage.addMachine({ hostname: "newer" });
    await rename(host.path("/usr/bin/kubelet"), host.path("/usr/bin/kubelet.real"));
    await host.writeFile("/usr/bin/kubelet", `#!/bin/sh\necho Kubernetes v1.${own + 1}.0\n`, 0o755);
    const { exitCode, stderr } = await stage.lab.join(host, { kubeadm: "/usr/bin/kubeadm" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[ERROR KubeletVersion]: the kubelet version is higher than the control plane version.");
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(`Install a kubelet of 1.${own}, or upgrade the cluster`);
    const left = await host.readTree(["/etc/kubernetes", "/var/lib/kubelet"]);
    expect(left.filter(({ type }) => type !== "directory")).toEqual([]);
    await stage.lab.removeHost("newer");
  });
});
