import fc from "fast-check";
import { expect, test } from "vitest";
import type { Event, EventType } from "../../events/event.ts";
import { eventsTo, silentEvents } from "../../events/events.ts";
import type { SeedEntry } from "../../host/memory/files.ts";
import { memoryHost } from "../../host/memory.ts";
import { type Patches, patchTargets, readPatches } from "./read-patches.ts";

function read(files: Readonly<Record<string, SeedEntry>>, directory = "/p"): Promise<Patches> {
  return readPatches(directory, { files: memoryHost({ files }).files, events: silentEvents });
}

test("a directory is read and reported once, for any number of readers", async () => {
  const told: EventType[] = [];
  const { files } = memoryHost({ files: { "/p/etcd.yaml": "a: 1", "/q/etcd.yaml": "b: 1" } });
  const sink = (event: Event) => told.push(event.type);
  const ports = { files, events: eventsTo(sink, () => new Date(0)), memo: new Map<string, Promise<Patches>>() };
  const [first, second] = await Promise.all([readPatches("/p", ports), readPatches("/p", ports)]);
  await files.write("/p/etcd.yaml", "a: 2", { mode: 0o644 });
  expect(second).toBe(first);
  expect(await readPatches("/p", ports)).toBe(first);
  expect(await readPatches("/q", ports)).toMatchObject([{ content: { b: 1 } }]);
  expect(told).toEqual(["patches.reading", "patches.found", "patches.reading", "patches.found"]);
});

test("a symlink to a directory is no directory", async () => {
  const files = { "/real/etcd.yaml": "a: 1", "/p": { target: "/real" } };
  await expect(read(files)).rejects.toThrow('could not list patch files for path "/p": /p: not a directory');
});

test("a symlink to a file within the directory is read", async () => {
  const files = { "/real.yaml": "a: 1", "/p/etcd.yaml": { target: "/real.yaml" } };
  expect(await read(files)).toMatchObject([{ target: "etcd", path: "/p/etcd.yaml", content: { a: 1 } }]);
});

test("a file that cannot be read is named", async () => {
  const files = { "/p/etcd.yaml": { target: "/nowhere" } };
  await expect(read(files)).rejects.toMatchObject({
    code: "PATCH_INVALID",
    message: expect.stringContaining(
      'could not list patch files for path "/p": could not read the file "/p/etcd.yaml": open ',
    ),
    details: { path: "/p/etcd.yaml" },
  });
});

test("an error in a document of a file names the file and the line", async () => {
  await expect(read({ "/p/etcd.yaml": "a: 1\n---\nb: 1\nc: [\n" })).rejects.toMatchObject({
    message: expect.stringMatching(
      /^could not list patch files for path "\/p": could not convert patch to JSON:\nb: 1\nc: \[\n: yaml: /,
    ),
    remedy: expect.stringMatching(/^Fix \/p\/etcd\.yaml near line \d+\.$/),
    details: { path: "/p/etcd.yaml" },
  });
});

test("a separator with something behind it is refused", async () => {
  await expect(read({ "/p/etcd.yaml": "a: 1\n--- b\n" })).rejects.toThrow(
    "could not split patches for data:\na: 1\n--- b\n\n: invalid Yaml document separator: b",
  );
});

test("documents without content count as nothing", async () => {
  expect(await read({ "/p/etcd+merge.yaml": "# a comment\n---\n\n---\na: 1\n---\n" })).toMatchObject([
    { content: { a: 1 } },
  ]);
});

test.each([
  ["etcd.yaml", "etcd", "strategic"],
  ["etcd.json", "etcd", "strategic"],
  ["etcd0+json.yaml", "etcd", "json"],
  ["kube-apiserver-audit+merge.json", "kube-apiserver", "merge"],
  ["kube-schedulerjson.yaml", "kube-scheduler", "strategic"],
  ["etcd+strategicX.yaml", "etcd", "strategic"],
  ["etcd.v2+json.yaml", "etcd", "strategic"],
])("the name %s means target %s and kind %s", async (name, target, kind) => {
  expect(await read({ [`/p/${name}`]: "{}" })).toMatchObject([{ target, kind }]);
});

test("any suffix without a dot or a plus leaves target and kind as they are", async () => {
  const suffix = fc.stringMatching(/^[^.+\n/\0]{0,8}$/);
  const kinds = fc.constantFrom("json", "merge", "strategic");
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...patchTargets), suffix, kinds, async (target, middle, kind) => {
      expect(await read({ [`/p/${target}${middle}+${kind}.yaml`]: "{}" })).toMatchObject([{ target, kind }]);
    }),
  );
});

test("bytes that are no UTF-8 are refused, with their line", async () => {
  const content = new Uint8Array([0x61, 0x3a, 0x20, 0x31, 0x0a, 0x62, 0x3a, 0x20, 0xff]);
  await expect(read({ "/p/etcd.yaml": { kind: "file", content } })).rejects.toMatchObject({
    code: "PATCH_INVALID",
    message: expect.stringContaining("could not convert patch to JSON: yaml: invalid leading UTF-8 octet"),
    remedy: "Fix /p/etcd.yaml near line 2.",
  });
});

test("a relative directory is resolved against the working directory, and reported as it was given", async () => {
  const told: Event[] = [];
  const { files } = memoryHost({ files: { "/srv/p/etcd.yaml": "a: 1" } });
  const events = eventsTo(
    (event) => told.push(event),
    () => new Date(0),
  );
  const found = await readPatches("p", { files, events, workingDirectory: () => "/srv" });
  expect(found).toMatchObject([{ path: "/srv/p/etcd.yaml", content: { a: 1 } }]);
  expect(told[0]).toMatchObject({ type: "patches.reading", directory: "p" });
  await expect(readPatches("q", { files, events, workingDirectory: () => "/srv" })).rejects.toThrow(
    'could not list patch files for path "q": lstat q: no such file or directory',
  );
});
