import { describe, expect, it } from "vitest";
import { memoryContainerRuntimes } from "../test/fixtures/cri/memory.ts";
import { KubeadmError } from "./errors/kubeadm-error.ts";
import type { Event } from "./events/event.ts";
import { hangingProgram } from "./host/memory/commands.ts";
import { memoryHost } from "./host/memory.ts";
import {
  doctor,
  initCluster,
  joinCluster,
  planUpgrade,
  type RunOptions,
  resetNode,
  upgradeCluster,
  upgradeNode,
} from "./library.ts";

/** A machine on which preflight of init and join waits for a kubelet that does not respond. */
const hanging = (): RunOptions => ({
  ports: {
    host: memoryHost({ commands: { kubelet: hangingProgram } }),
    connectContainerRuntime: memoryContainerRuntimes({}),
  },
});

const initFlags = { kubernetesVersion: "v1.37.2", ignorePreflightErrors: ["all"] };
const joinFlags = { apiServerEndpoint: "192.0.2.1:6443", discoveryFile: "/none" };

const functions: readonly [name: string, run: (options: RunOptions) => Promise<unknown>][] = [
  ["initCluster", (options) => initCluster({ ...options, flags: initFlags })],
  ["joinCluster", (options) => joinCluster({ ...options, flags: joinFlags })],
  ["doctor", (options) => doctor(options)],
  ["resetNode", (options) => resetNode({ ...options, flags: { force: true } })],
  ["planUpgrade", (options) => planUpgrade(options)],
  ["upgradeCluster", (options) => upgradeCluster({ ...options, version: "v1.37.2", flags: { yes: true } })],
  ["upgradeNode", (options) => upgradeNode(options)],
];

describe.each(functions)("%s with a signal", (_, run) => {
  it.each<[what: string, reason: unknown]>([
    ["no reason", undefined],
    ["an error as reason", new Error("enough")],
    ["a text as reason", "enough"],
    ["a KubeadmError of another code as reason", new KubeadmError("USAGE", "enough")],
  ])("that is aborted with %s throws CANCELLED, with the reason as cause", async (_what, reason) => {
    const signal = AbortSignal.abort(reason);
    const error = await run({ ...hanging(), signal }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CANCELLED", cause: signal.reason });
  });

  it("that is aborted with CANCELLED keeps its details", async () => {
    const reason = new KubeadmError("CANCELLED", "interrupted", { details: { signal: "SIGINT" } });
    const error = await run({ ...hanging(), signal: AbortSignal.abort(reason) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CANCELLED", details: { signal: "SIGINT" } });
  });
});

it("initCluster throws CANCELLED when its AbortSignal.timeout expires, with the TimeoutError as cause", async () => {
  const signal = AbortSignal.timeout(100);
  const error = await initCluster({ ...hanging(), flags: initFlags, signal }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "CANCELLED", cause: { name: "TimeoutError" } });
});

it("initCluster that is aborted in a phase names the phase and keeps the reason as cause", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const onEvent = (event: Event) => {
    if (event.type === "preflight.started") controller.abort(reason);
  };
  const options = { ...hanging(), flags: initFlags, onEvent, signal: controller.signal };
  const error = await initCluster(options).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "CANCELLED", message: "interrupted in phase preflight", cause: reason });
});

it.each<[what: string, run: () => Promise<unknown>, code: string]>([
  [
    "upgradeCluster with a phase that does not exist",
    () => upgradeCluster({ ...hanging(), version: "v1.37.2", only: "bogus" }),
    "PHASE_UNKNOWN",
  ],
  [
    "upgradeNode with a phase that does not exist",
    () => upgradeNode({ ...hanging(), only: "upload-config" }),
    "PHASE_UNKNOWN",
  ],
  ["upgradeCluster without a version", () => upgradeCluster(hanging()), "USAGE"],
  [
    "planUpgrade with a flag that belongs in the file next to it",
    () => planUpgrade({ ...hanging(), flags: { config: "/c.yaml", printConfig: true } }),
    "USAGE",
  ],
  ["planUpgrade without a kubeconfig", () => planUpgrade(hanging()), "KUBECONFIG_INVALID"],
])("%s is refused", async (_what, run, code) => {
  expect(await run().catch((thrown: unknown) => thrown)).toMatchObject({ code });
});
