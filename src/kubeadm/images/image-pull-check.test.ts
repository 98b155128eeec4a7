import { describe, expect, it } from "vitest";
import { type MemoryRuntime, memoryContainerRuntimes, memoryRuntime } from "../../../test/fixtures/cri/memory.ts";
import { containerd, machine, told } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import type { Event } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { type ImagesToPull, imagePull } from "./image-pull-check.ts";

async function pulled(runtime: MemoryRuntime, more: Partial<ImagesToPull> = {}) {
  const events: Event[] = [];
  const check = imagePull({
    criSocket: containerd,
    images: ["a:1", "b:2"],
    sandboxImage: "pause:3.10.1",
    policy: "IfNotPresent",
    serial: true,
    events: eventsTo(
      (event) => events.push(event),
      () => new Date(0),
    ),
    ...more,
  });
  const { lines } = await told([check], machine({}, memoryContainerRuntimes({ [containerd]: runtime })));
  const warnings = events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { lines, warnings, pulls: runtime.calls.filter((call) => call.startsWith("pullImage")) };
}

/** The lines of the wait while images are pulled for so many seconds of a clock that does not tick on its own. */
async function waitLines(
  runtime: MemoryRuntime,
  more: Partial<ImagesToPull>,
  seconds: number,
  onEvent: (event: Event) => void = () => undefined,
): Promise<readonly string[]> {
  const clock = memoryClock();
  const stop = new AbortController();
  const told: Event[] = [];
  const check = imagePull({
    criSocket: containerd,
    images: [],
    sandboxImage: "pause:3.10.1",
    policy: "IfNotPresent",
    serial: true,
    events: eventsTo(
      (event) => {
        told.push(event);
        onEvent(event);
      },
      () => new Date(0),
    ),
    ...more,
  });
  const { ports } = machine({}, memoryContainerRuntimes({ [containerd]: runtime }));
  const running = check.run({ ...ports, clock }, stop.signal);
  running.catch(() => undefined);
  for (let second = 0; second < seconds; second++) await clock.advance(1_000);
  stop.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  return told.flatMap((event) =>
    event.type === "wait.progress" ? [`${event.what}: ${event.reason} (${event.elapsedMs / 1_000}s)`] : [],
  );
}

const notFound = new ContainerRuntimeError("other", "rpc error: code = NotFound desc = not found");
const refused = new ContainerRuntimeError("other", "rpc error: code = Unknown desc = dial tcp: refused");

describe("pulling images", () => {
  it("pulls what is not there, in order", async () => {
    const result = await pulled(memoryRuntime({ images: new Set(["a:1"]) }));
    expect(result).toEqual({ lines: [], warnings: [], pulls: ["pullImage b:2"] });
  });

  it.each<[policy: string, pulls: string[], lines: string[]]>([
    ["Always", ["pullImage a:1", "pullImage b:2"], []],
    ["Never", [], []],
    ["Sometimes", [], ['ERROR ImagePull: unsupported pull policy "Sometimes"']],
  ])("follows the policy %s", async (policy, pulls, lines) => {
    const result = await pulled(memoryRuntime({ images: new Set(["a:1", "b:2"]) }), { policy });
    expect(result).toMatchObject({ pulls, lines });
  });

  it("tries five times and reports each image that fails, pulled serially or in parallel", async () => {
    const failing = () => memoryRuntime({ failures: new Map([["pullImage", notFound]]) });
    const messages = ["a:1", "b:2"].map(
      (image) => `failed to pull image ${image}: failed to pull image ${image}: not found`,
    );
    const serial = await pulled(failing());
    expect(serial.lines).toEqual(messages.map((message) => `ERROR ImagePull: ${message}`));
    expect(serial.pulls).toHaveLength(10);
    const parallel = await pulled(failing(), { serial: false });
    expect(parallel.lines).toEqual([`ERROR ImagePull: [${messages.join(", ")}]`]);
  });

  it("does not wait long for every image of a registry that cannot be reached", async () => {
    const runtime = memoryRuntime({ failures: new Map([["pullImage", refused]]) });
    const { lines, pulls } = await pulled(runtime, { images: ["r/a:1", "r/b:2", "s/c:3", "r/d:4"] });
    const times = (image: string) => pulls.filter((call) => call === `pullImage ${image}`).length;
    expect(["r/a:1", "r/b:2", "s/c:3", "r/d:4"].map(times)).toEqual([5, 1, 5, 1]);
    expect(lines).toHaveLength(4);
    expect(lines[3]).toBe("ERROR ImagePull: failed to pull image r/d:4: failed to pull image r/d:4: dial tcp: refused");
  });

  it.each<[order: string, serial: boolean, lines: string[]]>([
    [
      "one by one",
      true,
      ["pull of b:2: 1 of 3 images are present (10s)", "pull of b:2: 1 of 3 images are present (20s)"],
    ],
    [
      "in parallel",
      false,
      ["pull of b:2, c:3: 1 of 3 images are present (10s)", "pull of b:2, c:3: 1 of 3 images are present (20s)"],
    ],
  ])("says every ten seconds which image is pulled and how many are there: %s", async (_order, serial, lines) => {
    const runtime = memoryRuntime({ images: new Set(["a:1"]), failures: new Map([["pullImage", "hang"]]) });
    expect(await waitLines(runtime, { images: ["a:1", "b:2", "c:3"], serial }, 25)).toEqual(lines);
  });

  it("says what went wrong before, while it tries again", async () => {
    const runtime = memoryRuntime({ failures: new Map([["pullImage", notFound]]) });
    const hangsLater = () => {
      if (runtime.calls.includes("pullImage a:1")) runtime.failures.set("pullImage", "hang");
    };
    expect(await waitLines(runtime, { images: ["a:1", "b:2"] }, 15, hangsLater)).toEqual([
      "pull of a:1: 0 of 2 images are present; retrying after: not found (10s)",
    ]);
  });

  it("warns where the runtime's sandbox image is another", async () => {
    const info = { config: '{"sandboxImage":"pause:3.8"}' };
    expect((await pulled(memoryRuntime({ info }))).warnings).toEqual([
      'detected that the sandbox image "pause:3.8" of the container runtime is inconsistent with that used by kubeadm. It is ' +
        'recommended to use "pause:3.10.1" as the CRI sandbox image.',
    ]);
  });

  it("reports a missing runtime", async () => {
    const { lines } = await pulled(memoryRuntime(), { criSocket: "unix:///nowhere.sock" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^ERROR ImagePull: could not connect to the container runtime: /);
  });
});
