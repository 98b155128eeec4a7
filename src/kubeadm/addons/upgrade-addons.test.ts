import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Administrator, administratorOf } from "../../../test/support/upgrade/administrator.ts";
import {
  type ControlPlane,
  type GroupResource,
  resources,
  startControlPlane,
} from "../../embedded/control-plane/index.ts";
import { silentEvents } from "../../events/events.ts";
import type { JsonObject } from "../../values/json.ts";
import { decodeClusterConfiguration } from "../config/cluster/stored-cluster-configuration.ts";
import type { Patches } from "../patches/read-patches.ts";
import type { Addon, AddonUpgrade } from "./addon.ts";
import { coreDns } from "./core-dns.ts";
import { kubeProxy } from "./kube-proxy.ts";
import { coreDnsUpgrade } from "./upgrade-core-dns.ts";
import { kubeProxyUpgrade } from "./upgrade-kube-proxy.ts";

const cluster = decodeClusterConfiguration(
  "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n",
  silentEvents,
);
const dnsImage = (tag: string) => `registry.k8s.io/coredns/coredns:${tag}`;
const proxyImage = (tag: string) => `registry.k8s.io/kube-proxy:${tag}`;
const configuration: JsonObject = { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration" };

interface Setting {
  readonly image?: string;
  readonly patches?: Patches;
}
const dns = ({ image = dnsImage("v1.14.6"), patches = [] }: Setting = {}) => ({
  ...{ cluster, image, patches },
  events: administrator.requests.events,
});
const proxy = ({ image = proxyImage("v1.37.2"), patches = [] }: Setting = {}) => ({
  ...{ configuration, server: "https://192.0.2.10:6443", environment: [], image, patches },
  events: administrator.requests.events,
});

let controlPlane: ControlPlane;
let administrator: Administrator;
beforeEach(async () => {
  controlPlane = await startControlPlane({ version: "v1.36.3", encryptionAlgorithm: "ECDSA-P256" });
  const ours: readonly [GroupResource, string, string | undefined][] = [
    [resources.configMaps, "kube-proxy", "kube-system"],
    [resources.configMaps, "coredns", "kube-system"],
    [resources.services, "kube-dns", "kube-system"],
  ];
  for (const [resource, name, namespace] of ours) {
    if (controlPlane.storage.get(resource, { name, namespace }) !== undefined) {
      controlPlane.storage.delete(resource, { name, namespace });
    }
  }
  administrator = await administratorOf(controlPlane);
});
afterEach(() => controlPlane.close());

const stored = (resource: GroupResource, name: string) =>
  controlPlane.storage.get(resource, { name, namespace: "kube-system" });
const deployment = () => stored(resources.deployments, "coredns");
const daemonSet = () => stored(resources.daemonSets, "kube-proxy");
const corefile = () => stored(resources.configMaps, "coredns")?.["data"];

function edit(resource: GroupResource, name: string, change: (text: string) => string) {
  const before = JSON.stringify(stored(resource, name));
  const after = change(before);
  expect(after).not.toBe(before);
  controlPlane.storage.update(resource, { name, namespace: "kube-system" }, {}, () => JSON.parse(after));
}

/** Records, as the API server does, that a client has set a field. */
function recordManager(resource: GroupResource, name: string, manager: string, fieldsV1: object) {
  edit(resource, name, (text) => {
    const object = JSON.parse(text);
    object.metadata.managedFields = [
      { manager: "kube-controller-manager", operation: "Update", subresource: "status", fieldsV1 },
      { manager, operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1 },
    ];
    return JSON.stringify(object);
  });
}
const imageField = (container: string) => ({
  "f:spec": { "f:template": { "f:spec": { "f:containers": { [`k:{"name":"${container}"}`]: { "f:image": {} } } } } },
});

/** Installs an addon of the previous version, lets an administrator work on it, and upgrades it. */
async function upgraded(previous: Addon, next: AddonUpgrade, change: () => void = () => undefined) {
  await previous.install(administrator.requests);
  change();
  administrator = await administratorOf(controlPlane);
  const before = controlPlane.requests.all.length;
  const found = await next.find(administrator.requests);
  if ("obstacle" in found) throw new Error(found.obstacle);
  await found.upgrade();
  const sent = controlPlane.requests.all.slice(before);
  const written = sent
    .filter(({ verb }) => !["get", "list"].includes(verb))
    .map(({ verb, path }) => `${verb} ${path.replace(/^.*\/|\?.*$/g, "")}`);
  const warnings = administrator.told.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { written, warnings, sent };
}

describe("the upgrade of CoreDNS", () => {
  const previous = (tag = "v1.14.2") => coreDns(dns({ image: dnsImage(tag) }));

  it("writes the image, and nothing else that is as it was", async () => {
    const { written, warnings } = await upgraded(previous(), coreDnsUpgrade(dns()));
    expect({ written, warnings }).toEqual({ written: ["update coredns"], warnings: [] });
    expect(deployment()).toMatchObject({
      spec: { replicas: 2, template: { spec: { containers: [{ image: dnsImage("v1.14.6") }] } } },
    });
  });

  it("asks once which Deployment there is", async () => {
    const { sent } = await upgraded(previous(), coreDnsUpgrade(dns()));
    const lists = sent.filter(({ verb }) => verb === "list").map(({ path }) => path.replace(/\?.*$/, ""));
    expect(lists).toEqual(["/apis/apps/v1/namespaces/kube-system/deployments"]);
  });

  it("writes nothing the second time", async () => {
    const { written } = await upgraded(coreDns(dns()), coreDnsUpgrade(dns()));
    expect(written).toEqual([]);
  });

  it("keeps what was edited, and names it", async () => {
    const { warnings } = await upgraded(previous(), coreDnsUpgrade(dns()), () =>
      edit(resources.deployments, "coredns", (text) =>
        text
          .replace('"replicas":2', '"replicas":5')
          .replace('"memory":"170Mi"', '"memory":"1Gi"')
          .replace('"nodeSelector":{', '"nodeSelector":{"dns":"yes",')
          .replace('"key":"CriticalAddonsOnly"', '"key":"mine"'),
      ),
    );
    expect(deployment()).toMatchObject({
      spec: {
        replicas: 5,
        template: {
          spec: {
            nodeSelector: { dns: "yes" },
            tolerations: [{ key: "mine" }, { key: "node-role.kubernetes.io/control-plane" }],
            containers: [{ image: dnsImage("v1.14.6"), resources: { limits: { memory: "1Gi" } } }],
          },
        },
      },
    });
    expect(warnings).toEqual([
      "the Deployment kube-system/coredns was edited; these fields are left unchanged: spec.template.spec.tolerations, spec.template.spec.containers[coredns].resources.limits.memory",
    ]);
  });

  it("applies the patches of this run", async () => {
    const patches: Patches = [
      {
        ...{ target: "corednsdeployment", kind: "strategic", path: "/p/corednsdeployment.yaml" },
        content: { spec: { template: { spec: { containers: [{ name: "coredns", tty: true }] } } } },
      },
    ];
    const { told } = administrator;
    await upgraded(previous(), coreDnsUpgrade(dns({ patches })));
    expect(deployment()).toMatchObject({
      spec: { template: { spec: { containers: [{ image: dnsImage("v1.14.6"), tty: true }] } } },
    });
    expect(told.filter(({ type }) => type === "patches.applied")).toHaveLength(1);
  });

  const withoutProbe: Patches = [
    {
      ...{ target: "corednsdeployment", kind: "strategic", path: "/p/corednsdeployment.yaml" },
      content: { spec: { template: { spec: { containers: [{ name: "coredns", livenessProbe: null }] } } } },
    },
  ];

  it("applies a patch that removes a field to which the API server has added its defaults", async () => {
    const { warnings } = await upgraded(previous(), coreDnsUpgrade(dns({ patches: withoutProbe })), () =>
      edit(resources.deployments, "coredns", (text) =>
        text.replace('"livenessProbe":{', '"livenessProbe":{"periodSeconds":10,"terminationGracePeriodSeconds":30,'),
      ),
    );
    expect(warnings).toEqual([]);
    expect(JSON.stringify(deployment())).not.toContain("livenessProbe");
  });

  it("keeps a field that was edited and that a patch removes, and names it", async () => {
    const { warnings } = await upgraded(previous(), coreDnsUpgrade(dns({ patches: withoutProbe })), () =>
      edit(resources.deployments, "coredns", (text) =>
        text.replace('"initialDelaySeconds":60', '"initialDelaySeconds":90'),
      ),
    );
    expect(JSON.stringify(deployment())).toContain('"initialDelaySeconds":90');
    expect(warnings).toEqual([
      "the Deployment kube-system/coredns was edited; these fields are left unchanged: spec.template.spec.containers[coredns].livenessProbe",
    ]);
  });

  it("moves to the registry of the cluster's configuration", async () => {
    await upgraded(previous(), coreDnsUpgrade(dns({ image: "mirror.example/coredns:v1.14.6" })), () =>
      recordManager(resources.deployments, "coredns", "kubeadm", imageField("coredns")),
    );
    expect(JSON.stringify(deployment())).toContain('"image":"mirror.example/coredns:v1.14.6"');
  });

  it("keeps an image of another registry that was set in the cluster", async () => {
    const { written, warnings } = await upgraded(previous(), coreDnsUpgrade(dns()), () => {
      edit(resources.deployments, "coredns", (text) => text.replace(dnsImage("v1.14.2"), "example.com/dns:mine"));
      recordManager(resources.deployments, "coredns", "kubectl-edit", imageField("coredns"));
    });
    expect({ written, warnings }).toEqual({
      written: [],
      warnings: [
        "what changes from CoreDNS mine to mine is unknown: the Corefile is left unchanged. Check its plugins against CoreDNS' release notes on removals",
        "the Deployment kube-system/coredns keeps the image example.com/dns:mine, which was set in the cluster; kubeadm's is registry.k8s.io/coredns/coredns:v1.14.6",
      ],
    });
  });

  it("keeps a CoreDNS that is newer", async () => {
    const { written, warnings } = await upgraded(previous("v1.15.0"), coreDnsUpgrade(dns()));
    expect({ written, warnings }).toEqual({
      written: [],
      warnings: ["CoreDNS v1.15.0 is newer than v1.14.6: the Deployment kube-system/coredns is left unchanged"],
    });
  });

  it("keeps the Corefile of a version that it does not know, and says so", async () => {
    const { written, warnings } = await upgraded(previous("v1.0.6"), coreDnsUpgrade(dns()));
    expect(written).toEqual(["update coredns"]);
    expect(warnings).toEqual([expect.stringMatching(/^what changes from CoreDNS v1\.0\.6 to v1\.14\.6 is unknown: /)]);
  });

  it("keeps the Corefile of a version in which it works as it is, and says nothing", async () => {
    const { written, warnings } = await upgraded(previous("v1.9.3"), coreDnsUpgrade(dns()));
    expect({ written, warnings }).toEqual({ written: ["update coredns"], warnings: [] });
  });

  it("changes what the new version refuses in the Corefile, keeps a copy, and keeps other keys", async () => {
    const { written } = await upgraded(previous("v1.12.1"), coreDnsUpgrade(dns()), () =>
      edit(resources.configMaps, "coredns", (text) => {
        const map = JSON.parse(text);
        map.data.Corefile = map.data.Corefile.replace(
          "    loop\n",
          "    header {\n        set ra\n    }\n    loop # mine\n",
        );
        map.data.zone = "example.";
        return JSON.stringify(map);
      }),
    );
    expect(written).toEqual(["update coredns", "update coredns"]);
    expect(corefile()).toMatchObject({
      Corefile: expect.stringContaining("    header {\n        response set ra\n    }\n    loop # mine\n"),
      "Corefile-backup": expect.stringContaining("        set ra\n"),
      zone: "example.",
    });
    expect(administrator.output().stdout).toBe("[addons] Migrating CoreDNS Corefile\n");
  });

  it("creates a ConfigMap and a Service that are missing", async () => {
    const { written } = await upgraded(previous(), coreDnsUpgrade(dns()), () => {
      for (const [resource, name] of [
        [resources.configMaps, "coredns"],
        [resources.services, "kube-dns"],
      ] as const)
        controlPlane.storage.delete(resource, { name, namespace: "kube-system" });
    });
    expect(written.toSorted()).toEqual(["create configmaps", "create services", "update coredns"]);
  });

  it("writes a role that lacks what CoreDNS needs, and keeps one that has more", async () => {
    const { written } = await upgraded(coreDns(dns()), coreDnsUpgrade(dns()), () => {
      for (const { metadata } of controlPlane.storage.list(resources.clusterRoles)) {
        if (metadata.name !== "system:coredns") continue;
        controlPlane.storage.update(
          resources.clusterRoles,
          metadata,
          {},
          (role) =>
            ({
              ...(role as object),
              rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
            }) as never,
        );
      }
    });
    expect(written).toEqual(["update system:coredns"]);
  });

  it.each([
    [
      "was removed",
      () => controlPlane.storage.delete(resources.deployments, { name: "coredns", namespace: "kube-system" }),
    ],
    [
      "is another Deployment",
      () => {
        const object = JSON.parse(JSON.stringify(deployment()).replaceAll('"coredns"', '"mine"'));
        controlPlane.storage.delete(resources.deployments, { name: "coredns", namespace: "kube-system" });
        controlPlane.storage.create(resources.deployments, object);
      },
    ],
  ])("does not apply where it %s", async (_, change) => {
    await previous().install(administrator.requests);
    change();
    expect(await coreDnsUpgrade(dns()).find(administrator.requests)).toEqual({
      obstacle: expect.stringMatching(
        /^The (Deployment kube-system\/coredns was removed: `kubeadm init phase addon coredns` creates it|cluster's DNS server is the Deployment kube-system\/mine, which is not kubeadm's)\.$/,
      ),
    });
  });

  it("accepts objects that another client creates at the same time", async () => {
    const { written } = await upgraded(previous(), coreDnsUpgrade(dns()), () => {
      for (const resource of ["services", "configmaps", "serviceaccounts"]) {
        const match = { verb: "get", resource };
        controlPlane.faults.add({ match, action: { kind: "status", code: 404 }, times: 1 });
      }
    });
    expect(written.toSorted()).toEqual([
      "create configmaps",
      "create serviceaccounts",
      "create services",
      "update coredns",
    ]);
  });

  it("is tried again if another client changes the Deployment at the same time", async () => {
    controlPlane.faults.add({
      match: { verb: "update", resource: "deployments" },
      action: { kind: "status", code: 409 },
      times: 1,
    });
    const { written } = await upgraded(previous(), coreDnsUpgrade(dns()));
    expect(written).toEqual(["update coredns", "update coredns"]);
  });
});

describe("the upgrade of kube-proxy", () => {
  const previous = (isUserSupplied = false) =>
    kubeProxy({ ...proxy({ image: proxyImage("v1.36.3") }), isUserSupplied });
  const map = () =>
    stored(resources.configMaps, "kube-proxy") as unknown as {
      data: Record<string, string>;
      metadata: { annotations?: object };
    };

  it("writes the image, and nothing else that is as it was", async () => {
    const { written, warnings } = await upgraded(previous(), kubeProxyUpgrade(proxy()));
    expect({ written, warnings }).toEqual({ written: ["update kube-proxy"], warnings: [] });
    expect(JSON.stringify(daemonSet())).toContain(`"image":"${proxyImage("v1.37.2")}"`);
  });

  it("adds the proxies of this environment, and keeps those of an earlier one", async () => {
    const variable = (name: string, value: string) => ({ name, value });
    const before = kubeProxy({
      ...proxy({ image: proxyImage("v1.36.3") }),
      isUserSupplied: false,
      environment: [variable("NO_PROXY", "a"), variable("https_proxy", "old")],
    });
    await upgraded(before, kubeProxyUpgrade({ ...proxy(), environment: [variable("https_proxy", "new")] }));
    expect(daemonSet()).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [{ env: [{ name: "NODE_NAME" }, variable("NO_PROXY", "a"), variable("https_proxy", "new")] }],
          },
        },
      },
    });
  });

  it("writes the configuration, signed again if no one has edited it", async () => {
    const next = { ...configuration, mode: "iptables" };
    await upgraded(previous(), kubeProxyUpgrade({ ...proxy(), configuration: next }));
    const { data, metadata } = map();
    expect(data["config.conf"]).toContain("mode: iptables");
    const signed = JSON.stringify(metadata.annotations);
    expect(signed).toContain("kubeadm.kubernetes.io/component-config.hash");
    await upgraded(
      kubeProxy({ ...proxy(), configuration: next, isUserSupplied: false }),
      kubeProxyUpgrade({ ...proxy(), configuration: next }),
    );
    expect(JSON.stringify(map().metadata.annotations)).toBe(signed);
  });

  it("takes the hash off a configuration that was edited, and keeps other keys", async () => {
    await upgraded(previous(), kubeProxyUpgrade(proxy()), () =>
      edit(resources.configMaps, "kube-proxy", (text) => text.replace('"data":{', '"data":{"mine":"1",')),
    );
    const { data, metadata } = map();
    expect(data).toMatchObject({ mine: "1" });
    expect(metadata.annotations ?? {}).toEqual({});
  });

  it.each([
    ["follows the endpoint of the cluster", "kubeadm", "https://192.0.2.10:6443"],
    ["keeps a server that was set in the cluster", "kubectl-edit", "https://lb.example:443"],
  ])("%s", async (_, manager, server) => {
    await upgraded(previous(), kubeProxyUpgrade(proxy()), () => {
      edit(resources.configMaps, "kube-proxy", (text) =>
        text.replace("https://192.0.2.10:6443", "https://lb.example:443"),
      );
      recordManager(resources.configMaps, "kube-proxy", manager, { "f:data": { "f:kubeconfig.conf": {} } });
    });
    expect(map().data["kubeconfig.conf"]).toContain(`    server: ${server}\n`);
  });

  it("does not apply where it was removed", async () => {
    expect(await kubeProxyUpgrade(proxy()).find(administrator.requests)).toEqual({
      obstacle:
        "The DaemonSet kube-system/kube-proxy was removed: `kubeadm init phase addon kube-proxy` creates it, and proxy.disabled in the ClusterConfiguration states that the cluster has none.",
    });
  });
});
