import { describe, expect, it } from "vitest";
import { Secret } from "../errors/secret.ts";
import { ApiStatusError, type KubernetesObject } from "./cluster.ts";
import { clusterRoleBindings, roles } from "./rbac-resources.ts";
import { certificateSigningRequests, configMaps, nodes, pods } from "./resources.ts";
import { type ObjectChange, restCluster } from "./rest-cluster.ts";
import { type HttpRequest, type HttpResponse, TransportError } from "./transport.ts";
import { deployments } from "./workload-resources.ts";

const { signal } = new AbortController();

function answering(body: unknown, status = 200, headers: Record<string, string> = {}) {
  const sent: HttpRequest[] = [];
  const changes: ObjectChange[] = [];
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response: HttpResponse = {
    status,
    headers,
    text: async () => text,
    lines: async function* () {
      yield* text.split("\n");
    },
  };
  const cluster = restCluster({
    server: "https://192.0.2.10:6443",
    token: new Secret("abcdef.0123456789abcdef"),
    userAgent: "test",
    send: async (request) => {
      sent.push(request);
      return response;
    },
    onChange: (change) => changes.push(change),
  });
  return { cluster, sent, changes };
}

describe("the REST client", () => {
  it("asks for one object as upstream's client does, time limit included", async () => {
    const { cluster, sent } = answering({ kind: "ConfigMap", data: { a: "b" } });
    const found = await cluster.get(configMaps, { namespace: "kube-system", name: "kubeadm-config" }, { signal });
    expect(found.data).toEqual({ a: "b" });
    expect(sent[0]).toMatchObject({
      method: "GET",
      url: "https://192.0.2.10:6443/api/v1/namespaces/kube-system/configmaps/kubeadm-config?timeout=10s",
      headers: { authorization: "Bearer abcdef.0123456789abcdef", "user-agent": "test" },
    });
  });

  it("lists by selectors without a time limit, and gives an empty list for null items", async () => {
    const { cluster, sent } = answering({ kind: "NodeList", items: null });
    expect(await cluster.list(nodes, { fieldSelector: "metadata.name=w1", signal })).toEqual([]);
    expect(sent[0]?.url).toBe("https://192.0.2.10:6443/api/v1/nodes?fieldSelector=metadata.name%3Dw1");
  });

  describe("of a list with a bound", () => {
    const names = Array.from({ length: 10 }, (_, index) => `n${index}`);

    async function listed(bound: { readonly objects: number; readonly bytes: number }, failsAt = Infinity) {
      const limits: string[] = [];
      let rest = 0;
      const cluster = restCluster({
        server: "https://192.0.2.10:6443",
        userAgent: "test",
        send: async ({ url }) => {
          const { searchParams } = new URL(url);
          const from = Number(searchParams.get("continue") ?? "0");
          if (from >= failsAt) throw new TransportError("reset", url, "connection reset by peer");
          const limit = Number(searchParams.get("limit"));
          limits.push(`${from}+${limit}`);
          const end = from + limit;
          const items = names.slice(from, end).map((name) => ({ metadata: { name } }));
          const metadata = end < names.length ? { continue: String(end) } : {};
          const text = JSON.stringify({ kind: "NodeList", metadata, items });
          return {
            status: 200,
            headers: {},
            text: async (maxBytes = Infinity) => {
              if (text.length > maxBytes) throw new TransportError("malformed-answer", url, "too long");
              return text;
            },
            lines: async function* () {
              yield text;
            },
          };
        },
      });
      const found = await cluster.list(nodes, { signal, bound: { pageSize: 4, ...bound, onRest: () => (rest += 1) } });
      return { names: found.map(({ metadata }) => metadata?.name), limits, rest };
    }

    it("asks for page after page until the list ends", async () => {
      expect(await listed({ objects: 20, bytes: 10_000 })).toEqual({ names, limits: ["0+4", "4+4", "8+4"], rest: 0 });
    });

    it("asks for no more objects than are wanted, and tells that there are more", async () => {
      expect(await listed({ objects: 6, bytes: 10_000 })).toEqual({
        names: names.slice(0, 6),
        limits: ["0+4", "4+2"],
        rest: 1,
      });
    });

    it("ends where the answers get too long, or fail", async () => {
      expect(await listed({ objects: 20, bytes: 200 })).toMatchObject({ names: names.slice(0, 4), rest: 1 });
      expect(await listed({ objects: 20, bytes: 10_000 }, 8)).toMatchObject({ names: names.slice(0, 8), rest: 1 });
    });

    it("fails if the first page is too long, or fails", async () => {
      await expect(listed({ objects: 20, bytes: 20 })).rejects.toThrow("too long");
      await expect(listed({ objects: 20, bytes: 10_000 }, 0)).rejects.toThrow("connection reset by peer");
    });
  });

  it.each([200, 500])("gives the response from a health endpoint whatever its status, %i too", async (status) => {
    const { cluster, sent } = answering("[-]etcd failed: reason withheld\nsent abcdef.0123456789abcdef", status);
    expect(await cluster.health("/livez", { signal })).toEqual({
      status,
      body: "[-]etcd failed: reason withheld\nsent [redacted]",
    });
    expect(sent[0]).toMatchObject({ method: "GET", url: "https://192.0.2.10:6443/livez", headers: { accept: "*/*" } });
  });

  it("creates with apiVersion and kind filled in", async () => {
    const { cluster, sent } = answering({ kind: "CertificateSigningRequest" }, 201);
    await cluster.create(certificateSigningRequests, { metadata: { generateName: "csr-" } }, { signal });
    expect(sent[0]?.url).toBe("https://192.0.2.10:6443/apis/certificates.k8s.io/v1/certificatesigningrequests");
    expect(JSON.parse(sent[0]?.body ?? "")).toEqual({
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { generateName: "csr-" },
    });
  });

  const stored = { kind: "ConfigMap", metadata: { name: "a-x7f2p", namespace: "kube-system" } };
  const place = { name: "a", namespace: "kube-system" };
  type Change = (cluster: ReturnType<typeof answering>["cluster"]) => Promise<unknown>;
  it.each<[string, unknown, Change, readonly ObjectChange[]]>([
    [
      "a new object by the name that the server gave it",
      stored,
      (cluster) =>
        cluster.create(configMaps, { metadata: { generateName: "a-", namespace: "kube-system" } }, { signal }),
      [{ verb: "created", resource: "configmaps", name: "a-x7f2p", namespace: "kube-system" }],
    ],
    [
      "an update",
      stored,
      (cluster) => cluster.update(configMaps, { metadata: place }, { signal }),
      [{ verb: "updated", resource: "configmaps", name: "a-x7f2p", namespace: "kube-system" }],
    ],
    [
      "a patch of an object without a namespace",
      { kind: "Node", metadata: { name: "w1", namespace: null } },
      (cluster) => cluster.patch(nodes, { name: "w1" }, {}, { patchType: "merge", signal }),
      [{ verb: "patched", resource: "nodes", name: "w1" }],
    ],
    [
      "a deletion",
      { kind: "Status" },
      (cluster) => cluster.delete(configMaps, place, { signal }),
      [{ verb: "deleted", resource: "configmaps", name: "a", namespace: "kube-system" }],
    ],
    [
      "nothing for an answer that names no object",
      { kind: "SelfSubjectReview" },
      (cluster) => cluster.create(configMaps, {}, { signal }),
      [],
    ],
    ["nothing for a read", stored, (cluster) => cluster.get(configMaps, place, { signal }), []],
  ])("reports %s", async (_, answer, change, expected) => {
    const { cluster, changes } = answering(answer);
    await change(cluster);
    expect(changes).toEqual(expected);
  });

  it("reports no change that the server refused", async () => {
    const { cluster, changes } = answering({ kind: "Status", reason: "Forbidden", message: "no" }, 403);
    await expect(cluster.delete(configMaps, place, { signal })).rejects.toBeInstanceOf(ApiStatusError);
    await expect(cluster.update(configMaps, { metadata: place }, { signal })).rejects.toBeInstanceOf(ApiStatusError);
    expect(changes).toEqual([]);
  });

  it("names the patch type by its media type", async () => {
    const { cluster, sent } = answering({ kind: "Node" });
    await cluster.patch(nodes, { name: "w1" }, { metadata: {} }, { patchType: "strategic", signal });
    expect(sent[0]).toMatchObject({
      method: "PATCH",
      headers: { "content-type": "application/strategic-merge-patch+json" },
    });
  });

  it("gives watch events in order and turns an ERROR event into an error", async () => {
    const events = [
      { type: "ADDED", object: { kind: "Node", metadata: { name: "w1" } } },
      { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" } },
    ];
    const { cluster } = answering(events.map((event) => JSON.stringify(event)).join("\n"));
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of cluster.watch(nodes, { signal })) seen.push(event.type);
    })();
    await expect(watching).rejects.toMatchObject({ status: 410, reason: "Expired" });
    expect(seen).toEqual(["ADDED"]);
  });

  it.each([
    [
      "a Status object",
      { kind: "Status", reason: "Forbidden", message: "no" },
      403,
      { reason: "Forbidden", message: "no" },
    ],
    ["a page of a proxy", "<html>", 502, { reason: "", message: /HTTP status 502/ }],
    ["an empty body", "", 401, { reason: "", message: /HTTP status 401/ }],
  ])("turns %s into an ApiStatusError", async (_what, body, status, expected) => {
    const { cluster } = answering(body, status);
    const failure = await cluster.get(nodes, { name: "w1" }, { signal }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiStatusError);
    const { reason, message } = failure as ApiStatusError;
    expect(reason).toBe(expected.reason);
    expect(message).toMatch(expected.message);
  });

  it("reads how long a busy server wants to be left alone", async () => {
    const { cluster } = answering({ kind: "Status", reason: "TooManyRequests" }, 429, { "retry-after": "3" });
    await expect(cluster.get(nodes, { name: "w1" }, { signal })).rejects.toMatchObject({ retryAfterMs: 3000 });
  });

  it.each(["<html>hello</html>", "[]", "null", '{"hello":1}'])(
    "does not take %s for an answer of Kubernetes",
    async (body) => {
      const { cluster } = answering(body);
      const failure = await cluster.get(nodes, { name: "w1" }, { signal }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TransportError);
      expect((failure as TransportError).code).toBe("malformed-answer");
    },
  );

  it.each([
    ["data that is a list", { data: ["x"] }, "of the ConfigMap, data is not an object"],
    ["data that is a text", { data: "x" }, "of the ConfigMap, data is not an object"],
    ["a number for a text", { data: { kubeconfig: 5 } }, "of the ConfigMap, data.kubeconfig is not a string"],
    ["null for a text", { data: { kubeconfig: null } }, "of the ConfigMap, data.kubeconfig is null"],
    ["metadata that is a number", { metadata: 5 }, "of the ConfigMap, metadata is not an object"],
    [
      "labels that are no texts",
      { metadata: { labels: { a: {} } } },
      "of the ConfigMap, metadata.labels.a is not a string",
    ],
    ["a kind that is not one", { kind: 5 }, "of the ConfigMap, kind is not a string"],
  ])("does not take %s for a ConfigMap", async (_, body, problem) => {
    const { cluster } = answering({ kind: "ConfigMap", ...body });
    const reading = cluster.get(configMaps, { name: "cluster-info" }, { signal });
    await expect(reading).rejects.toMatchObject({
      code: "malformed-answer",
      message: expect.stringContaining(problem),
    });
  });

  it.each([
    ["nothing", {}],
    ["nulls", { data: null, metadata: { labels: null, ownerReferences: null } }],
    ["what this program does not know", { data: { a: "b" }, binaryData: 5, immutable: [] }],
    ["keys that are no keys elsewhere", { data: JSON.parse('{"__proto__": "x", "constructor": "y"}') }],
  ])("takes a ConfigMap with %s", async (_, body) => {
    const { cluster } = answering(JSON.stringify({ kind: "ConfigMap", ...body }));
    await cluster.get(configMaps, { name: "cluster-info" }, { signal });
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it.each([
    ["an option", { name: "--all" }, 'metadata.name "--all" is not an RFC 1123 subdomain'],
    ["a command", { name: "a;b" }, 'metadata.name "a;b" is not an RFC 1123 subdomain'],
    ["a line break", { name: "a\nb" }, 'metadata.name "a\\\\nb" is not an RFC 1123 subdomain'],
    ["more than a name", { name: "a".repeat(254) }, `"${"a".repeat(128)}… (126 more characters)" is not an RFC 1123`],
    ["a path", { name: "a/../b" }, "is not an RFC 1123 subdomain"],
    ["a number", { name: 5 }, "metadata.name is not a string"],
    [
      "a namespace that is an option",
      { name: "a", namespace: "-A" },
      'metadata.namespace "-A" is not an RFC 1123 label',
    ],
    ["a namespace with dots", { name: "a", namespace: "a.b" }, "is not an RFC 1123 label"],
    ["a namespace too long", { name: "a", namespace: "a".repeat(64) }, "is not an RFC 1123 label"],
  ])("does not take what is named with %s for an object", async (_, metadata, problem) => {
    const isRefused = { code: "malformed-answer", message: expect.stringContaining(problem) };
    const one = answering({ kind: "ConfigMap", metadata }).cluster;
    await expect(one.get(configMaps, { name: "cluster-info" }, { signal })).rejects.toMatchObject(isRefused);
    const list = answering({ kind: "ConfigMapList", items: [{ metadata: { name: "a" } }, { metadata }] }).cluster;
    await expect(list.list(configMaps, { signal })).rejects.toMatchObject(isRefused);
  });

  it.each([
    ["a Pod on a Node", pods, { spec: { nodeName: "--all" } }, "spec.nodeName"],
    ["a container of a Pod", pods, { spec: { containers: [{ name: "-c" }] } }, "spec.containers[0].name"],
    [
      "a container of a Deployment",
      deployments,
      { spec: { template: { spec: { containers: [{ name: "a.b" }] } } } },
      "name",
    ],
    ["a role", roles, { metadata: { name: "a/b" } }, 'metadata.name "a/b" is not a segment of a path'],
    ["a binding", clusterRoleBindings, { metadata: { name: ".." } }, "is not a segment of a path"],
  ] as const)("does not take the name of %s where it is none", async (_, type, body, problem) => {
    const reading = answering({ kind: type.kind, ...body }).cluster.get<KubernetesObject>(
      type,
      { name: "a" },
      { signal },
    );
    await expect(reading).rejects.toMatchObject({
      code: "malformed-answer",
      message: expect.stringContaining(problem),
    });
  });

  it.each([
    ["a Node", nodes, "ip-10-0-0-1.eu-west-1.compute.internal"],
    ["a request", certificateSigningRequests, "node-csr-abc"],
    ["a role", roles, "kubeadm:nodes-kubeadm-config"],
    ["a role whose name begins with a dash", roles, "--All roles"],
    ["an object that has no name yet", configMaps, ""],
  ] as const)("takes the name of %s", async (_, type, name) => {
    const reading = answering({ kind: type.kind, metadata: { name } }).cluster.get<KubernetesObject>(
      type,
      { name: "a" },
      { signal },
    );
    await expect(reading).resolves.toMatchObject({ metadata: { name } });
  });

  it("refuses an object that nests without end", async () => {
    const { cluster } = answering(`{"kind":"ConfigMap","deep":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    const reading = cluster.get(configMaps, { name: "cluster-info" }, { signal });
    await expect(reading).rejects.toMatchObject({ code: "malformed-answer" });
  });

  it.each([
    ["items that are a map", { items: {} }, "its items are not a list"],
    ["an item that is null", { items: [null] }, "it is no Node"],
    ["an item that is a number", { items: [5] }, "it is no Node"],
    ["taints that are a text", { items: [{ spec: { taints: "x" } }] }, "of the Node, spec.taints is not a list"],
    ["a taint without form", { items: [{ spec: { taints: [5] } }] }, "of the Node, spec.taints[0] is not an object"],
  ])("does not take %s for a list of Nodes", async (_, body, problem) => {
    const { cluster } = answering({ kind: "NodeList", ...body });
    const reading = cluster.list(nodes, { signal });
    await expect(reading).rejects.toMatchObject({
      code: "malformed-answer",
      message: expect.stringContaining(problem),
    });
  });

  it.each(["<html>", '{"type":"FOO","object":{}}', '{"type":"ADDED"}', '{"type":"ADDED","object":5}', "[]", "5", "{"])(
    "does not take %s for an event of a watch",
    async (line) => {
      const { cluster } = answering(line);
      const watching = async () => {
        for await (const _ of cluster.watch(nodes, { signal }));
      };
      await expect(watching()).rejects.toMatchObject({ code: "malformed-answer" });
    },
  );

  it.each(["[]", "5", '{"kind":"Status","reason":{},"message":5}', '{"kind":"Status","message":null}'])(
    "takes %s with a refusal for no Status",
    async (body) => {
      const { cluster } = answering(body, 403);
      await expect(cluster.get(nodes, { name: "w1" }, { signal })).rejects.toMatchObject({
        status: 403,
        message: expect.stringMatching(/^(?:the server responded with HTTP status 403 and no Status object)?$/),
      });
    },
  );
});
