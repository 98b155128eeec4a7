import { statSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { temporaryDirectory } from "../test/support/temporary/temporary-directory.ts";
import {
  checkName,
  type LabState,
  labDirectory,
  listLabs,
  loadState,
  saveState,
  withHost,
  withoutHost,
} from "./lab-state.ts";

let cache = "";
beforeEach(() => {
  cache = temporaryDirectory().path;
});

const empty: LabState = { format: 1, name: "one", subnet: "192.0.2.0/24", kubernetes: "1.37.2", hosts: [] };
const host = { name: "cp1", address: "192.0.2.10", cgroups: [] };
const cluster = { controlPlane: "cp1", endpoint: "192.0.2.10:6443", token: "t", caCertHash: "h", certificateKey: "k" };

test("what was saved is loaded, and others cannot read it", () => {
  saveState(cache, empty);
  expect(loadState(cache, "one")).toEqual(empty);
  expect(listLabs(cache)).toEqual(["one"]);
  expect(statSync(join(labDirectory(cache, "one"), "state.json")).mode & 0o777).toBe(0o600);
});

test("there is no state before there is a lab", () => {
  expect(loadState(cache, "one")).toBeUndefined();
  expect(listLabs(cache)).toEqual([]);
});

test("a host is there once however often it is recorded, and its cluster goes with the control plane", () => {
  const recorded = withHost(withHost(empty, host), { ...host, init: { pid: 1, startTime: "2" } });
  expect(recorded.hosts).toHaveLength(1);
  expect(withoutHost({ ...recorded, cluster }, "w1").cluster).toEqual(cluster);
  expect(withoutHost({ ...recorded, cluster }, "cp1")).toEqual(empty);
});

test.each(["", "-a", "a-", "A", "a.b", "a/b", "seventeen-letters"])("%j is no name", (name) => {
  expect(() => checkName("lab", name)).toThrow("is no name for a lab");
});

test("a cluster survives the removal of its first control plane if its endpoint moves to another", () => {
  const state = { ...withHost(empty, host), cluster: { ...cluster, shared: true } };
  expect(withoutHost(state, "cp1").cluster).toEqual(state.cluster);
});
