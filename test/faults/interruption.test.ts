import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { eventually } from "../support/join/cluster-actions.ts";
import { programCopy } from "../support/join/program-copy.ts";
import { watchSlowness } from "../support/slowness.ts";
import { mute } from "./servers.ts";
import {
  joinArguments,
  machineTree,
  makeWorld,
  patient,
  type RunningKubeadm,
  startKubeadm,
  type World,
  type WorldOptions,
} from "./world.ts";

const endsWithinMs = 1_500;
/** The journal says where the same command continues. */
const written = /^\/etc\/kubernetes|^\/var\/lib\/kubelet|^\/var\/lib\/kubeadm/;

interface Moment {
  /** A sentence: when the signal comes. */
  readonly name: string;
  readonly world?: WorldOptions;
  readonly arguments: (world: World) => readonly string[] | Promise<readonly string[]>;
  readonly reached: (world: World, running: RunningKubeadm) => boolean;
  readonly phase: string;
  /** Paths that stay: what an earlier phase has finished is not undone. */
  readonly leaves?: RegExp;
}

const moments: readonly Moment[] = [
  {
    name: "while it waits for a server that is not there",
    arguments: async (world) => joinArguments(world, { endpoint: `127.0.0.1:${await freePort()}`, timeouts: patient }),
    reached: (_world, running) => running.output().includes("connection refused"),
    phase: "preflight",
  },
  {
    name: "while a server takes its time",
    arguments: async (world) => {
      const server = await mute();
      world.keep(server);
      return joinArguments(world, { endpoint: server.endpoint, timeouts: patient });
    },
    reached: (_world, running) => running.output().includes("does not complete the TLS handshake"),
    phase: "preflight",
  },
  {
    name: "while it waits for a signature of its token",
    arguments: (world) => joinArguments(world, { token: "zzzzzz.0123456789abcdef", timeouts: patient }),
    reached: (_world, running) => running.output().includes("could not find a JWS signature"),
    phase: "preflight",
  },
  {
    name: "while it reads the cluster's configuration",
    arguments: (world) => {
      world.controlPlane.faults.add({
        match: { resource: "configmaps", name: "kubelet-config" },
        action: { kind: "hang" },
      });
      return joinArguments(world, { timeouts: patient });
    },
    reached: (_world, running) => running.output().includes("does not respond to it"),
    phase: "preflight",
  },
  {
    name: "while it asks for the Node of its name",
    arguments: (world) => {
      world.controlPlane.faults.add({ match: { resource: "nodes", verb: "get" }, action: { kind: "hang" } });
      return joinArguments(world, { timeouts: patient });
    },
    reached: (_world, running) => running.output().includes("does not respond to it"),
    phase: "kubelet-start",
  },
  {
    name: "while its certificate signing request waits for a signature",
    world: { controlPlane: { stoppedControllers: ["csrsigning"] } },
    arguments: (world) => joinArguments(world, { timeouts: patient }),
    reached: (world) => existsSync(world.root.inside("/etc/kubernetes/bootstrap-kubelet.conf")),
    phase: "kubelet-start",
  },
  {
    name: "while it waits for a healthy kubelet",
    arguments: (world) => joinArguments(world, { timeouts: patient }),
    reached: (_world, running) => running.output().includes("Waiting for a healthy kubelet"),
    phase: "kubelet-wait-bootstrap",
    leaves: written,
  },
  {
    name: "while the kubelet waits for its certificate",
    world: { kubelet: {}, controlPlane: { stoppedControllers: ["csrsigning"] } },
    arguments: (world) => joinArguments(world, { timeouts: patient }),
    reached: (_world, running) => running.output().includes("to perform the TLS Bootstrap"),
    phase: "kubelet-wait-bootstrap",
    leaves: written,
  },
];

describe("a join that is interrupted", () => {
  let program: ReturnType<typeof programCopy>;
  beforeAll(() => {
    program = programCopy();
  });
  afterAll(() => program[Symbol.dispose]());

  describe.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s", (signal, status) => {
    test.concurrent.each(moments.map((moment) => [moment.name, moment] as const))(
      "%s",
      async (_name, moment) => {
        await using world = await makeWorld(moment.world);
        const args = await moment.arguments(world);
        const before = machineTree(world.root);
        const running = startKubeadm(world, args, { program: program.path });
        await eventually(moment.name, async () => moment.reached(world, running));
        const sent = performance.now();
        using watch = watchSlowness();
        running.process.kill(signal);
        const outcome = await running.ended;
        expect(performance.now() - sent).toBeLessThan(endsWithinMs * watch.factor());
        expect(outcome.status, outcome.stderr).toBe(status);
        expect(outcome.stderr).toContain(`error: interrupted in phase ${moment.phase}`);
        expect(outcome.stderr).toContain("code: CANCELLED");
        const after = machineTree(world.root);
        expect(before.filter((line) => !after.includes(line))).toEqual([]);
        const left = after.filter((line) => !before.includes(line));
        expect(left.filter((line) => moment.leaves?.test(line.split(" ")[1] ?? "") !== true)).toEqual([]);
        expect(left.filter((line) => line.includes("bootstrap-kubelet.conf"))).toEqual([]);
      },
      180_000,
    );
  });

  test("immediately by a second signal", async () => {
    await using world = await makeWorld();
    const args = joinArguments(world, { endpoint: `127.0.0.1:${await freePort()}`, timeouts: patient });
    const running = startKubeadm(world, args, { program: program.path });
    await eventually("the wait", async () => running.output().includes("connection refused"));
    running.process.kill("SIGINT");
    running.process.kill("SIGINT");
    expect((await running.ended).status).toBe(130);
  }, 150_000);

  test("by SIGKILL is continued by the same command", async () => {
    await using world = await makeWorld({ controlPlane: { stoppedControllers: ["csrsigning"] } });
    const running = startKubeadm(world, joinArguments(world, { timeouts: patient }), { program: program.path });
    // The CA is the second of the two files: when it is there, so is bootstrap-kubelet.conf.
    const authority = world.root.inside("/etc/kubernetes/pki/ca.crt");
    await eventually("ca.crt", async () => existsSync(authority));
    running.process.kill("SIGKILL");
    await running.ended;
    // Timeouts may differ, and this machine has no kubelet.
    const args = joinArguments(world, { timeouts: { ...patient, kubeletHealthCheck: "1s" } });
    const next = await startKubeadm(world, args, { program: program.path }).ended;
    expect(next.stdout).toMatch(
      /^\[run\] Continuing the join of "w1" to ".*" that stopped \d+ seconds? ago in kubelet-start$/m,
    );
    expect(next.stderr).toContain("code: KUBELET_UNHEALTHY");
    expect(next.stderr).not.toContain("already exists");
  }, 150_000);
});
