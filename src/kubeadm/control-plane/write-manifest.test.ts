import { describe, expect, it } from "vitest";
import { bareMachine, nodeWith } from "../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { memoryHost } from "../../host/memory.ts";
import type { JsonObject, JsonValue } from "../../values/json.ts";
import type { Patch } from "../patches/read-patches.ts";
import { schedulerPod } from "./scheduler-pod.ts";
import { makeEtcdDataDirectory, writeEtcdManifest } from "./write-etcd-manifest.ts";
import { manifestPath, writeManifest } from "./write-manifest.ts";

const path = manifestPath("kube-scheduler");
const pod = schedulerPod(nodeWith(), bareMachine);

function patch(content: JsonValue, target: Patch["target"] = "kube-scheduler"): Patch {
  return { target, kind: "strategic", path: `/patches/${target}.yaml`, content };
}

async function write(...patches: readonly Patch[]) {
  const host = memoryHost();
  const told: Event[] = [];
  const events = eventsTo(
    (event) => told.push(event),
    () => new Date(0),
  );
  await writeManifest("kube-scheduler", pod, patches, { files: host.files, events });
  const written = toJson(readYaml(await host.files.readText(path))) as JsonObject;
  return { host, told, written };
}

describe("the file of a static Pod", () => {
  it("is its owner's alone, and so is a directory that is made for it", async () => {
    const { host, written } = await write();
    expect(written).toEqual(pod);
    expect(await host.files.status(path)).toMatchObject({ kind: "file", mode: 0o600 });
    expect(await host.files.status("/etc/kubernetes/manifests")).toMatchObject({ kind: "directory", mode: 0o700 });
    expect(await host.files.status("/etc/kubernetes")).toMatchObject({ mode: 0o700 });
  });

  it("is patched by the patches of its own name", async () => {
    const { written, told } = await write(
      patch({ metadata: { annotations: { a: "b" } } }),
      patch({ metadata: { annotations: { c: "d" } } }, "etcd"),
    );
    expect(written["metadata"]).toMatchObject({ annotations: { a: "b" }, name: "kube-scheduler" });
    expect(told).toMatchObject([{ type: "patches.applied", target: "kube-scheduler" }]);
  });

  it("has no field that no Pod has, and says which a patch brought", async () => {
    const { written, told } = await write(
      patch({
        kindd: "x",
        metadata: { label: { a: "b" } },
        spec: {
          priorty: 1,
          hostUsers: true,
          containers: [{ name: "kube-scheduler", imagePullpolicy: "Always", tty: true }],
        },
      }),
    );
    expect(written).toEqual({
      ...pod,
      spec: {
        ...(pod["spec"] as JsonObject),
        hostUsers: true,
        containers: [expect.objectContaining({ name: "kube-scheduler", imagePullPolicy: "IfNotPresent", tty: true })],
      },
    });
    expect(JSON.stringify(written)).not.toContain("imagePullpolicy");
    expect(
      told.flatMap((event) => (event.type === "warning" ? [/field (\S+) of /.exec(event.message)?.[1]] : [])),
    ).toEqual(["kindd", "metadata.label", "spec.containers[0].imagePullpolicy", "spec.priorty"]);
  });

  it("is written as Go would write it", async () => {
    const resources = { limits: { memory: "1024Mi", cpu: 0.5 } };
    const { written } = await write(patch({ spec: { containers: [{ name: "kube-scheduler", resources, args: [] }] } }));
    expect(written["spec"]).toMatchObject({
      containers: [{ resources: { limits: { memory: "1Gi", cpu: "500m" }, requests: { cpu: "100m" } } }],
    });
    expect(JSON.stringify(written)).not.toContain("args");
  });

  it("may lose its containers, as upstream's may", async () => {
    const { written } = await write(patch({ spec: { containers: [{ $patch: "delete", name: "kube-scheduler" }] } }));
    expect(written["spec"]).toMatchObject({ containers: [] });
  });

  it("that no kubelet could read is reported with the field and with all files that patched it", async () => {
    const other: Patch = { ...patch({ metadata: { labels: { a: "b" } } }), path: "/patches/kube-scheduler0.yaml" };
    await expect(write(other, patch({ spec: { priority: "5" } }))).rejects.toMatchObject({
      message:
        'failed to patch static Pod manifest file for "kube-scheduler": failed to unmarshal patched manifest: json: cannot ' +
        "unmarshal string into Go struct field PodSpec.spec.priority of type int32",
      remedy: "Fix spec.priority in /patches/kube-scheduler0.yaml or /patches/kube-scheduler.yaml.",
    });
  });

  it.each([
    ["does not apply", { spec: { $patch: "bogus" } }],
    ["makes something else of it", { kind: "Deployment" }],
    ["gives it an argument that is no text", { spec: { containers: [{ name: "kube-scheduler", command: [1] }] } }],
    ["gives it a boolean as text", { spec: { hostNetwork: "true" } }],
    ["gives it a priority as text", { spec: { priority: "5" } }],
    ["gives it a label that is a boolean", { metadata: { labels: { z: true } } }],
    [
      "gives it a quantity that is not one",
      { spec: { containers: [{ name: "kube-scheduler", resources: { limits: { cpu: "abc" } } }] } },
    ],
  ])("is not written with a patch that %s", async (_name, content) => {
    const host = memoryHost();
    const ports = {
      files: host.files,
      events: eventsTo(
        () => undefined,
        () => new Date(0),
      ),
    };
    await expect(writeManifest("kube-scheduler", pod, [patch(content)], ports)).rejects.toMatchObject({
      code: "PATCH_INVALID",
      message: expect.stringMatching(/^failed to patch static Pod manifest file for "kube-scheduler": /),
    });
    expect(host.files.snapshot()).toEqual({});
  });
});

describe("a stacked etcd", () => {
  it("gets a data directory of its own, one that is there is left unchanged", async () => {
    const { files } = memoryHost({ files: { "/data/old": { kind: "directory", mode: 0o750 } } });
    for (const dataDir of ["/data/new", "/data/old"]) {
      await makeEtcdDataDirectory(nodeWith({ etcd: { local: { dataDir } } }), files);
    }
    expect((await files.status("/data/new"))?.mode).toBe(0o700);
    expect((await files.status("/data/old"))?.mode).toBe(0o750);
  });

  it("that is external gets neither directory nor Pod", async () => {
    const host = memoryHost();
    const node = nodeWith({ etcd: { external: { endpoints: ["https://e:2379"] } } });
    await makeEtcdDataDirectory(node, host.files);
    await writeEtcdManifest(
      node,
      { patches: [] },
      {
        files: host.files,
        events: eventsTo(
          () => undefined,
          () => new Date(0),
        ),
      },
    );
    expect(host.files.snapshot()).toEqual({});
    expect(await host.files.status("/var/lib/etcd")).toBeUndefined();
  });

  it("says that it is etcd's Pod that a patch broke", async () => {
    const ports = {
      files: memoryHost().files,
      events: eventsTo(
        () => undefined,
        () => new Date(0),
      ),
    };
    await expect(
      writeEtcdManifest(nodeWith(), { patches: [patch({ kind: "Job" }, "etcd")] }, ports),
    ).rejects.toMatchObject({
      message: expect.stringMatching(
        /^error creating local etcd static pod manifest file: failed to patch static Pod manifest file for "etcd": /,
      ),
    });
  });
});
