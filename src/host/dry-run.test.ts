import { describe, expect, it } from "vitest";
import { dryRunHost, flatBelow } from "./dry-run.ts";
import { memoryHost } from "./memory.ts";

const signal = new AbortController().signal;

const seeded = {
  files: {
    "/etc/kubernetes/old.conf": { content: "old", mode: 0o640 },
    "/etc/kubernetes/gone.conf": "gone",
    "/var/lib/kubelet/pods/a/b": "pod",
  },
  services: { kubelet: { state: "active" as const } },
  commands: { kubelet: { stdout: "Kubernetes v1.37.2\n" }, crictl: { exitCode: 1 } },
};

function setUp() {
  const host = memoryHost(seeded);
  const before = host.files.snapshot();
  const dry = dryRunHost(host, { directory: "/tmp/dry", redirect: flatBelow("/etc/kubernetes/pki") });
  /** What has changed outside the dry-run directory. */
  const changes = () => {
    const outside = Object.entries(host.files.snapshot()).filter(([path]) => !path.startsWith("/tmp/dry/"));
    expect(Object.fromEntries(outside)).toEqual(before);
    return Object.fromEntries(Object.entries(host.files.snapshot()).filter(([path]) => path.startsWith("/tmp/dry/")));
  };
  return { host, dry, changes };
}

describe("files of a dry run", () => {
  it("belong to no other user, even if another user's file already exists in the dry-run directory", async () => {
    const host = memoryHost({ files: { "/tmp/dry/admin.conf": { content: "bait", mode: 0o666, uid: 1000 } } });
    const dry = dryRunHost(host, { directory: "/tmp/dry", redirect: flatBelow("/etc/kubernetes/pki") });
    await dry.files.write("/etc/kubernetes/admin.conf", "admin", { mode: 0o600, secret: true });
    expect(await host.files.status("/tmp/dry/admin.conf")).toMatchObject({ uid: host.machine.uid, mode: 0o600 });
  });

  it("go below the dry-run directory: certificates with their path, the rest directly", async () => {
    const { host, dry, changes } = setUp();
    await dry.files.write("/etc/kubernetes/pki/etcd/ca.crt", "etcd", { mode: 0o644 });
    await dry.files.write("/etc/kubernetes/pki/ca.crt", "ca", { mode: 0o644 });
    await dry.files.write("/etc/kubernetes/admin.conf", "admin", { mode: 0o600, secret: true });
    await dry.files.write("/etc/kubernetes/manifests/etcd.yaml", "pod", { mode: 0o600 });
    await dry.files.write("/var/lib/kubelet/config.yaml", "kubelet", { mode: 0o644 });
    expect(changes()).toEqual({
      "/tmp/dry/admin.conf": "admin",
      "/tmp/dry/ca.crt": "ca",
      "/tmp/dry/config.yaml": "kubelet",
      "/tmp/dry/etcd.yaml": "pod",
      "/tmp/dry/etcd/ca.crt": "etcd",
    });
    expect((await host.files.status("/tmp/dry/admin.conf"))?.mode).toBe(0o600);
  });

  it("are read back by the path that the run knows them by", async () => {
    const { dry } = setUp();
    await dry.files.write("/var/lib/kubelet/config.yaml", "kubelet", { mode: 0o644 });
    expect(await dry.files.readText("/var/lib/kubelet/config.yaml")).toBe("kubelet");
    expect(await dry.files.list("/var/lib/kubelet")).toEqual(["config.yaml", "pods"]);
  });

  it("fall through to the host where the run has written nothing", async () => {
    const { dry } = setUp();
    expect(await dry.files.readText("/etc/kubernetes/old.conf")).toBe("old");
    expect(await dry.files.write("/etc/kubernetes/old.conf", "old", { mode: 0o600 })).toBe("unchanged");
    expect(await dry.files.status("/etc/kubernetes/old.conf")).toMatchObject({ mode: 0o640, size: 3 });
  });

  it("are copied for the user even where the host has them as they are to be", async () => {
    const { dry, changes } = setUp();
    await dry.files.write("/etc/kubernetes/old.conf", "old", { mode: 0o600 });
    expect(changes()).toEqual({ "/tmp/dry/old.conf": "old" });
  });

  it("keep an existing file's mode, which a secret tightens, in the run's view and in the copy", async () => {
    const { host, dry } = setUp();
    expect(await dry.files.write("/etc/kubernetes/old.conf", "new", { mode: 0o600, secret: true })).toBe("changed");
    expect((await dry.files.status("/etc/kubernetes/old.conf"))?.mode).toBe(0o600);
    expect((await host.files.status("/tmp/dry/old.conf"))?.mode).toBe(0o600);
    expect((await host.files.status("/etc/kubernetes/old.conf"))?.mode).toBe(0o640);
  });

  it("that the run removes are gone for the run only", async () => {
    const { dry, changes } = setUp();
    expect(await dry.files.remove("/etc/kubernetes/gone.conf")).toBe(true);
    expect(await dry.files.remove("/var/lib/kubelet/pods", { recursive: true })).toBe(true);
    expect(await dry.files.status("/etc/kubernetes/gone.conf")).toBeUndefined();
    expect(await dry.files.status("/var/lib/kubelet/pods/a/b")).toBeUndefined();
    expect(await dry.files.list("/etc/kubernetes")).toEqual(["old.conf"]);
    await expect(dry.files.read("/var/lib/kubelet/pods/a/b")).rejects.toMatchObject({ code: "not-found" });
    expect(changes()).toEqual({});
  });

  it("below a removed directory stay hidden when the directory is made again", async () => {
    const { dry } = setUp();
    await dry.files.remove("/var/lib/kubelet", { recursive: true });
    await dry.files.makeDirectory("/var/lib/kubelet/pods", { mode: 0o700 });
    expect(await dry.files.list("/var/lib/kubelet/pods")).toEqual([]);
    expect(await dry.files.status("/var/lib/kubelet/pods/a/b")).toBeUndefined();
  });

  it("stay in the dry-run directory for the user when the run removes them again", async () => {
    const { dry, changes } = setUp();
    await dry.files.write("/etc/kubernetes/bootstrap-kubelet.conf", "b", { mode: 0o600 });
    await dry.files.remove("/etc/kubernetes/bootstrap-kubelet.conf");
    expect(await dry.files.status("/etc/kubernetes/bootstrap-kubelet.conf")).toBeUndefined();
    expect(changes()).toEqual({ "/tmp/dry/bootstrap-kubelet.conf": "b" });
  });

  it("wake a wait for a change of either the run's view or the host", async () => {
    const { host, dry } = setUp();
    const own = dry.files.changed("/var/lib/kubelet", signal);
    await dry.files.write("/var/lib/kubelet/config.yaml", "kubelet", { mode: 0o644 });
    await own;
    const others = dry.files.changed("/etc/kubernetes", signal);
    await Promise.resolve();
    setTimeout(() => host.files.put("/etc/kubernetes/kubelet.conf", "k"), 5);
    await others;
  });
});

it("services are looked at, and recorded instead of changed", async () => {
  const { host, dry } = setUp();
  expect(await dry.services.status("kubelet", signal)).toMatchObject({ state: "active" });
  await dry.services.stop("kubelet", signal);
  await dry.services.reloadDefinitions(signal);
  await dry.services.restart("kubelet", signal);
  expect(host.services.actions).toEqual([]);
  expect(dry.recorded).toEqual([
    { kind: "service", action: "stop", service: "kubelet" },
    { kind: "service", action: "reload", service: "" },
    { kind: "service", action: "restart", service: "kubelet" },
  ]);
});

it("commands that only look are run, others recorded by their program alone", async () => {
  const { host, dry } = setUp();
  const look = { signal, timeoutMs: 1_000, readOnly: true };
  expect((await dry.commands.run(["kubelet", "--version"], look)).stdout).toBe("Kubernetes v1.37.2\n");
  const result = await dry.commands.run(["crictl", "pull", "image"], { signal, timeoutMs: 1_000 });
  expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(host.commands.calls.map(({ argv }) => argv[0])).toEqual(["kubelet"]);
  expect(dry.recorded).toEqual([{ kind: "command", program: "crictl" }]);
});

it("what was done is recorded in order, with parents that had to be made", async () => {
  const { dry } = setUp();
  await dry.files.write("/etc/kubernetes/manifests/etcd.yaml", "pod", { mode: 0o600 });
  await dry.files.link("/etc/kubernetes/link", "old.conf");
  await dry.files.remove("/etc/kubernetes/gone.conf");
  expect(dry.recorded).toEqual([
    { kind: "directory", path: "/etc/kubernetes/manifests" },
    { kind: "write", path: "/etc/kubernetes/manifests/etcd.yaml" },
    { kind: "link", path: "/etc/kubernetes/link" },
    { kind: "remove", path: "/etc/kubernetes/gone.conf" },
  ]);
});
