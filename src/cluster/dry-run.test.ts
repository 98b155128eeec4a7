import { describe, expect, it } from "vitest";
import type { Event } from "../events/event.ts";
import { eventsTo } from "../events/events.ts";
import { defined } from "../values/defined.ts";
import { ApiStatusError, type Cluster, type KubernetesObject } from "./cluster.ts";
import type { Connections } from "./connections.ts";
import { dryRunConnections, type Placeholder } from "./dry-run.ts";
import { emptyCluster } from "./empty-cluster.ts";
import { configMaps, nodes, secrets } from "./resources.ts";
import { TransportError, type TransportErrorCode } from "./transport.ts";

const { signal } = new AbortController();
const reference = { namespace: "kube-system", name: "c" };
const found: KubernetesObject = { metadata: reference };

/** Two clients of one dry run, and the events that they emit; `answer` is the real cluster's answer to each read. */
function setUp(answer: () => KubernetesObject, placeholder?: Placeholder) {
  const told: Event[] = [];
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return answer();
  };
  const real = (server: string): Cluster => ({
    ...emptyCluster(server),
    get: ask as Cluster["get"],
    list: (async () => [await ask()]) as unknown as Cluster["list"],
  });
  const connections: Connections = {
    open: (server) => real(server),
    transport: () => expect.unreachable(),
    close: () => undefined,
  };
  const dry = dryRunConnections(connections, {
    events: eventsTo(
      (event) => told.push(event),
      () => new Date(0),
    ),
    show: (object) => JSON.stringify(object),
    ...defined({ placeholder }),
  });
  const events = () => told.map(({ v, time, ...event }) => event);
  return {
    first: dry.open("https://a", {}, {}),
    second: dry.open("https://b", {}, {}),
    told: events,
    asked: () => asked,
  };
}

const request = (verb: string, name = "c") => ({
  type: "dryrun.request",
  verb,
  resource: "configmaps",
  apiVersion: "core/v1",
  name,
  namespace: "kube-system",
});
const object = (shown: object) => ({
  type: "dryrun.object",
  object: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", ...shown }),
});
const missing = { type: "dryrun.missing", verb: "GET" };

function failing(code: TransportErrorCode) {
  return () => {
    throw new TransportError(code, "https://a", code);
  };
}

describe("a read in a dry run", () => {
  it("is reported with what it found", async () => {
    const { first, told } = setUp(() => found);
    expect(await first.get(configMaps, reference, { signal })).toEqual(found);
    expect(told()).toEqual([request("GET"), object(found)]);
  });

  it("of what is not there fails as it would for real", async () => {
    const { first, told } = setUp(() => {
      throw new ApiStatusError(404, "NotFound", "not there");
    });
    await expect(first.get(configMaps, reference, { signal })).rejects.toThrow("not there");
    expect(told()).toEqual([request("GET"), missing]);
  });

  it("that the server refuses fails as it would for real", async () => {
    const { first } = setUp(
      () => {
        throw new ApiStatusError(403, "Forbidden", "no");
      },
      () => found,
    );
    await expect(first.get(configMaps, reference, { signal })).rejects.toThrow("no");
  });

  it.each([
    [403, [request("GET")]],
    [404, [request("GET"), missing]],
  ])("that is tried again after %s is told once, and again after an answer", async (status, first) => {
    let answers = [false, false, true, true];
    const { first: cluster, told } = setUp(() => {
      const [works] = answers;
      answers = answers.slice(1);
      if (works !== true) throw new ApiStatusError(status, "Reason", "not now");
      return found;
    });
    const get = () => cluster.get(configMaps, reference, { signal });
    await expect(get()).rejects.toThrow("not now");
    await expect(get()).rejects.toThrow("not now");
    await get();
    await get();
    expect(told()).toEqual([...first, object(found), request("GET"), object(found)]);
  });

  it.each([
    "certificate-untrusted",
    "certificate-expired",
    "certificate-name-mismatch",
    "not-tls",
    "malformed-answer",
  ] as const)("from a server that is not the right one (%s) fails as it would for real", async (code) => {
    const { first } = setUp(failing(code), () => found);
    await expect(first.get(configMaps, reference, { signal })).rejects.toThrow(code);
  });
});

describe("a cluster that cannot be reached", () => {
  it.each(["refused", "unreachable", "host-not-found", "timed-out", "reset", "proxy-failed"] as const)(
    "(%s) is stood in for, which is told once",
    async (code) => {
      const { first, second, told, asked } = setUp(failing(code), () => found);
      expect(await first.get(configMaps, reference, { signal })).toEqual(found);
      expect(await second.get(configMaps, reference, { signal })).toEqual(found);
      expect(told()).toEqual([
        request("GET"),
        { type: "dryrun.unreachable", server: "https://a", reason: code },
        missing,
        object(found),
        request("GET"),
        missing,
        object(found),
      ]);
      expect(asked()).toBe(1);
    },
  );

  it("has nothing that the placeholder does not know", async () => {
    const { first } = setUp(failing("refused"), (type) => (type === nodes ? found : undefined));
    await expect(first.get(secrets, reference, { signal })).rejects.toMatchObject({ status: 404 });
  });

  it("lists nothing", async () => {
    const { first, told } = setUp(failing("refused"));
    expect(await first.list(configMaps, { signal, namespace: "kube-system" })).toEqual([]);
    expect(told()).toEqual([
      request("LIST", ""),
      { type: "dryrun.unreachable", server: "https://a", reason: "refused" },
      { type: "dryrun.missing", verb: "LIST" },
    ]);
  });
});

describe("a write in a dry run", () => {
  it("is reported with what it would send, and is not sent", async () => {
    const { first, told, asked } = setUp(() => found);
    await first.create(configMaps, { metadata: reference }, { signal });
    await first.update(configMaps, { metadata: reference }, { signal });
    await first.delete(configMaps, reference, { signal });
    expect(told()).toEqual([
      request("CREATE"),
      object({ metadata: reference }),
      request("UPDATE"),
      object({ metadata: reference }),
      request("DELETE"),
      object({ metadata: { name: "c", namespace: "kube-system" } }),
    ]);
    expect(asked()).toBe(0);
  });
});
