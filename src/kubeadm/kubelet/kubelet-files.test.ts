import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { memoryHost } from "../../host/memory.ts";
import { instanceConfiguration, writeKubeletConfigurationFiles } from "../../phases/write-kubelet-files.ts";
import { defined } from "../../values/defined.ts";
import type { JsonObject } from "../../values/json.ts";
import { decodeKubeletConfiguration, withKubeadmDefaults, writeKubeletConfiguration } from "./kubelet-configuration.ts";
import { kubeletEnvironment } from "./kubelet-environment.ts";
import { readResolverState, withNodeResolver } from "./resolver.ts";

function golden(path: string): string {
  return readFileSync(new URL(`../../../test/golden/kubeadm/files/${path}`, import.meta.url), "utf8");
}

const facts = {
  certificatesDirectory: "/etc/kubernetes/pki",
  serviceSubnet: "10.96.0.0/12",
  dnsDomain: "cluster.local",
};
const socket = "unix:///var/run/containerd/containerd.sock";

function uploaded() {
  const map = toJson(readYaml(golden("objects/kubelet-config.yaml"))) as { data: { kubelet: string } };
  return decodeKubeletConfiguration(map.data.kubelet);
}

function collect() {
  const warnings: string[] = [];
  const sink = (event: Event) => {
    if (event.type === "warning") warnings.push(event.message);
  };
  return { warnings, events: eventsTo(sink, () => new Date(0)) };
}

describe("config.yaml", () => {
  it.each(["worker", "control-plane"])("of a %s is to the byte what upstream wrote", (role) => {
    const { warnings, events } = collect();
    const defaulted = withKubeadmDefaults(uploaded(), facts, events);
    const instance = toJson(readYaml(instanceConfiguration(socket))) as JsonObject;
    expect(writeKubeletConfiguration({ ...defaulted, ...instance })).toBe(
      golden(`${role}/var/lib/kubelet/config.yaml`),
    );
    expect(warnings).toEqual([]);
  });

  it("is complete though the cluster's map holds the bare minimum", () => {
    const { events } = collect();
    const bare = decodeKubeletConfiguration("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n");
    const written = withKubeadmDefaults(bare, facts, events);
    const { failCgroupV1: _, failSwapOn: __, ...expected } = uploaded();
    expect(written).toEqual({ ...expected, cgroupDriver: "systemd" });
  });

  it("keeps values that differ, with a warning each, and forces certificate rotation", () => {
    const { warnings, events } = collect();
    const given = {
      ...uploaded(),
      clusterDNS: ["169.254.25.10"],
      healthzPort: 10000,
      readOnlyPort: 10255,
      rotateCertificates: false,
    };
    const written = withKubeadmDefaults(given, facts, events);
    expect(written).toMatchObject({ clusterDNS: ["169.254.25.10"], healthzPort: 10000, rotateCertificates: true });
    expect(warnings).toEqual([
      'The recommended value for "clusterDNS" in "KubeletConfiguration" is: [10.96.0.10]; the provided value is: [169.254.25.10]',
      'The recommended value for "healthzPort" in "KubeletConfiguration" is: 10248; the provided value is: 10000',
      'The recommended value for "readOnlyPort" in "KubeletConfiguration" is: 0; the provided value is: 10255',
    ]);
  });

  it("takes the tenth address of the first service subnet for DNS", () => {
    const { events } = collect();
    const { clusterDNS: _, ...rest } = uploaded();
    expect(
      withKubeadmDefaults(rest, { ...facts, serviceSubnet: "fd00::/108,10.96.0.0/12" }, events)["clusterDNS"],
    ).toEqual(["fd00::a"]);
  });

  it("is refused in another version", () => {
    expect(() =>
      decodeKubeletConfiguration("apiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\n"),
    ).toThrow(
      'unsupported apiVersion "kubelet.config.k8s.io/v1", you may have to do manual conversion to "kubelet.config.k8s.io/v1beta1" and run kubeadm again',
    );
  });
});

describe("instance-config.yaml", () => {
  it("is to the byte what upstream wrote", () => {
    expect(instanceConfiguration(socket)).toBe(golden("worker/var/lib/kubelet/instance-config.yaml"));
  });

  const cluster = { authentication: { anonymous: { enabled: false }, webhook: { enabled: true } }, maxPods: 5 };
  it.each<readonly [string, string, JsonObject, number]>([
    [
      "keeps what it does not name, at every level",
      "authentication: {anonymous: {enabled: true}}\n",
      { authentication: { anonymous: { enabled: true }, webhook: { enabled: true } }, maxPods: 5 },
      1,
    ],
    ["takes out what it sets to null", "maxPods: null\n", { authentication: cluster.authentication }, 1],
    ["without content changes nothing, and is not told", "\n", cluster, 0],
  ])("%s", async (_what, text, expected, told) => {
    const { files, services } = memoryHost();
    const events: Event[] = [];
    const written = await writeKubeletConfigurationFiles(
      { configuration: cluster, criSocket: socket, keptInstance: text, patches: async () => [] },
      {
        files,
        services,
        events: eventsTo(
          (event) => events.push(event),
          () => new Date(0),
        ),
        signal: new AbortController().signal,
      },
    );
    expect(written).toEqual(expected);
    expect(events.filter(({ type }) => type === "patches.applied")).toHaveLength(told);
  });
});

describe("the resolver of the node", () => {
  async function resolvConf(
    given: string | undefined,
    state: "active" | "inactive",
    manager: "systemd" | "none" = "systemd",
  ) {
    const { warnings, events } = collect();
    const { services } = memoryHost({ manager, services: { "systemd-resolved": { state } } });
    const configuration = defined({ resolvConf: given });
    const resolved = withNodeResolver(
      configuration,
      await readResolverState(services, new AbortController().signal),
      events,
    );
    return { resolvConf: resolved["resolvConf"], warnings };
  }

  it("is systemd-resolved's list where that runs", async () => {
    expect(await resolvConf(undefined, "active")).toEqual({
      resolvConf: "/run/systemd/resolve/resolv.conf",
      warnings: [],
    });
  });

  it("is left open where it does not run", async () => {
    expect(await resolvConf(undefined, "inactive")).toEqual({ resolvConf: undefined, warnings: [] });
  });

  it("stays what was given, with a warning", async () => {
    expect(await resolvConf("/x", "active")).toEqual({
      resolvConf: "/x",
      warnings: [expect.stringContaining('recommended value for "resolvConf"')],
    });
  });

  it("is unknown without a service manager", async () => {
    expect((await resolvConf(undefined, "active", "none")).warnings).toEqual([
      "cannot determine if systemd-resolved is active: no supported init system detected, skipping checking for services",
    ]);
  });
});

describe("kubeadm-flags.env", () => {
  const plain = { nodeName: "w1", hostname: "w1", isControlPlane: false, taints: [], extraArguments: [] };
  const taints = [
    { key: "a", value: "b", effect: "NoSchedule" },
    { key: "c", effect: "NoExecute" },
  ];

  it("is to the byte what upstream wrote", () => {
    expect(kubeletEnvironment(plain)).toBe(golden("worker/var/lib/kubelet/kubeadm-flags.env"));
  });

  it.each([
    ["a name that is not the machine's", { nodeName: "w2" }, "--hostname-override=w2"],
    ["taints of a worker", { taints }, "--register-with-taints=a=b:NoSchedule,c:NoExecute"],
    ["no taints of a control plane", { taints, isControlPlane: true }, ""],
    [
      "the socket, where the cluster wants it here",
      { containerRuntimeEndpoint: socket },
      `--container-runtime-endpoint=${socket}`,
    ],
    [
      "extra arguments in the user's order, duplicates kept",
      {
        extraArguments: [
          { name: "z", value: "1" },
          { name: "a", value: "2" },
          { name: "z", value: "3" },
        ],
      },
      "--z=1 --a=2 --z=3",
    ],
    [
      "an extra argument instead of a default",
      { nodeName: "w2", extraArguments: [{ name: "hostname-override", value: "w3" }] },
      "--hostname-override=w3",
    ],
    [
      "defaults by name, then extra arguments",
      { nodeName: "w2", taints, extraArguments: [{ name: "a", value: "1" }] },
      "--hostname-override=w2 --register-with-taints=a=b:NoSchedule,c:NoExecute --a=1",
    ],
    ["quotes as Go escapes them", { extraArguments: [{ name: "a", value: '"x" \\ $y' }] }, '--a=\\"x\\" \\\\ $y'],
  ])("has %s", (_, options, content) => {
    expect(kubeletEnvironment({ ...plain, ...options })).toBe(`KUBELET_KUBEADM_ARGS="${content}"\n`);
  });
});
