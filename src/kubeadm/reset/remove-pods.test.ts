import { describe, expect, it } from "vitest";
import { ContainerRuntimeError, type PodSandbox } from "../../cri/container-runtime.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { removePods } from "./remove-pods.ts";

const pod = (id: string): PodSandbox => ({ id, name: id, namespace: "default", uid: id, ready: true });

/** A runtime with one pod. `refuse` says why a removal fails; `afterRemoval` what comes up meanwhile. */
function runtimeWith(behavior: { refuse?: () => string | undefined; afterRemoval?: () => PodSandbox | undefined }) {
  let pods = [pod("p1")];
  return {
    podSandboxes: async () => pods,
    stopPodSandbox: async () => undefined,
    removePodSandbox: async (id: string) => {
      const reason = behavior.refuse?.();
      if (reason !== undefined) throw new ContainerRuntimeError("other", reason);
      const late = behavior.afterRemoval?.();
      pods = [...pods.filter((known) => known.id !== id), ...(late === undefined ? [] : [late])];
    },
  };
}

async function remove(runtime: ReturnType<typeof runtimeWith>, clock = memoryClock({ automatic: true })) {
  const removed: string[] = [];
  const onRemoved = ({ id }: PodSandbox) => void removed.push(id);
  const [settled] = await Promise.allSettled([
    removePods({ runtime, clock, signal: new AbortController().signal, onRemoved }),
  ]);
  return { settled, removed };
}

describe("removing all pods", () => {
  it("waits for the runtime to have done what a kubelet that is gone asked of it", async () => {
    const clock = memoryClock({ automatic: true });
    const begun = clock.monotonic();
    const refuse = () =>
      clock.monotonic() - begun < 900 ? "container is in starting state, can't be removed" : undefined;
    const { settled, removed } = await remove(runtimeWith({ refuse }), clock);
    expect(settled).toMatchObject({ status: "fulfilled" });
    expect(removed).toEqual(["p1"]);
  });

  it("asks again a runtime that was too busy to list its pods", async () => {
    const runtime = runtimeWith({});
    const answers = [new ContainerRuntimeError("timed-out", "context deadline exceeded")];
    const podSandboxes = async () => {
      const failure = answers.pop();
      if (failure !== undefined) throw failure;
      return runtime.podSandboxes();
    };
    expect(await remove({ ...runtime, podSandboxes })).toMatchObject({ removed: ["p1"] });
  });

  it("removes a pod too that comes up while others are removed", async () => {
    const late = [pod("p2")];
    const { settled, removed } = await remove(runtimeWith({ afterRemoval: () => late.pop() }));
    expect(settled).toMatchObject({ status: "fulfilled" });
    expect(removed).toEqual(["p1", "p2"]);
  });

  it("ends where a kubelet that still runs brings new ones for ever", async () => {
    let made = 1;
    const afterRemoval = () => pod(`p${++made}`);
    const { settled } = await remove(runtimeWith({ afterRemoval }));
    expect(settled).toMatchObject({ status: "rejected", reason: { message: "new Pods keep appearing: p6" } });
  });
});
