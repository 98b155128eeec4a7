import { describe, expect, it } from "vitest";
import { ApiStatusError, type Cluster, type KubernetesObject } from "../../cluster/cluster.ts";
import { emptyCluster } from "../../cluster/empty-cluster.ts";
import { configMaps } from "../../cluster/resources.ts";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import { silentEvents } from "../../events/events.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { desired } from "./desired-object.ts";
import { sideBySide, writeObject, writeObjects } from "./write-objects.ts";

const server = "https://192.0.2.10:6443";
const named = (name: string) => ({ metadata: { name, namespace: "kube-system" } });

function portsOf(cluster: Cluster, signal = new AbortController().signal) {
  const clock = memoryClock({ automatic: true });
  return { cluster, clock, events: silentEvents, signal, timeoutMs: 60_000 };
}

/** Answers creates with these, one after the other; the last one stays. */
function clusterThat(...answers: readonly (Error | undefined)[]) {
  const asked: string[] = [];
  const answer = async <T extends KubernetesObject>(verb: string, object: T) => {
    asked.push(verb);
    if (verb === "update") return object;
    const error = answers[Math.min(asked.length, answers.length) - 1];
    if (error !== undefined) throw error;
    return object;
  };
  const cluster: Cluster = {
    ...emptyCluster(server),
    create: (_type, object) => answer("create", object),
    update: (_type, object) => answer("update", object),
  };
  return { cluster, asked };
}

const status = (code: number, reason = "", retryAfterMs?: number) =>
  new ApiStatusError(code, reason, `answer ${code}`, retryAfterMs);
const silence = (code: TransportErrorCode) => new TransportError(code, server, code);

describe("a write", () => {
  it("replaces what is there", async () => {
    const { cluster, asked } = clusterThat(status(409, "AlreadyExists"));
    await writeObject(configMaps, named("a"), portsOf(cluster));
    expect(asked).toEqual(["create", "update"]);
  });

  it.each([
    ["a conflict", status(409, "Conflict")],
    ["an overloaded server", status(429)],
    ["a server that is starting", status(503)],
    ["a database in trouble", status(500)],
    ["a namespace that is still to come", status(404, "NotFound")],
    ["a refused connection", silence("refused")],
    ["a broken connection", silence("reset")],
    ["silence", silence("timed-out")],
  ])("is tried for the whole minute against %s, and its failure names it", async (_name, error) => {
    const { cluster } = clusterThat(error);
    const ports = portsOf(cluster);
    await expect(writeObject(configMaps, named("a"), ports)).rejects.toMatchObject({
      code: "CLUSTER_REQUEST_FAILED",
      message: `unable to create *v1.ConfigMap: ${error.message}`,
    });
    expect(ports.clock.monotonic()).toBe(60_000);
  });

  it.each([
    ["no permission", status(403), 10_000],
    ["an unknown user", status(401), 10_000],
    ["another cluster's certificate", silence("certificate-untrusted"), 10_000],
    ["a name that no server knows", silence("host-not-found"), 30_000],
  ])("believes in %s after a while", async (_name, error, afterMs) => {
    const { cluster } = clusterThat(error);
    const ports = portsOf(cluster);
    await expect(writeObject(configMaps, named("a"), ports)).rejects.toThrow(error.message);
    expect(ports.clock.monotonic()).toBeGreaterThanOrEqual(afterMs);
    expect(ports.clock.monotonic()).toBeLessThan(afterMs + 1_000);
  });

  it.each([400, 405, 422])("is not tried again after the answer %i", async (code) => {
    const { cluster, asked } = clusterThat(status(code));
    await expect(writeObject(configMaps, named("a"), portsOf(cluster))).rejects.toThrow(`answer ${code}`);
    expect(asked).toEqual(["create"]);
  });

  it("waits as long as the server asks for", async () => {
    const { cluster } = clusterThat(status(429, "", 7_000), undefined);
    const ports = portsOf(cluster);
    await writeObject(configMaps, named("a"), ports);
    expect(ports.clock.monotonic()).toBe(7_000);
  });
});

describe("writes in parallel", () => {
  it("are all under way at once", async () => {
    const waiting: (() => void)[] = [];
    const cluster: Cluster = {
      ...emptyCluster(server),
      create: (_type, object) => new Promise((resolve) => waiting.push(() => resolve(object))),
    };
    const objects = ["a", "b", "c"].map((name) => desired(configMaps, named(name)));
    const done = writeObjects(objects, portsOf(cluster));
    await Promise.resolve();
    expect(waiting).toHaveLength(3);
    for (const go of waiting) go();
    await done;
  });

  it("are given up when one fails, and end with its failure", async () => {
    let abandoned: unknown;
    const ports = portsOf(clusterThat(undefined).cluster);
    const never = ({ signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          abandoned = signal.reason;
          reject(new Error("given up"));
        });
      });
    const fails = async () => Promise.reject(new Error("the cause"));
    await expect(sideBySide(ports, [never, fails, never])).rejects.toThrow("the cause");
    expect(abandoned).toBeDefined();
  });

  it("end when the run is interrupted", async () => {
    const run = new AbortController();
    const ports = portsOf(clusterThat(silence("refused")).cluster, run.signal);
    const done = writeObjects([desired(configMaps, named("a"))], ports);
    run.abort();
    await expect(done).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
