import { describe, expect, it } from "vitest";
import { memoryRuntime } from "../../../test/fixtures/cri/memory.ts";
import { adminKubeconfig, machine, others, refusedAs, run, worker } from "../../../test/fixtures/phases/reset/reset.ts";
import { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { type MemorySeed, memoryHost } from "../../host/memory.ts";
import type { ResetFlags } from "../../kubeadm/flags/reset-flags.ts";

describe("a reset of a worker", () => {
  it("stops the kubelet, unmounts, removes pods and the cluster's files, and leaves everything else", async () => {
    const host = machine({ mounts: ["/", "/var/lib/kubelet/pods/1/volumes", "/var/lib/kubelet/pods/1/volumes/x"] });
    const { settled, pods } = await run(host);
    expect(settled).toMatchObject({ status: "fulfilled", value: { wasClean: false } });
    expect(host.files.snapshot()).toEqual(others);
    expect(await host.mounts.list()).toEqual(["/"]);
    expect(host.services.actions).toEqual([{ action: "stop", service: "kubelet" }]);
    expect(pods.sandboxes).toEqual([]);
    for (const kept of ["/etc/kubernetes", "/etc/kubernetes/pki", "/etc/kubernetes/manifests", "/var/lib/kubelet"]) {
      expect((await host.files.status(kept))?.kind, kept).toBe("directory");
    }
  });

  it("done once more says that there was nothing to undo", async () => {
    const host = machine();
    await run(host);
    const before = host.files.snapshot();
    const again = await run(host, { runtime: memoryRuntime() });
    expect(again.settled).toMatchObject({ status: "fulfilled", value: { wasClean: true } });
    expect(host.files.snapshot()).toEqual(before);
  });

  it("asks no server: there is no administrator's kubeconfig", async () => {
    const { types } = await run(machine());
    expect(types).not.toContain("request.finished");
    expect(types).not.toContain("cluster.configuration.reading");
  });

  it("empties what etcd left, but for the data of an etcd that runs on its own", async () => {
    const data = { "/var/lib/etcd/member/snap/db": "db" };
    const left = machine({ files: data });
    await run(left);
    expect(left.files.snapshot()).toEqual(others);
    const own = machine({ files: data, services: { etcd: { state: "active" } } });
    const { types } = await run(own);
    expect(own.files.snapshot()).toEqual({ ...others, ...data });
    expect(types).toContain("reset.etcd.external");
  });

  it("takes a dangling link in place of etcd's static Pod for none", async () => {
    const files = { "/var/lib/etcd/member/x": "x", "/etc/kubernetes/manifests/etcd.yaml": { target: "/none" } };
    const host = machine({ files });
    const { types } = await run(host);
    expect(host.files.snapshot()).toEqual(others);
    expect(types).not.toContain("reset.etcd.external");
  });

  it("deletes the contents of /etc/kubernetes/tmp only with --cleanup-tmp-dir", async () => {
    const files = { "/etc/kubernetes/tmp/kubeadm-join-dryrun1/x": "x" };
    const host = machine({ files });
    await run(host);
    expect(host.files.snapshot()).toEqual({ ...others, ...files });
    await run(host, { flags: { force: true, cleanupTmpDir: true } });
    expect(host.files.snapshot()).toEqual(others);
  });
});

describe("the question", () => {
  for (const answer of ["y", "Y", "yes", "YES"]) {
    it(`answered with ${answer} lets the reset continue`, async () => {
      const host = machine();
      const { types } = await run(host, { flags: {}, answers: [answer] });
      expect(types).toContain("reset.question");
      expect(host.files.snapshot()).toEqual(others);
    });
  }
  for (const answers of [[], [""], ["n"], ["yess"]]) {
    it(`answered with ${JSON.stringify(answers)} ends it before anything has changed`, async () => {
      const host = machine();
      const { settled } = await run(host, { flags: {}, answers });
      expect(settled).toMatchObject(refusedAs("RESET_NOT_CONFIRMED"));
      expect(settled).toMatchObject({
        reason: {
          message: "error execution phase preflight: won't proceed; the user didn't answer (Y|y) in order to continue",
        },
      });
      expect(host.files.snapshot()).toEqual({ ...worker, ...others, ...linkTargets });
    });
  }
});

/** The snapshot has a symlink's target, and no directories. */
const linkTargets = Object.fromEntries(
  Object.entries(worker).flatMap(([path, entry]) =>
    typeof entry === "string" ? [] : [[path, entry.target ?? undefined]],
  ),
);

describe("symlinks and mounts", () => {
  it("a symlink is removed and not followed", async () => {
    const host = machine({
      files: {
        "/var/lib/kubelet/plugins/out": { target: "/srv/data" },
        "/etc/kubernetes/pki/out": { target: "/srv" },
      },
    });
    await run(host);
    expect(host.files.snapshot()).toEqual(others);
  });

  it("a directory that is a symlink is emptied where it leads, and named as it is known", async () => {
    const host = machine({
      files: { "/etc/kubernetes/manifests": { target: "/data/manifests" }, "/data/manifests/x": "x" },
    });
    const { told } = await run(host);
    expect(host.files.snapshot()).not.toHaveProperty("/data/manifests/x");
    const emptied = told.flatMap((event) => (event.type === "reset.directories.emptying" ? [event.directories] : []));
    expect(emptied).toEqual([["/etc/kubernetes/manifests", "/var/lib/kubelet", "/etc/kubernetes/pki"]]);
  });

  it("a kubelet directory that is a symlink is emptied where it leads", async () => {
    const { "/etc/kubernetes/kubelet.conf": kubeconfig = "" } = worker;
    const host = memoryHost({
      files: {
        ...others,
        "/etc/kubernetes/kubelet.conf": kubeconfig,
        "/var/lib/kubelet": { target: "/data/kubelet" },
        "/data/kubelet/config.yaml": "config",
        "/data/other": "other",
      },
      services: { kubelet: {} },
    });
    await run(host);
    expect(host.files.snapshot()).toEqual({ ...others, "/var/lib/kubelet": "/data/kubelet", "/data/other": "other" });
  });

  it("what cannot be unmounted ends the reset with all files in place", async () => {
    const host = machine({ mounts: ["/var/lib/kubelet/pods/1/volumes"] });
    host.mounts.hold("/var/lib/kubelet/pods/1/volumes", "busy");
    const { settled } = await run(host);
    expect(settled).toMatchObject(refusedAs("RESET_UNMOUNT_FAILED"));
    expect(host.files.snapshot()).toHaveProperty("/var/lib/kubelet/pods/1/volumes/x");
    expect(host.files.snapshot()).toHaveProperty("/etc/kubernetes/kubelet.conf");
  });

  it("a mount below another directory stays with its contents, and is reported", async () => {
    const host = machine({ files: { "/etc/kubernetes/pki/vault/key": "key" }, mounts: ["/etc/kubernetes/pki/vault"] });
    const { settled, warnings } = await run(host);
    expect(host.files.snapshot()).toEqual({ ...others, "/etc/kubernetes/pki/vault/key": "key" });
    expect(warnings).toContain("/etc/kubernetes/pki/vault is a mount point: it was left unchanged, with its contents");
    expect(settled).toMatchObject({ value: { leftovers: [{ what: "mounted at /etc/kubernetes/pki/vault" }] } });
  });
});

describe("what is refused is refused before anything has changed:", () => {
  const cases: readonly (readonly [string, MemorySeed, Partial<ResetFlags>, string])[] = [
    ["an empty --cert-dir", {}, { force: true, certDir: "" }, "USAGE"],
    ["a --cert-dir that is relative", {}, { force: true, certDir: "pki" }, "CONFIG_INVALID"],
    ...[
      "/",
      "//",
      "/etc",
      "/etc/..",
      "/var/lib",
      "/root",
      "/home/me",
      "/usr/share",
      "/etc/kubernetes",
      "/srv/data",
    ].map((certDir) => [`--cert-dir ${certDir}`, {}, { force: true, certDir }, "RESET_DIRECTORY_UNSAFE"] as const),
    [
      "a --cert-dir that leads elsewhere",
      { files: { "/opt/pki": { target: "/srv/.." } } },
      { force: true, certDir: "/opt/pki" },
      "RESET_DIRECTORY_UNSAFE",
    ],
    [
      "a certificates directory in its usual place that leads elsewhere",
      { files: { "/etc/kubernetes/pki": { target: "/etc" } } },
      { force: true },
      "RESET_DIRECTORY_UNSAFE",
    ],
    [
      "a certificates directory in its usual place that points to other people's files",
      { files: { "/etc/kubernetes/pki": { target: "/srv/photos" }, "/srv/photos/1.jpg": "x" } },
      { force: true },
      "RESET_DIRECTORY_UNSAFE",
    ],
    ["a user who is not root", { machine: { uid: 1000 } }, { force: true }, "PREFLIGHT_FAILED"],
    ["a phase to skip that does not exist", {}, { force: true, skipPhases: ["cleanup"] }, "PHASE_UNKNOWN"],
  ];
  it.each(cases)("%s", async (_title, seed, flags, code) => {
    const host = machine(seed);
    const before = host.files.snapshot();
    const { settled, pods } = await run(host, { flags });
    expect(settled).toMatchObject(refusedAs(code));
    expect(host.files.snapshot()).toEqual(before);
    expect(host.services.actions).toEqual([]);
    expect(pods.sandboxes).toHaveLength(1);
  });
});

describe("a control plane", () => {
  const files = {
    "/etc/kubernetes/manifests/etcd.yaml": "etcd",
    "/etc/kubernetes/manifests/kube-apiserver.yaml": "api",
    "/etc/kubernetes/admin.conf": "admin",
    "/var/lib/etcd/member/snap/db": "db",
  };

  it("is cleaned up without its member if that phase is skipped; the data stays and is reported", async () => {
    const host = machine({ files });
    const { settled } = await run(host, { flags: { force: true, skipPhases: ["remove-etcd-member"] } });
    expect(host.files.snapshot()).toEqual({ ...others, "/var/lib/etcd/member/snap/db": "db" });
    expect(settled).toMatchObject({ value: { leftovers: [{ what: expect.stringContaining("etcd member") }] } });
  });

  /** Without the manifest of etcd and without a word of the cluster. */
  const withApiServer = (manifest: string) => {
    const { "/etc/kubernetes/manifests/etcd.yaml": _, "/etc/kubernetes/admin.conf": __, ...left } = files;
    return machine({ files: { ...left, "/etc/kubernetes/manifests/kube-apiserver.yaml": manifest } });
  };
  const apiServer = (...flags: readonly string[]) =>
    JSON.stringify({ spec: { containers: [{ command: ["kube-apiserver", ...flags] }] } });

  it.each([
    ["other machines", apiServer("--etcd-servers=https://192.0.2.7:2379,https://192.0.2.8:2379")],
    ["other machines, by name", apiServer("--etcd-servers=https://etcd.example.org:2379")],
  ])("whose API server uses the etcd of %s keeps what is in etcd's usual place, and lists it", async (_, manifest) => {
    const host = withApiServer(manifest);
    const { types, settled } = await run(host);
    expect(types).toContain("reset.etcd.external");
    expect(host.files.snapshot()).toEqual({ ...others, "/var/lib/etcd/member/snap/db": "db" });
    expect(settled).toMatchObject({ value: { leftovers: [{ what: expect.stringContaining("/var/lib/etcd") }] } });
  });

  it.each([
    ["uses the etcd of this machine", apiServer("--etcd-servers=https://127.0.0.1:2379")],
    ["uses the etcd of this machine, IPv6", apiServer("--etcd-servers=https://[::1]:2379")],
    [
      "uses this etcd and another",
      apiServer("--advertise-address=192.0.2.5", "--etcd-servers=https://192.0.2.7:2379,https://192.0.2.5:2379"),
    ],
    ["does not say which etcd it uses", apiServer()],
    ["has a manifest that cannot be understood", "api"],
  ])("whose API server %s loses etcd's data with the manifest of etcd gone", async (_, manifest) => {
    const host = withApiServer(manifest);
    const { types } = await run(host);
    expect(types).not.toContain("reset.etcd.external");
    expect(host.files.snapshot()).toEqual(others);
  });

  it("is reset with a warning if its cluster does not respond", async () => {
    const host = machine({ files: { "/etc/kubernetes/admin.conf": adminKubeconfig } });
    const before = host.clock.monotonic();
    const { settled, warnings } = await run(host);
    expect(settled).toMatchObject({ status: "fulfilled" });
    expect(warnings[0]).toMatch(/^Unable to fetch the kubeadm-config ConfigMap from cluster: .*connection refused/);
    expect(host.clock.monotonic() - before).toBeLessThan(1_000);
    expect(host.files.snapshot()).toEqual(others);
  });
});

describe("what fails on the way", () => {
  it("a Pod that cannot be removed is retried for ten seconds, then reported; the files are removed nevertheless", async () => {
    const runtime = memoryRuntime({
      sandboxes: [{ id: "p1", name: "web", namespace: "default", uid: "u-p1", ready: true }],
    });
    runtime.failures.set("removePodSandbox", new ContainerRuntimeError("other", "rpc error: busy"));
    const host = machine();
    const before = host.clock.monotonic();
    const { settled, warnings } = await run(host, { runtime });
    expect(host.clock.monotonic() - before).toBeGreaterThanOrEqual(10_000);
    expect(host.clock.monotonic() - before).toBeLessThan(12_500);
    expect(warnings).toContain("Failed to remove containers: failed to remove pod p1: rpc error: busy");
    expect(settled).toMatchObject({ value: { leftovers: [{ command: expect.stringContaining("crictl") }] } });
    expect(host.files.snapshot()).toEqual(others);
  });

  it("a container runtime that does not respond is reported as upstream's program does", async () => {
    const runtime = memoryRuntime({});
    runtime.failures.set("podSandboxes", new ContainerRuntimeError("unavailable", "rpc error: gone"));
    const { warnings } = await run(machine(), { runtime });
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^Failed to remove containers: failed to create new CRI runtime service: validate service connection: validate CRI v1 runtime API for endpoint "[^"]+": .*rpc error: gone$/,
      ),
    );
  });

  it("without a service manager the kubelet is left to the operator", async () => {
    const { warnings } = await run(machine({ manager: "none" }));
    expect(warnings).toContain("Please ensure kubelet is stopped manually");
  });

  it("one file that cannot be removed does not prevent the removal of the others, and is reported", async () => {
    const host = machine();
    host.files.fail("/var/lib/kubelet/config.yaml", "EPERM", { operations: ["remove"] });
    const { settled, warnings } = await run(host);
    expect(Object.keys(host.files.snapshot()).filter((path) => path.startsWith("/var"))).toEqual([
      "/var/lib/kubelet/config.yaml",
    ]);
    expect(warnings.join()).toContain('Failed to delete contents of "/var/lib/kubelet" directory: ');
    expect(settled).toMatchObject({ value: { leftovers: [{ command: "rm -rf /var/lib/kubelet/config.yaml" }] } });
  });
});

describe("a dry run", () => {
  it("asks nothing, changes nothing and says what would be done", async () => {
    const host = machine({ mounts: ["/var/lib/kubelet/pods/1/volumes"] });
    const before = host.files.snapshot();
    const { settled, told, pods } = await run(host, { flags: { dryRun: true } });
    expect(settled).toMatchObject({ value: { dryRun: true, wasClean: false } });
    expect(host.files.snapshot()).toEqual(before);
    expect(await host.mounts.list()).toHaveLength(1);
    expect(host.services.actions).toEqual([]);
    expect(pods.sandboxes).toHaveLength(1);
    const actions = told.flatMap((event) => (event.type === "dryrun.would" ? [event.action] : []));
    expect(actions.slice(0, 5)).toEqual([
      "stop the kubelet service",
      'unmount mounted directories in "/var/lib/kubelet"',
      "unmount /var/lib/kubelet/pods/1/volumes",
      "remove Kubernetes-managed containers",
      "remove pod default/web (p1)",
    ]);
  });
});

describe("one phase alone", () => {
  it("cleanup-node asks nothing, looks at no etcd and has no last word", async () => {
    const host = machine();
    const { types } = await run(host, { flags: {}, only: "cleanup-node" });
    expect(host.files.snapshot()).toEqual(others);
    expect(types).not.toContain("reset.finished");
  });
});
