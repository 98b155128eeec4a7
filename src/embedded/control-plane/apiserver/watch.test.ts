import { describe, expect, test } from "vitest";
import { memoryClock } from "../../../host/memory/clock.ts";
import { type StoredObject, stringAt } from "./objects.ts";
import { resources } from "./resource-names.ts";
import { Storage } from "./storage.ts";
import { type WatchEvent, type WatchOptions, watch } from "./watch.ts";

const type = { apiVersion: "v1", kind: "ConfigMap" };

function map(name: string, labels: Record<string, string> = {}): StoredObject {
  return { ...type, metadata: { name, namespace: "a", labels } };
}

function setUp(options: Partial<WatchOptions> = {}) {
  const clock = memoryClock();
  const storage = new Storage(() => clock.now());
  const stop = new AbortController();
  const start = () =>
    watch({
      storage,
      resource: resources.configMaps,
      type,
      matches: () => true,
      resourceVersion: "",
      sendInitialEvents: false,
      allowBookmarks: false,
      timeoutMs: 600_000,
      clock,
      signal: stop.signal,
      ...options,
    });
  return { clock, storage, stop, start };
}

const shape = (event: WatchEvent) => `${event.type} ${stringAt(event.object, "metadata", "name") ?? ""}`.trim();

async function take(events: AsyncGenerator<WatchEvent>, count: number): Promise<readonly WatchEvent[]> {
  const taken: WatchEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}

describe("a watch", () => {
  test("without a version begins with the existing objects, then sends changes", async () => {
    const { storage, start } = setUp();
    storage.create(resources.configMaps, map("x"));
    const events = start();
    expect((await take(events, 1)).map(shape)).toEqual(["ADDED x"]);
    storage.update(resources.configMaps, { namespace: "a", name: "x" }, {}, (object) => ({ ...object, data: {} }));
    storage.delete(resources.configMaps, { namespace: "a", name: "x" });
    expect((await take(events, 2)).map(shape)).toEqual(["MODIFIED x", "DELETED x"]);
  });

  test("from a version sends only later changes", async () => {
    const { storage } = setUp();
    const { metadata } = storage.create(resources.configMaps, map("x"));
    storage.create(resources.configMaps, map("y"));
    const { clock, stop } = setUp();
    const events = watch({
      storage,
      resource: resources.configMaps,
      type,
      matches: () => true,
      resourceVersion: metadata.resourceVersion ?? "",
      sendInitialEvents: false,
      allowBookmarks: false,
      timeoutMs: 1000,
      clock,
      signal: stop.signal,
    });
    expect((await take(events, 1)).map(shape)).toEqual(["ADDED y"]);
  });

  test("with initial events marks their end by a bookmark", async () => {
    const { storage, start } = setUp({ sendInitialEvents: true, allowBookmarks: true });
    storage.create(resources.configMaps, map("x"));
    const [first, second] = await take(start(), 2);
    expect(first?.type).toBe("ADDED");
    expect(second).toMatchObject({
      type: "BOOKMARK",
      object: { ...type, metadata: { resourceVersion: "2", annotations: { "k8s.io/initial-events-end": "true" } } },
    });
  });

  test("with a selector adds and deletes objects as they start and stop to match", async () => {
    const { storage, start } = setUp({ matches: (object) => object.metadata.labels?.["on"] === "yes" });
    const events = start();
    const key = { namespace: "a", name: "x" };
    const label = (on: string) =>
      storage.update(resources.configMaps, key, {}, (object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { on } },
      }));
    const taken = take(events, 2);
    storage.create(resources.configMaps, map("x", { on: "no" }));
    label("yes");
    label("no");
    expect((await taken).map(shape)).toEqual(["ADDED x", "DELETED x"]);
  });

  test("from a version that was compacted gets 410 as its only event", async () => {
    const { storage, start } = setUp({ resourceVersion: "1" });
    storage.create(resources.configMaps, map("x"));
    storage.compact();
    const events = await take(start(), 5);
    expect(events).toMatchObject([{ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } }]);
  });

  test("ends after its timeout", async () => {
    const { clock, start } = setUp({ timeoutMs: 5000 });
    const events = take(start(), 1);
    await clock.advance(5000);
    expect(await events).toEqual([]);
  });

  test("ends when its client goes", async () => {
    const { stop, start } = setUp();
    const events = take(start(), 1);
    stop.abort();
    expect(await events).toEqual([]);
  });

  test("gets a bookmark every minute where it allows them", async () => {
    const { clock, start } = setUp({ allowBookmarks: true });
    const events = take(start(), 1);
    await clock.advance(60_000);
    expect((await events).map(shape)).toEqual(["BOOKMARK"]);
  });
});

describe("the storage", () => {
  test("refuses a write from an older version", () => {
    const { storage } = setUp();
    const key = { namespace: "a", name: "x" };
    storage.create(resources.configMaps, map("x"));
    storage.update(resources.configMaps, key, { resourceVersion: "2" }, (object) => ({ ...object, data: { a: "1" } }));
    expect(() =>
      storage.update(resources.configMaps, key, { resourceVersion: "2" }, (object) => ({ ...object })),
    ).toThrow(
      'Operation cannot be fulfilled on configmaps "x": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test("keeps the version of an object that an update leaves as it is", () => {
    const { storage } = setUp();
    storage.create(resources.configMaps, map("x"));
    storage.update(resources.configMaps, { namespace: "a", name: "x" }, {}, (object) => object);
    expect(storage.revision).toBe(2);
  });

  test("answers 410 once more changes came than it holds", () => {
    const { storage } = setUp();
    for (let index = 0; index <= 1000; index++) storage.create(resources.configMaps, map(`x${index}`));
    expect(() => storage.changesSince(resources.configMaps, 1)).toThrow("too old resource version: 1 (");
    expect(storage.changesSince(resources.configMaps, storage.revision - 1)).toHaveLength(1);
  });
});
