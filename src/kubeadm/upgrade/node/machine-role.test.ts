import { describe, expect, it } from "vitest";
import { memoryHost } from "../../../host/memory.ts";
import type { Journal, RunIdentity } from "../../../journal/journal.ts";
import { apiServerManifestPath, etcdManifestPath, schedulerKubeconfigPath } from "../../paths.ts";
import { roleOfMachine } from "./machine-role.ts";

function unfinished({ command, role }: Pick<RunIdentity, "command" | "role">): Journal {
  return {
    version: 1,
    run: { command, role, nodeName: "cp1", target: "", configuration: {} },
    ...{ program: "kubeadm", startedAt: "2026-01-02T03:04:05.000Z", updatedAt: "2026-01-02T03:04:05.000Z" },
    ...{ phases: [], files: [], services: [], objects: [] },
  };
}

const apply = unfinished({ command: "upgrade apply", role: "control-plane" });
const node = unfinished({ command: "upgrade node", role: "control-plane" });
const ofWorker = unfinished({ command: "upgrade node", role: "worker" });
const init = unfinished({ command: "init", role: "control-plane" });

const roleOf = (paths: readonly string[], journal: Journal | undefined) =>
  roleOfMachine(memoryHost({ files: Object.fromEntries(paths.map((path) => [path, ""])) }).files, journal);

describe("a machine", () => {
  it.each<[string, readonly string[], Journal | undefined, "worker" | "control-plane"]>([
    ["with the manifest of an API server is a control plane", [apiServerManifestPath], undefined, "control-plane"],
    ["without any trace of a control plane is a worker", [], undefined, "worker"],
    ["in the middle of its upgrade as a worker is a worker", [], ofWorker, "worker"],
    [
      "that has the manifest again is a control plane whatever is unfinished",
      [apiServerManifestPath],
      init,
      "control-plane",
    ],
    [
      "whose `upgrade apply` has taken the manifest away is a control plane",
      [etcdManifestPath],
      apply,
      "control-plane",
    ],
    ["whose `upgrade node` has taken the manifest away is a control plane", [etcdManifestPath], node, "control-plane"],
    ["with an unfinished upgrade of a control plane and no trace of it is one, too", [], node, "control-plane"],
    ["with an unfinished init and no trace of a control plane is a worker", [], init, "worker"],
  ])("%s", async (_, paths, journal, role) => {
    expect(await roleOf(paths, journal)).toBe(role);
  });

  it.each<[string, Journal | undefined]>([
    ["nothing is unfinished", undefined],
    ["what is unfinished is no upgrade", init],
    ["what is unfinished is the upgrade of a worker", ofWorker],
  ])("that has lost the manifest of its API server is refused where %s", async (_, journal) => {
    await expect(roleOf([schedulerKubeconfigPath], journal)).rejects.toMatchObject({
      code: "MANIFEST_MISSING",
      message: expect.stringContaining(`this machine is a control plane (it has ${schedulerKubeconfigPath})`),
    });
  });
});
