import assert from "node:assert/strict";
import {
  type CallOptions,
  type ConnectContainerRuntime,
  type ContainerRuntime,
  ContainerRuntimeError,
} from "../../src/cri/container-runtime.ts";

/** When all containers of the fixture were made. */
export const createdAt = new Date("2026-01-02T03:04:05.678Z");

/** Endpoints of the runtimes that container-runtime.fixture.ts describes. */
export interface RuntimeEndpoints {
  readonly healthy: string;
  readonly cgroupfs: string;
  /** Without the call RuntimeConfig, as containerd 1.x. */
  readonly old: string;
  /** Answers RuntimeConfig without settings for Linux. */
  readonly unstated: string;
  /** A server without CRI: containerd with its CRI plugin switched off. */
  readonly disabled: string;
  readonly unready: string;
  /** Whose calls fail each in its own way. */
  readonly failing: string;
  /** Whose status never comes. */
  readonly hanging: string;
  /** Nothing is there. */
  readonly absent: string;
}

export interface RuntimeCase {
  readonly name: string;
  run(connect: ConnectContainerRuntime, endpoints: RuntimeEndpoints): Promise<void>;
}

const options: CallOptions = { signal: new AbortController().signal, timeoutMs: 5_000 };

async function failureOf(promise: Promise<unknown>): Promise<ContainerRuntimeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ContainerRuntimeError, `rejected with ${String(error)}`);
    return error;
  }
  assert.fail("the call succeeded");
}

async function using<T>(runtime: ContainerRuntime, work: (runtime: ContainerRuntime) => Promise<T>): Promise<T> {
  try {
    return await work(runtime);
  } finally {
    runtime.close();
  }
}

/** What every container runtime adapter must do; run on Node.js by vitest and inside the compiled program's runtime. */
export const runtimeCases: readonly RuntimeCase[] = [
  {
    name: "tells the runtime's name and version",
    run: (connect, { healthy }) =>
      using(connect(healthy), async (runtime) => {
        assert.deepEqual(await runtime.version(options), { name: "containerd", version: "v2.2.1" });
      }),
  },
  {
    name: "tells conditions, and the runtime's own configuration only when asked",
    run: (connect, { unready }) =>
      using(connect(unready), async (runtime) => {
        const brief = await runtime.status(options);
        assert.deepEqual(brief.conditions, [
          { type: "RuntimeReady", status: false, reason: "Broken", message: "kaputt – ü" },
          { type: "NetworkReady", status: true, reason: "", message: "" },
        ]);
        assert.deepEqual({ ...brief.info }, {});
        const { info } = await runtime.status({ ...options, verbose: true });
        assert.deepEqual({ ...info }, { config: '{"sandboxImage":"registry.k8s.io/pause:3.10"}' });
      }),
  },
  {
    name: "tells the cgroup driver, or that the runtime cannot",
    run: async (connect, { healthy, cgroupfs, unstated, old }) => {
      const drivers = await Promise.all(
        [healthy, cgroupfs, unstated, old].map((endpoint) =>
          using(connect(endpoint), (each) => each.cgroupDriver(options)),
        ),
      );
      assert.deepEqual(drivers, ["systemd", "cgroupfs", "unstated", "unimplemented"]);
    },
  },
  {
    name: "makes several calls at once over one connection",
    run: (connect, { healthy }) =>
      using(connect(healthy), async (runtime) => {
        const calls = Array.from({ length: 50 }, () => runtime.hasImage("registry.k8s.io/pause:3.10.1", options));
        assert.ok((await Promise.all(calls)).every((present) => present));
      }),
  },
  {
    name: "pulls an image that was not there",
    run: (connect, { healthy }) =>
      using(connect(healthy), async (runtime) => {
        const image = `registry.example/${crypto.randomUUID()}:v1`;
        assert.equal(await runtime.hasImage(image, options), false);
        await runtime.checkImageService(options);
        await runtime.pullImage(image, options);
        assert.equal(await runtime.hasImage(image, options), true);
      }),
  },
  {
    name: "lists downloads of any size, if the runtime tells them",
    run: async (connect, { healthy, old }) => {
      const listed = (endpoint: string) =>
        using(connect(endpoint), async (runtime) => {
          assert.ok(runtime.downloads !== undefined);
          return await runtime.downloads(options);
        });
      assert.deepEqual(await listed(healthy), [
        { id: "layer-sha256:1", bytes: 6_000_000_000, totalBytes: 7_000_000_000 },
        { id: "layer-sha256:2", bytes: 0, totalBytes: 0 },
      ]);
      assert.equal((await failureOf(listed(old))).code, "unimplemented");
    },
  },
  {
    name: "lists pod sandboxes and their containers, and tells how one ended",
    run: (connect, { healthy }) =>
      using(connect(healthy), async (runtime) => {
        assert.deepEqual(await runtime.podSandboxes(options), [
          { id: "p1", name: "etcd-node-1", namespace: "kube-system", uid: "u-p1", ready: true },
          { id: "p2", name: "old", namespace: "default", uid: "u-p2", ready: false },
        ]);
        assert.deepEqual(await runtime.containers("p1", options), [
          { id: "c1", name: "etcd", attempt: 3, createdAt, state: "running" },
          { id: "c0", name: "etcd", attempt: 2, createdAt, state: "exited" },
        ]);
        assert.equal(await runtime.containerEnd("c1", options), undefined);
        assert.deepEqual(await runtime.containerEnd("c0", options), {
          exitCode: 137,
          reason: "OOMKilled",
          message: "out of memory",
        });
        assert.equal(
          await runtime.containerLogPath("c1", options),
          "/var/log/pods/kube-system_etcd-node-1_u1/etcd/3.log",
        );
        assert.equal(await runtime.containerLogPath("c0", options), "");
      }),
  },
  {
    name: "stops a container",
    run: (connect, { cgroupfs }) =>
      using(connect(cgroupfs), async (runtime) => {
        const states = async () => (await runtime.containers("p9", options)).map(({ id, state }) => `${id} ${state}`);
        assert.deepEqual(await states(), ["c9 running"]);
        await runtime.stopContainer("c9", { ...options, graceMs: 500 });
        assert.deepEqual(await states(), ["c9 exited"]);
      }),
  },
  {
    name: "stops and removes pod sandboxes",
    run: (connect, { cgroupfs }) =>
      using(connect(cgroupfs), async (runtime) => {
        await runtime.stopPodSandbox("p9", options);
        assert.deepEqual(await runtime.podSandboxes(options), [
          { id: "p9", name: "web", namespace: "default", uid: "u-p9", ready: false },
        ]);
        await runtime.removePodSandbox("p9", options);
        assert.deepEqual(await runtime.podSandboxes(options), []);
      }),
  },
  {
    name: "says that no one listens, on every call and naming the socket",
    run: (connect, { absent }) =>
      using(connect(absent), async (runtime) => {
        for (const call of [() => runtime.status(options), () => runtime.pullImage("x", options)]) {
          const error = await failureOf(call());
          assert.equal(error.code, "unavailable");
          const path = absent.slice("unix://".length);
          const dialing = `transport: Error while dialing: dial unix ${path}: connect: no such file or directory`;
          assert.equal(error.message, `rpc error: code = Unavailable desc = connection error: desc = "${dialing}"`);
        }
      }),
  },
  {
    name: "says that the server has no CRI, also when asked for the cgroup driver",
    run: (connect, { disabled }) =>
      using(connect(disabled), async (runtime) => {
        for (const call of [() => runtime.status(options), () => runtime.cgroupDriver(options)]) {
          const { code, message } = await failureOf(call());
          assert.equal(code, "unimplemented");
          assert.equal(message, "rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService");
        }
      }),
  },
  {
    name: "keeps a failure's code and whole text",
    run: (connect, { failing }) =>
      using(connect(failing), async (runtime) => {
        const missing = await failureOf(runtime.pullImage("nope", options));
        assert.equal(missing.code, "not-found");
        assert.equal(missing.message, "rpc error: code = NotFound desc = 100% »nope«:\\nnot found");
        assert.equal((await failureOf(runtime.podSandboxes(options))).code, "permission-denied");
        assert.equal((await failureOf(runtime.status(options))).code, "other");
      }),
  },
  {
    name: "gives a call up when its time is over, and continues with others",
    run: (connect, { hanging }) =>
      using(connect(hanging), async (runtime) => {
        const error = await failureOf(runtime.status({ ...options, timeoutMs: 50 }));
        assert.equal(error.code, "timed-out");
        assert.match(error.message, /^rpc error: code = DeadlineExceeded desc = /);
        assert.equal(await runtime.cgroupDriver(options), "systemd");
      }),
  },
  {
    name: "rejects with the signal's reason when that aborts, before or during a call",
    run: (connect, { hanging }) =>
      using(connect(hanging), async (runtime) => {
        const reason = new Error("enough");
        const early = AbortSignal.abort(reason);
        await assert.rejects(runtime.status({ ...options, signal: early }), reason);
        const controller = new AbortController();
        const call = runtime.status({ ...options, signal: controller.signal });
        setTimeout(() => controller.abort(reason), 30);
        await assert.rejects(call, reason);
        assert.equal(await runtime.cgroupDriver(options), "systemd");
      }),
  },
  {
    name: "makes no call after it was closed",
    run: async (connect, { healthy }) => {
      const runtime = connect(healthy);
      await runtime.version(options);
      runtime.close();
      assert.equal((await failureOf(runtime.version(options))).code, "other");
    },
  },
];
