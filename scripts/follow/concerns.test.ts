import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { areaNames } from "./areas.ts";
import { concernOf, concerns } from "./concerns.ts";
import { filesForPackage, packageOf, packages } from "./packages.ts";

const root = join(import.meta.dirname, "../..");

describe("the files that a change concerns", () => {
  it("are all there", () => {
    const named = [...concerns.flatMap(({ files }) => files), ...packages.flatMap(([, files]) => files)];
    expect([...new Set(named)].filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it.each(areaNames)("are known for each area: %s", (area) => {
    const name = "kubeadm/preflight.PortOpenCheck";
    for (const [before, after] of [
      ["1", "2"],
      [undefined, "2"],
      ["1", undefined],
    ]) {
      expect(concernOf({ area, name, before, after }).files).not.toEqual([]);
    }
  });

  it.each([
    ["flags", "kubeadm init --patches", "code", "src/kubeadm/flags"],
    ["flags", "kubeadm config validate --config", "code", "src/cli/commands"],
    ["defaults", "KubeProxyConfiguration.mode", "code", "src/kubeadm/config/components/kube-proxy-defaults.ts"],
    ["images", "registry.k8s.io/etcd, own", "data", "src/kubernetes/minors/gen"],
    ["gates", "SomeGate", "data", "src/kubernetes/minors/gen"],
    ["checks", "kubeadm/preflight.PortOpenCheck", "code", "src/kubeadm/preflight"],
    ["code", "kubeadm/util/etcd.Client.Sync", "code", "src/kubeadm/etcd"],
    ["texts", 'kubeadm/discovery/https: "received status %d"', "code", "src/kubeadm/discovery/download-kubeconfig.ts"],
    [
      "constants",
      'github.com/coredns/corefile-migration.Versions["1.14.6"]',
      "code",
      "src/kubeadm/core-dns/corefile-changes.ts",
    ],
    ["constants", "kubeadm/constants.SupportedEtcdVersion[36]", "data", "src/kubernetes/minors/gen"],
    ["files", "/etc/kubernetes/manifests/etcd.yaml: x", "code", "src/kubeadm/control-plane"],
  ] as const)("%s: %s is %s in %s", (area, name, kind, file) => {
    const concern = concernOf({ area, name, before: "1", after: "2" });
    expect(concern.kind).toBe(kind);
    expect(concern.files).toContain(file);
  });

  it("are to be decided for a package that no row has", () => {
    const concern = concernOf({ area: "code", name: "example.org/new/pkg.F", before: undefined, after: "x" });
    expect(concern).toMatchObject({ files: [], decide: expect.stringContaining("example.org/new/pkg is new") });
  });
});

describe("what is gone", () => {
  it.each([
    ["commands", "kubeadm alpha"],
    ["flags", "kubeadm init --old"],
    ["gates", "kubeadm: OldGate"],
    ["componentFlags", "kubelet --old"],
    ["fields", "kubeadm/apis/kubeadm/v1beta3.Arg.Name"],
  ] as const)("needs a decision: %s", (area, name) => {
    expect(concernOf({ area, name, before: "1", after: undefined }).decide).toMatch(/\?/);
    expect(concernOf({ area, name, before: undefined, after: "1" }).decide).toBeUndefined();
  });
});

describe("the package of a name in the sources", () => {
  it.each([
    ["kubeadm/preflight.PortOpenCheck.Check", "kubeadm/preflight"],
    ['kubeadm/cmd/util: "a/b.c: d"', "kubeadm/cmd/util"],
    ['github.com/coredns/corefile-migration.Versions["1.14/6"]', "github.com/coredns/corefile-migration"],
    ["kubeadm.Run", "kubeadm"],
  ])("%s", (name, expected) => {
    expect(packageOf(name)).toBe(expected);
  });

  it("has the files of the most special row that contains it", () => {
    expect(filesForPackage("kubeadm/phases/addons/proxy")).toContain("src/kubeadm/addons/kube-proxy.ts");
    expect(filesForPackage("kubeadm/phases/addons/other")).toEqual(["src/kubeadm/addons"]);
    expect(filesForPackage("kubeadmin/preflight")).toBeUndefined();
  });
});
