import { expect, test } from "vitest";
import { type Page, wholeList } from "./list-pages.ts";
import type { NodeObject } from "./resources.ts";

test("a whole list is all pages, each asked for where the one before it ended", async () => {
  const asked: Page[] = [];
  const page = async (from: Page) => {
    asked.push(from);
    const next = { "": "a", a: "b", b: "" }[from.next] ?? "";
    return { objects: [{ metadata: { name: `n${from.next}` } }], bytes: 0, next };
  };
  const found = await wholeList(page, { timeoutMs: 5 });
  expect(found.map(({ metadata }) => metadata.name)).toEqual(["n", "na", "nb"]);
  expect(asked).toEqual(["", "a", "b"].map((next) => ({ limit: 500, next, timeoutMs: 5 })));
});

test("a page that fails fails the list: a part of the Nodes would look like all of them", async () => {
  const page = async ({ next }: Page) => {
    if (next !== "") throw new Error("expired");
    return { objects: [{}], bytes: 0, next: "a" };
  };
  await expect(wholeList(page, {})).rejects.toThrow("expired");
});

test("of objects in pages, what is large and is not read is dropped", async () => {
  const node = {
    metadata: { name: "w1", labels: { a: "b" }, managedFields: [{ manager: "kubelet" }] },
    spec: { podCIDR: "10.0.0.0/24" },
    status: { images: [{ names: ["a"] }], nodeInfo: { kubeletVersion: "v1.37.2" } },
  } as unknown as NodeObject;
  const page = async () => ({ objects: [node, {}], bytes: 0, next: "" });
  expect(await wholeList(page, {})).toEqual([
    {
      metadata: { name: "w1", labels: { a: "b" } },
      spec: { podCIDR: "10.0.0.0/24" },
      status: { nodeInfo: { kubeletVersion: "v1.37.2" } },
    },
    {},
  ]);
});
