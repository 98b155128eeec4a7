import { describe, expect, it } from "vitest";
import { type MemoryRuntime, memoryContainerRuntimes, memoryRuntime } from "../../../test/fixtures/cri/memory.ts";
import { containerd, machine } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { runtimeAnswers } from "./cgroup-driver.ts";

/** As containerd 1.x shows its configuration. */
function shown(runtime: unknown): Record<string, string> {
  return { config: JSON.stringify({ containerd: { defaultRuntimeName: "runc", runtimes: { runc: runtime } } }) };
}

const runc = (options: unknown) => shown({ runtimeType: "io.containerd.runc.v2", options });
const old = { cgroupDriver: "unimplemented" } as const;

async function found(state: Partial<MemoryRuntime>, { checked = false } = {}) {
  const runtime = memoryRuntime(state);
  const { ports } = machine({}, memoryContainerRuntimes({ [containerd]: runtime }));
  const looks = runtimeAnswers(containerd);
  const { signal } = new AbortController();
  if (checked) await looks.findings(ports, signal);
  const before = runtime.calls.length;
  const driver = await looks.hiddenCgroupDriver(ports, signal);
  return { driver, calls: runtime.calls.slice(before) };
}

describe("the cgroup driver that a runtime does not report to the kubelet", () => {
  it.each<[what: string, state: Partial<MemoryRuntime>, driver: "systemd" | "cgroupfs" | undefined]>([
    ["systemd in containerd's configuration", { ...old, info: runc({ SystemdCgroup: true }) }, "systemd"],
    ["cgroupfs in containerd's configuration", { ...old, info: runc({ SystemdCgroup: false }) }, "cgroupfs"],
    [
      "systemd in containerd's configuration where the answer to RuntimeConfig is empty",
      { cgroupDriver: "unstated", info: runc({ SystemdCgroup: true }) },
      "systemd",
    ],
    ["cgroupfs where containerd's configuration does not say", { ...old, info: runc({}) }, "cgroupfs"],
    [
      "unknown where runc is not the default",
      { ...old, info: shown({ runtimeType: "io.containerd.kata.v2" }) },
      undefined,
    ],
    ["unknown where the runtime shows nothing", old, undefined],
    ["unknown where what it shows is no JSON", { ...old, info: { config: "[runc]" } }, undefined],
    ["unknown where what it shows is something else", { ...old, info: { config: "[null]" } }, undefined],
    ["of no interest where the runtime tells", { info: runc({ SystemdCgroup: false }) }, undefined],
    [
      "unknown where the runtime does not respond",
      { failures: new Map([["cgroupDriver", new ContainerRuntimeError("unavailable", "no")]]) },
      undefined,
    ],
  ])("is %s", async (_what, state, driver) => {
    expect((await found(state)).driver).toBe(driver);
  });

  it.each<[when: string, state: Partial<MemoryRuntime>, checked: boolean, calls: string[]]>([
    ["nothing after the checks", {}, true, []],
    ["the driver alone where no check has run", {}, false, ["cgroupDriver"]],
    ["the configuration of a runtime that does not tell", old, true, ["status"]],
  ])("costs %s", async (_when, state, checked, calls) => {
    expect((await found(state, { checked })).calls).toEqual(calls);
  });
});
