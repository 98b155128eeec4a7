import { expect, it } from "vitest";
import { memoryPorts } from "../../../../test/fixtures/cli/memory-ports.ts";
import {
  healthyWorker,
  hostOf,
  nodePath,
  portsOf,
  readyNode,
  type Worker,
} from "../../../../test/fixtures/kubeadm/doctor/worker.ts";
import { fixMachine } from "./fix.ts";
import type { DoctorInvocation } from "./flags.ts";

interface Row {
  readonly what: string;
  readonly break: (worker: Worker) => void;
  /** What the kubelet does when it has been started, or started again. */
  readonly kubelet?: (worker: Worker) => void;
  readonly fix: string;
  readonly canUndo: boolean;
}

const rows: readonly Row[] = [
  {
    what: "starts a service says that --undo takes it back",
    break: ({ services }) => {
      services["kubelet"] = { exists: true, enabled: true, state: "inactive", subState: "dead" };
    },
    fix: "start the kubelet",
    canUndo: true,
  },
  {
    what: "only restarts a service does not say so",
    break: ({ api }) => {
      delete api[nodePath];
    },
    kubelet: ({ api }) => {
      api[nodePath] = { body: JSON.stringify(readyNode) };
    },
    fix: "restart the kubelet, so that it registers its Node again",
    canUndo: false,
  },
];

it.each(rows)("a fix that $what", async ({ break: breakIt, kubelet, fix, canUndo }) => {
  const worker = await healthyWorker();
  breakIt(worker);
  const host = hostOf(worker);
  for (const action of ["start", "restart"] as const) host.services.react(action, "kubelet", () => kubelet?.(worker));
  const ports = memoryPorts();
  const invocation: DoctorInvocation = {
    path: "kubeadm doctor",
    args: [],
    flags: {
      fix: true,
      force: true,
      undo: false,
      wait: 0,
      report: "",
      output: "text",
      "allow-missing-template-keys": true,
      "show-managed-fields": false,
    },
    global: { rootfs: "", v: 0, vmodule: [] },
    changed: new Set(),
    ports,
  };
  const { state } = await fixMachine(invocation, portsOf(worker, {}, host));
  const hint = canUndo ? "[doctor] `kubeadm doctor --undo` reverts this.\n" : "";
  expect({ state, stderr: ports.stderr.text() }).toEqual({
    state: "ok",
    stderr: `[doctor] Fix: ${fix}\n[doctor] Done: ${fix}\n${hint}`,
  });
});
