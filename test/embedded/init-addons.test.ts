// The addons of init, against an embedded API server that no one has initialized.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { type GroupResource, resources } from "../../src/embedded/control-plane/index.ts";
import { addon } from "../../src/phases/init/addon.ts";
import { type InitSetting, initOptions } from "../support/init/cluster-phases.ts";
import { requestsOf, start, stdoutOf, stored } from "../support/init/started-cluster.ts";

describe("CoreDNS", () => {
  it("of an older version gets a Corefile that the new one can read, with a copy of the old one", async () => {
    const init = await start();
    await init.run(addon);
    const ours = JSON.stringify(stored(init, resources.deployments, "coredns"));
    const key = { name: "coredns", namespace: "kube-system" };
    init.controlPlane.storage.update(resources.deployments, key, {}, () =>
      JSON.parse(ours.replace(/coredns:v[\d.]+/, "coredns:v1.6.2")),
    );
    const old = "# ours\n.:53 {\n    errors\n    kubernetes cluster.local {\n        upstream\n    }\n}\n";
    init.controlPlane.storage.update(resources.configMaps, key, {}, (map) => ({ ...map, data: { Corefile: old } }));
    await init.run(addon);
    expect(init.told.filter(({ type }) => type === "warning")).toEqual([]);
    expect(stored(init, resources.configMaps, "coredns")?.["data"]).toEqual({
      Corefile: "# ours\n.:53 {\n    errors\n    kubernetes cluster.local {\n    }\n}\n",
      "Corefile-backup": old,
    });
  });

  it("of a newer version is left alone, with a warning that says so", async () => {
    const init = await start();
    await init.run(addon);
    const ours = JSON.stringify(stored(init, resources.deployments, "coredns"));
    const newer = ours.replace(/coredns:v[\d.]+/, "coredns:v1.99.0");
    const key = { name: "coredns", namespace: "kube-system" };
    init.controlPlane.storage.update(resources.deployments, key, {}, () => JSON.parse(newer));
    await init.run(addon);
    expect(JSON.stringify(stored(init, resources.deployments, "coredns"))).toContain("coredns:v1.99.0");
    expect(init.told.filter(({ type }) => type === "warning")).toMatchObject([
      { area: "addons", message: expect.stringMatching(/^CoreDNS v1\.99\.0 is newer than v/) },
    ]);
  });

  it("is not touched where several Deployments could be it", async () => {
    const init = await start();
    for (const name of ["coredns", "kube-dns"]) {
      const metadata = { name, namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
      init.controlPlane.storage.create(resources.deployments, { apiVersion: "apps/v1", kind: "Deployment", metadata });
    }
    await expect(init.run(addon)).rejects.toMatchObject({
      code: "DNS_DEPLOYMENTS_AMBIGUOUS",
      message: "error execution phase addon/coredns: multiple DNS addon deployments found: coredns, kube-dns",
    });
  });

  it.each([
    ["dns", { dns: { disabled: true } }, [], ["kube-proxy"]],
    ["proxy", { proxy: { disabled: true } }, ["coredns"], []],
  ])("and kube-proxy: without the one that is disabled (%s)", async (_name, cluster, deployed, daemons) => {
    const init = await start({ cluster });
    await init.run(addon);
    const names = (resource: GroupResource) =>
      init.controlPlane.storage.list(resource, "kube-system").map(({ metadata }) => metadata.name);
    expect(names(resources.deployments)).toEqual(deployed);
    expect(names(resources.daemonSets)).toEqual(daemons);
  });
});

describe("kube-proxy", () => {
  it("gets the proxies of this program's environment", async () => {
    const init = await start({
      environment: { NO_PROXY: "10.0.0.0/8", https_proxy: "http://192.0.2.80:3128", PATH: "/bin" },
    });
    await init.run(addon);
    const text = JSON.stringify(stored(init, resources.daemonSets, "kube-proxy"));
    expect(text).toContain(
      '{"name":"NO_PROXY","value":"10.0.0.0/8"},{"name":"https_proxy","value":"http://192.0.2.80:3128"}]',
    );
  });

  it("finds the API server by the endpoint of the cluster", async () => {
    const init = await start({ cluster: { controlPlaneEndpoint: "lb.example:443" } });
    await init.run(addon);
    expect(stored(init, resources.configMaps, "kube-proxy")?.["data"]).toMatchObject({
      "kubeconfig.conf": expect.stringContaining("server: https://lb.example:443\n"),
    });
  });

  it("with a configuration of the user's own carries no hash: an upgrade must not rewrite it", async () => {
    const components = { ...initOptions({}).components, userSupplied: new Set(["KubeProxyConfiguration"] as const) };
    const init = await start({ options: { components } });
    await init.run(addon);
    expect(stored(init, resources.configMaps, "kube-proxy")?.metadata).not.toHaveProperty("annotations");
  });
});

describe("patches of the addons", () => {
  it("are applied to the Deployment and the DaemonSet", async () => {
    const patch = (image: string, name: string) =>
      JSON.stringify({ spec: { template: { spec: { containers: [{ name, image }] } } } });
    const init = await start({
      files: {
        "/patches/corednsdeployment.json": patch("mine/coredns:1", "coredns"),
        "/patches/kubeproxydaemonset+strategic.json": patch("mine/kube-proxy:1", "kube-proxy"),
      },
      options: { patchesDirectory: "/patches" },
    });
    await init.run(addon);
    const image = (resource: GroupResource, name: string) =>
      (stored(init, resource, name) as unknown as { spec: { template: { spec: { containers: unknown[] } } } }).spec
        .template.spec.containers;
    expect(image(resources.deployments, "coredns")).toMatchObject([{ image: "mine/coredns:1", name: "coredns" }]);
    expect(image(resources.daemonSets, "kube-proxy")).toMatchObject([{ image: "mine/kube-proxy:1" }]);
  });
});

describe("--print-manifest", () => {
  const dualStack: InitSetting = {
    cluster: {
      networking: {
        serviceSubnet: "fd01::/112,10.96.0.0/16",
        podSubnet: "fd02::/64,10.244.0.0/16",
        dnsDomain: "corp.example",
      },
      imageRepository: "mirror.example/k8s",
      dns: { imageTag: "v9" },
    },
    advertiseAddress: "fd00::10",
    bindPort: 7443,
  };
  it.each([
    ["coredns", 0, { advertiseAddress: "192.0.2.2" }, "coredns"],
    ["kube-proxy", 1, { advertiseAddress: "192.0.2.2" }, "kube-proxy"],
    ["coredns of a cluster with two address families", 0, dualStack, "coredns-dual-stack"],
    ["kube-proxy of a cluster with two address families", 1, dualStack, "kube-proxy-dual-stack"],
  ] as const)("shows the objects of %s as upstream's does, and changes nothing", async (_name, at, setting, file) => {
    const init = await start({
      ...setting,
      options: { printManifest: true },
      environment: { HTTPS_PROXY: "http://192.0.2.80:3128" },
    });
    const phase = addon.phases?.[at];
    if (phase === undefined) throw new Error("there is no such phase");
    await init.run(phase);
    const golden = readFileSync(new URL(`../golden/init/manifests/${file}.yaml`, import.meta.url), "utf8");
    const documents = (text: string) => parseAllDocuments(text).map((document) => withoutDefaults(document.toJSON()));
    expect(documents(stdoutOf(init.told))).toEqual(documents(golden));
    expect(requestsOf(init)).toEqual([]);
  });
});

/** Of no effect, and written by upstream only. */
function withoutDefaults(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, part) => (name === "readOnly" && part === false ? undefined : part)),
    (name, part) =>
      name === "subjects"
        ? (part as object[]).map((subject) => ({ apiGroup: subjectGroup(subject), ...subject }))
        : part,
  );
}

/** The API server fills it in. */
function subjectGroup(subject: object): string | undefined {
  return "kind" in subject && subject.kind !== "ServiceAccount" ? "rbac.authorization.k8s.io" : undefined;
}
