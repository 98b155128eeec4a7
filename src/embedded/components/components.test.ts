import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary/temporary-directory.ts";
import type { ContainerProcess } from "../container-program.ts";
import { Storage } from "../control-plane/index.ts";
import { Arguments } from "./arguments.ts";
import { etcd } from "./etcd.ts";
import type { EtcdCluster } from "./etcd-cluster.ts";
import { becomeLeader } from "./leadership.ts";

let root: string;
beforeEach(() => {
  root = temporaryDirectory().path;
});

describe("the command line of a component", () => {
  const known = ["secure-port", "controllers", "leader-elect"];

  test("counts the last value of a flag, and true where it has none", () => {
    const flags = new Arguments({ argv: ["x", "--secure-port=1", "--leader-elect", "--secure-port=2"] }, known);
    expect(flags.number("secure-port", 0)).toBe(2);
    expect(flags.get("leader-elect")).toBe("true");
    expect(flags.list("controllers")).toEqual([]);
  });

  test.each([
    ["a flag that it does not have", ["--port=1"], "Error: unknown flag: --port"],
    ["a word that is no flag", ["serve"], "Error: unknown flag: serve"],
  ])("is refused with %s", (_name, argv, message) => {
    expect(() => new Arguments({ argv: ["x", ...argv] }, known)).toThrow(message);
  });

  test("is refused with a port that is no number", () => {
    const flags = new Arguments({ argv: ["x", "--secure-port=https"] }, known);
    expect(() => flags.number("secure-port", 1)).toThrow('invalid argument "https" for "--secure-port" flag');
  });

  test("names the file that is not there", () => {
    const flags = new Arguments({ argv: ["x", "--controllers=/a"] }, known);
    expect(() => flags.file("controllers", { path: (inside) => join(root, inside) })).toThrow(
      "open /a: no such file or directory",
    );
  });
});

interface EtcdRun {
  readonly name: string;
  readonly directory?: string;
  readonly peers: readonly string[];
  readonly isExisting?: boolean;
  /** Of the image; 3.7.0-0 by default. */
  readonly tag?: string;
}

/** Starts etcd and returns the outcome: "ready", or its last log line. */
async function started(clusters: Map<string, EtcdCluster>, run: EtcdRun, stop: AbortController): Promise<string> {
  const { name, directory = name, peers, isExisting = false, tag = "3.7.0-0" } = run;
  const { promise: ready, resolve } = Promise.withResolvers<string>();
  const container: ContainerProcess = {
    argv: [
      "etcd",
      `--name=${name}`,
      "--data-dir=/data",
      `--initial-advertise-peer-urls=https://${name}:2380`,
      `--initial-cluster=${peers.map((peer) => `${peer}=https://${peer}:2380`).join(",")}`,
      ...(isExisting ? ["--initial-cluster-state=existing"] : []),
    ],
    image: `registry.k8s.io/etcd:${tag}`,
    environment: {},
    path: () => join(root, directory),
    log: () => resolve("ready"),
    signal: stop.signal,
  };
  const world = { clusters, behaviors: {}, serve: async () => ({ [Symbol.asyncDispose]: async () => undefined }) };
  const ended = etcd(world)(container).then(
    (status) => `ended with ${status}`,
    (error: Error) => error.message,
  );
  return Promise.race([ready, ended]);
}

describe("etcd", () => {
  let stop: AbortController;
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(() => stop.abort());

  test("founds a cluster, and continues with it after a restart", async () => {
    const clusters = new Map<string, EtcdCluster>();
    const first = new AbortController();
    expect(await started(clusters, { name: "a", peers: ["a"] }, first)).toBe("ready");
    first.abort();
    expect(await started(clusters, { name: "a", peers: ["a"] }, stop)).toBe("ready");
    expect(clusters.size).toBe(1);
  });

  test("joins a cluster that has it in its list, and no other", async () => {
    const clusters = new Map<string, EtcdCluster>();
    await started(clusters, { name: "a", peers: ["a"] }, new AbortController());
    const [cluster] = [...clusters.values()];
    const join = { name: "b", peers: ["a", "b"], isExisting: true };
    expect(await started(clusters, join, stop)).toContain("cannot fetch cluster info from peer urls");
    const { id } = cluster?.add(["https://b:2380"], true) ?? {};
    expect(await started(clusters, { ...join, peers: ["b"] }, stop)).toContain("member count is unequal");
    expect(await started(clusters, join, new AbortController())).toBe("ready");
    expect(cluster?.member(id ?? "")?.name).toBe("b");
  });

  test("ends when its member is removed, and does not come back with the old data", async () => {
    const clusters = new Map<string, EtcdCluster>();
    await started(clusters, { name: "a", peers: ["a"] }, new AbortController());
    const [cluster] = [...clusters.values()];
    cluster?.remove(cluster.members[0]?.id ?? "");
    const again = await started(clusters, { name: "a", peers: ["a"] }, stop);
    expect(again).toBe("the member has been permanently removed from the cluster");
  });

  describe("whose only member is upgraded", () => {
    const run = { name: "a", peers: ["a"] };
    const clusters = new Map<string, EtcdCluster>();
    const nodes = { group: "", resource: "nodes" };
    const cluster = () => [...clusters.values()][0];
    const names = () =>
      cluster()
        ?.storage.list(nodes)
        .map(({ metadata }) => metadata.name);
    const create = (name: string) =>
      cluster()?.storage.create(nodes, { apiVersion: "v1", kind: "Node", metadata: { name } });

    /** Runs it with this image until it is ready, lets `work` act, and stops it. */
    async function ran(tag: string, work: () => void = () => undefined): Promise<string> {
      const over = new AbortController();
      const outcome = await started(clusters, { ...run, tag }, over);
      work();
      over.abort();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return outcome;
    }

    beforeEach(() => clusters.clear());

    test("reads the data of the older version, and its own again", async () => {
      expect(await ran("3.6.8-0", () => create("n1"))).toBe("ready");
      expect(cluster()?.clusterVersion).toBe("3.6");
      expect(await ran("3.7.0-0", () => create("n2"))).toBe("ready");
      expect(cluster()?.clusterVersion).toBe("3.7");
      expect(cluster()?.members[0]?.version).toBe("3.7.0");
      expect(await ran("3.7.0-0")).toBe("ready");
      expect(names()).toEqual(["n1", "n2"]);
    });

    test("does not go back to the older version with the newer data", async () => {
      await ran("3.6.8-0");
      await ran("3.7.0-0");
      expect(await ran("3.6.8-0")).toContain("cannot be downgraded");
    });

    test("goes back with a copy from the time between, without what has been stored since", async () => {
      await ran("3.6.8-0", () => create("n1"));
      cpSync(join(root, "a"), join(root, "copy"), { recursive: true });
      await ran("3.7.0-0", () => create("n2"));
      rmSync(join(root, "a"), { recursive: true });
      cpSync(join(root, "copy"), join(root, "a"), { recursive: true });
      expect(await ran("3.6.8-0")).toBe("ready");
      expect(names()).toEqual(["n1"]);
    });

    test("loses with a copy of its running time what was stored later", async () => {
      await ran("3.6.8-0", () => {
        cpSync(join(root, "a"), join(root, "copy"), { recursive: true });
        create("n1");
      });
      rmSync(join(root, "a"), { recursive: true });
      cpSync(join(root, "copy"), join(root, "a"), { recursive: true });
      await ran("3.6.8-0");
      expect(names()).toEqual([]);
    });
  });

  test("of several members continues at the older version until all run the newer one", async () => {
    const clusters = new Map<string, EtcdCluster>();
    const [a, b] = [
      { name: "a", peers: ["a", "b"] },
      { name: "b", peers: ["a", "b"], isExisting: true },
    ];
    const first = new AbortController();
    await started(clusters, { ...a, tag: "3.6.8-0", peers: ["a"] }, first);
    const [cluster] = [...clusters.values()];
    cluster?.add(["https://b:2380"], false);
    await started(clusters, { ...b, tag: "3.6.8-0" }, stop);
    expect(cluster?.clusterVersion).toBe("3.6");
    first.abort();
    const again = new AbortController();
    expect(await started(clusters, { ...a, tag: "3.7.0-0" }, again)).toBe("ready");
    expect(cluster?.clusterVersion).toBe("3.6");
    again.abort();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await started(clusters, { ...a, tag: "3.6.8-0" }, stop)).toBe("ready");
  });

  test("of several members ends if the data of one is restored to what it was before", async () => {
    const clusters = new Map<string, EtcdCluster>();
    const first = new AbortController();
    await started(clusters, { name: "a", peers: ["a"] }, first);
    const [cluster] = [...clusters.values()];
    cluster?.add(["https://b:2380"], false);
    await started(clusters, { name: "b", peers: ["a", "b"], isExisting: true }, stop);
    cpSync(join(root, "a"), join(root, "copy"), { recursive: true });
    cluster?.storage.create(
      { group: "", resource: "nodes" },
      { apiVersion: "v1", kind: "Node", metadata: { name: "n" } },
    );
    first.abort();
    await new Promise((resolve) => setTimeout(resolve, 200));
    rmSync(join(root, "a"), { recursive: true });
    cpSync(join(root, "copy"), join(root, "a"), { recursive: true });
    const said = await started(clusters, { name: "a", peers: ["a", "b"] }, stop);
    expect(said).toContain("Was the raft log corrupted, truncated, or lost?");
  });

  test("refuses an initial cluster without itself", async () => {
    const said = await started(new Map(), { name: "a", peers: ["b"] }, stop);
    expect(said).toBe(`couldn't find local name "a" in the initial cluster configuration`);
  });
});

test("one component leads at a time, and the next one follows when it gives up or is stopped", async () => {
  const storage = new Storage(() => new Date());
  const signal = AbortSignal.timeout(50_000);
  const giveUp = await becomeLeader(storage, "kube-controller-manager", signal);
  const stopped = new AbortController();
  const second = becomeLeader(storage, "kube-controller-manager", stopped.signal);
  let leads = false;
  const third = becomeLeader(storage, "kube-controller-manager", signal).then(() => {
    leads = true;
  });
  stopped.abort(new Error("stopped"));
  await expect(second).rejects.toThrow();
  expect(leads).toBe(false);
  giveUp();
  await third;
  expect(leads).toBe(true);
});
