import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeJournal, digestOf, encodeJournal, isSameState, type Journal } from "./journal.ts";

const text = fc.string({ unit: "binary" });
const digest = fc.uint8Array().map((bytes) => digestOf(bytes));
const state = fc.oneof(
  fc.constantFrom("absent" as const, "directory" as const, "other" as const).map((kind) => ({ kind })),
  text.map((target) => ({ kind: "symlink" as const, target })),
  fc.record({ kind: fc.constant("file" as const), digest, mode: fc.nat(0o7777) }),
);
const time = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());

const journals: fc.Arbitrary<Journal> = fc.record({
  version: fc.constant(1 as const),
  run: fc.record({
    command: text,
    role: fc.constantFrom("worker" as const, "control-plane" as const),
    nodeName: text,
    target: text,
    configuration: fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      digest,
      { noNullPrototype: true },
    ),
  }),
  program: text,
  startedAt: time,
  updatedAt: time,
  phases: fc.array(fc.record({ name: text, state: fc.constantFrom("running", "done", "failed") })),
  files: fc.array(
    fc.record({ path: fc.stringMatching(/^\/[a-z]{1,9}(\/[a-z]{1,9})*$/), phase: text, before: state, after: state }),
  ),
  services: fc.array(fc.record({ service: text, action: fc.constantFrom("started", "stopped", "restarted") })),
  objects: fc.array(
    fc.record({ kind: fc.constantFrom("CertificateSigningRequest", "EtcdMember", "Secret"), name: text }),
  ),
});

const example: Journal = {
  version: 1,
  run: { command: "join", role: "worker", nodeName: "w1", target: "10.0.0.1:6443", configuration: {} },
  program: "kubeadm",
  startedAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:01.000Z",
  phases: [{ name: "kubelet-start", state: "running" }],
  files: [],
  services: [],
  objects: [],
};

const file = { path: "/etc/a", phase: "certs", before: { kind: "absent" }, after: { kind: "absent" } };

/** The text of a journal with other members, with a digest that fits. */
function whole(members: object): string {
  const json = `${JSON.stringify(members, undefined, 2)}\n`;
  return `${json}sha256:${digestOf(json)}\n`;
}

function fileRecord(path: string, copy = "1"): object {
  const state = { kind: "file", digest: "a", copy };
  return { path, phase: "certs", before: state, after: { kind: "absent" } };
}

describe("the text of a journal", () => {
  it("is read as it was written, whatever is in it", () => {
    fc.assert(
      fc.property(journals, (journal) => {
        expect(decodeJournal(encodeJournal(journal))).toEqual(journal);
      }),
    );
  });

  it("is damaged wherever it is cut off", () => {
    const all = encodeJournal(example);
    for (let length = 0; length < all.length; length++) {
      expect(() => decodeJournal(all.slice(0, length)), `${length}`).toThrow(
        expect.objectContaining({ code: "damaged" }),
      );
    }
  });

  it("is damaged if any character of it is another one", () => {
    const all = encodeJournal(example);
    fc.assert(
      fc.property(fc.nat(all.length - 1), (at) => {
        const other = all[at] === "x" ? "y" : "x";
        const changed = `${all.slice(0, at)}${other}${all.slice(at + 1)}`;
        expect(() => decodeJournal(changed)).toThrow(expect.objectContaining({ code: "damaged" }));
      }),
    );
  });

  it.each([
    ["without a version", {}],
    ["without a run", { ...example, run: undefined }],
    ["with a time that is not one", { ...example, updatedAt: "yesterday" }],
    ["with a path that leads up", { ...example, files: [fileRecord("/etc/kubernetes/../cron.d/x")] }],
    ["with a path that is not absolute", { ...example, files: [fileRecord("etc/x")] }],
    ["with a copy elsewhere", { ...example, files: [fileRecord("/etc/x", "../../../tmp/evil")] }],
    ["with a copy below", { ...example, files: [fileRecord("/etc/x", "a/1")] }],
    ["with a file without a path", { ...example, files: [{ phase: "certs" }] }],
    ["with phases that are no list", { ...example, phases: "preflight" }],
    ["with objects that are numbers", { ...example, objects: [1] }],
    ["with a file of which is not known what was there", { ...example, files: [{ ...file, before: undefined }] }],
    ["with a file of which is not known what is there", { ...example, files: [{ ...file, after: undefined }] }],
    ["with a state that does not exist", { ...example, files: [{ ...file, between: { kind: "pipe" } }] }],
    ["with a link without a target", { ...example, files: [{ ...file, before: { kind: "symlink" } }] }],
    ["with a content without a digest", { ...example, files: [{ ...file, after: { kind: "file" } }] }],
    [
      "with a mode that is not one",
      { ...example, files: [{ ...file, before: { kind: "file", digest: "", mode: 1e9 } }] },
    ],
    [
      "with a copy that is a number",
      { ...example, files: [{ ...file, before: { kind: "file", digest: "", copy: 1 } }] },
    ],
    ["with a phase in no state", { ...example, phases: [{ name: "certs", state: "paused" }] }],
    ["with an action that does not exist", { ...example, services: [{ service: "kubelet", action: "removed" }] }],
    ["with an object of no kind", { ...example, objects: [{ kind: "Node", name: "w1" }] }],
    ["with a role that does not exist", { ...example, run: { ...example.run, role: "etcd" } }],
    ["with a configuration of numbers", { ...example, run: { ...example.run, configuration: { a: 1 } } }],
    ["with memories that are a list", { ...example, remembered: [] }],
    ["without a program", { ...example, program: undefined }],
  ])("is damaged %s", (_, members) => {
    expect(() => decodeJournal(whole(members))).toThrow(expect.objectContaining({ code: "damaged" }));
  });

  it("is damaged if it nests without end", () => {
    const json = `{"version":1,"run":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`;
    const text = `${json}sha256:${digestOf(json)}\n`;
    expect(() => decodeJournal(text)).toThrow(expect.objectContaining({ code: "damaged" }));
  });

  it("of a later version is newer, not damaged", () => {
    const later = whole({ version: 2, entries: [] });
    expect(() => decodeJournal(later)).toThrow(expect.objectContaining({ code: "newer" }));
  });
});

describe("what is at a path", () => {
  it.each([
    ["two absent paths", { kind: "absent" }, { kind: "absent" }, true],
    [
      "a file and the same with another mode",
      { kind: "file", digest: "a", mode: 0o600 },
      { kind: "file", digest: "a" },
      true,
    ],
    ["files of different contents", { kind: "file", digest: "a" }, { kind: "file", digest: "b" }, false],
    ["links to different targets", { kind: "symlink", target: "a" }, { kind: "symlink", target: "b" }, false],
    ["a file and a link", { kind: "file", digest: "a" }, { kind: "symlink", target: "a" }, false],
    ["a directory and nothing", { kind: "directory" }, { kind: "absent" }, false],
  ] as const)("is compared: %s", (_, left, right, same) => {
    expect(isSameState(left, right)).toBe(same);
    expect(isSameState(right, left)).toBe(same);
  });
});
