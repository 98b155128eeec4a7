import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { silentEvents } from "../../../events/events.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { memoryHost } from "../../../host/memory.ts";
import { decodeClusterConfiguration } from "../../config/cluster/stored-cluster-configuration.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { changedManifests, editedManifests } from "./manifests.ts";

// What upstream's kubeadm 1.36.3 has written.
const golden = (path: string) =>
  readFileSync(new URL(`../../../../test/golden/upgrade/before/${path}`, import.meta.url), "utf8");
const { data } = parse(golden("kubeadm-config.yaml")) as { readonly data: { readonly ClusterConfiguration: string } };
const previous = decodeClusterConfiguration(data.ClusterConfiguration, silentEvents);
const node = { ...nodeWith(), cluster: { ...previous, kubernetesVersion: "v1.37.2" } };
const directories = ["/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"];
const names = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"] as const;
const pathOf = (name: (typeof names)[number]) => `/etc/kubernetes/manifests/${name}.yaml`;

type Edit = (text: string) => string;

async function outlook(edits: Partial<Record<(typeof names)[number], Edit>> = {}, replacesEtcd = true) {
  const same: Edit = (text) => text;
  const host = memoryHost({
    files: Object.fromEntries([
      ...directories.map((path) => [path, { kind: "directory" as const }]),
      ...names.map((name) => [pathOf(name), (edits[name] ?? same)(golden(`manifests/${name}.yaml`))]),
    ]),
  });
  const subject = { node, previous, replacesEtcd };
  const [changed, edited] = await Promise.all([changedManifests(subject, host), editedManifests(subject, host)]);
  const signed = (diffs: readonly string[]) => diffs.flatMap((diff) => diff.split("\n").slice(2)).filter(isChange);
  return { changed, edited, changedLines: signed(changed), editedLines: signed(edited) };
}

const isChange = (line: string) => /^[+-]/.test(line);
const addedAfter = (line: string, added: string): Edit => {
  return (text) => text.replace(line, (found) => `${found}${added}`);
};

/** The etcd of a machine that joined a cluster of two. */
const joined: Edit = () => {
  const local = { ...("local" in previous.etcd ? previous.etcd.local : undefined), imageTag: "3.6.8-0" };
  const cluster = { ...previous, etcd: { local } } as typeof previous;
  const members = ["cp3", "cp1"].map((name) => ({ name, peerUrl: `https://192.0.2.${name === "cp1" ? 10 : 12}:2380` }));
  return writeYaml(etcdPod({ ...node, cluster }, local as never, members));
};

describe("the manifests that kubeadm 1.36.3 has written", () => {
  it("change only by the new version, etcd's too", async () => {
    const { changed, changedLines, editedLines } = await outlook();
    expect(changed.map((diff) => diff.split("\n")[0])).toEqual(names.map((name) => `--- ${pathOf(name)}`));
    expect(changedLines).toContain("+    image: registry.k8s.io/etcd:3.7.0-0");
    expect(editedLines).toEqual([]);
  });

  it("are compared without etcd's if etcd stays unchanged", async () => {
    const edit = addedAfter("  - command:\n    - etcd\n", "    - --mine=1\n");
    const { changed, edited } = await outlook({ etcd: edit }, false);
    expect(changed).toHaveLength(3);
    expect(edited).toEqual([]);
  });

  it.each([
    [
      "a flag that was added",
      { "kube-scheduler": addedAfter("    - kube-scheduler\n", "    - --mine=1\n") },
      ["+    - --mine=1"],
    ],
    ["a flag of etcd", { etcd: addedAfter("    - etcd\n", "    - --mine=1\n") }, ["+    - --mine=1"]],
    [
      "a flag that was removed",
      { "kube-controller-manager": (text: string) => text.replace("    - --leader-elect=true\n", "") },
      ["-    - --leader-elect=true"],
    ],
    [
      "a tag that is no version",
      { "kube-scheduler": (text: string) => text.replace("kube-scheduler:v1.36.3", "kube-scheduler:mine") },
      ["-    image: registry.k8s.io/kube-scheduler:v1.36.3", "+    image: registry.k8s.io/kube-scheduler:mine"],
    ],
    [
      "no time that init gave a component to start",
      {
        "kube-apiserver": (text: string) =>
          text.replace(/(startupProbe:\n +failureThreshold: )24\n/, (_, head: string) => `${head}60\n`),
      },
      [],
    ],
    ["no members of an etcd that has joined them", { etcd: joined }, []],
    [
      "no patch release of another kubeadm",
      { "kube-scheduler": (text: string) => text.replace("kube-scheduler:v1.36.3", "kube-scheduler:v1.36.1") },
      [],
    ],
    [
      "no password",
      {
        "kube-scheduler": addedAfter(
          "    image: registry.k8s.io/kube-scheduler:v1.36.3\n",
          "    env:\n    - name: HTTPS_PROXY\n      value: http://user:hunter2@proxy.example:3128\n",
        ),
      },
      ["+    env:", "+    - name: HTTPS_PROXY", "+      value: http://user:xxxxx@proxy.example:3128"],
    ],
  ])("show %s", async (_name, edits, expected) => {
    expect((await outlook(edits)).editedLines).toEqual(expected);
  });
});
