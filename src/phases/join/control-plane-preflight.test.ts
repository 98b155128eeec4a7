import { describe, expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../test/fixtures/cri/memory.ts";
import { containerd, machine } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { Secret } from "../../errors/secret.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { clusterConfigurationFromV1beta4 } from "../../kubeadm/config/cluster/cluster-configuration.ts";
import { joinConfigurationFromV1beta4 } from "../../kubeadm/config/versions/convert-join.ts";
import type { Run } from "../../workflow/fact.ts";
import type { JoinContext } from "./context.ts";
import { prepareControlPlane, prepareControlPlaneDryRun } from "./control-plane-preflight.ts";

async function check(more: { readonly endpoint?: string; readonly key?: string; readonly dryRun?: boolean } = {}) {
  const { endpoint = "lb:6443", key = "0".repeat(64), dryRun = false } = more;
  const configuration = joinConfigurationFromV1beta4({
    nodeRegistration: { name: "cp2", criSocket: containerd },
    controlPlane: { localAPIEndpoint: { advertiseAddress: "192.0.2.10" }, certificateKey: new Secret(key) },
  });
  const { controlPlane, nodeRegistration, timeouts } = configuration;
  const cluster = {
    ...clusterConfigurationFromV1beta4({ controlPlaneEndpoint: endpoint, proxy: { disabled: true } }),
    kubernetesVersion: "v1.37.2",
  };
  const runtime = memoryRuntime();
  const { host, ports } = machine({}, memoryContainerRuntimes({ [containerd]: runtime }));
  const told: Event[] = [];
  const events = eventsTo(
    (event) => told.push(event),
    () => new Date(0),
  );
  const { signal } = new AbortController();
  const node = { nodeRegistration, localAPIEndpoint: controlPlane?.localAPIEndpoint, cluster, timeouts };
  // Of the run only what the check asks for.
  const run = {
    context: { host, options: { configuration } },
    events,
    signal,
    value: async () => node,
  } as unknown as Run<JoinContext>;
  const prepare = dryRun ? prepareControlPlaneDryRun : prepareControlPlane;
  const outcome = await prepare({ ignore: new Set(), ports, events, signal }, run).then(
    () => "passed",
    (error: unknown) => error,
  );
  const types = told
    .map(({ type }) => type)
    .filter((type) => type !== "check.passed" && type !== "images.progress" && type !== "log");
  return { outcome, types, pulls: runtime.calls.filter((call) => call.startsWith("pullImage")) };
}

describe("preflight of a joining control plane", () => {
  it("checks the machine and pulls the images of the cluster's version", async () => {
    const { outcome, types, pulls } = await check();
    expect(outcome).toBe("passed");
    expect(types).toEqual(["preflight.started", "preflight.images.pulling"]);
    expect(pulls).toContain("pullImage registry.k8s.io/kube-apiserver:v1.37.2");
    expect(pulls).toHaveLength(6);
  });

  it("pulls nothing in a dry run", async () => {
    const { types, pulls } = await check({ dryRun: true });
    expect(types).toEqual(["preflight.started", "dryrun.would"]);
    expect(pulls).toEqual([]);
  });

  it.each([
    ["has no address for all of its control planes", { endpoint: "" }, "CONTROL_PLANE_ENDPOINT_MISSING"],
    ["shares certificates that are not here", { key: "" }, "SHARED_CERTIFICATES_MISSING"],
  ])("ends before any check where the cluster %s", async (_, more, code) => {
    const { outcome, types } = await check(more);
    expect(outcome).toMatchObject({ code });
    expect(types).toEqual([]);
  });
});
