import { describe, expect, it } from "vitest";
import { bareMachine, nodeWith } from "../../../../test/fixtures/kubeadm/control-plane/control-plane-node.ts";
import { staticPodMachine } from "../../../../test/fixtures/kubeadm/control-plane/replacement/static-pod-kubelet.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { componentPod } from "../write-component-manifests.ts";
import { killWithoutEtcd, stopServingWithoutEtcd } from "./api-server-without-etcd.ts";

/** A machine with an API server, and how its container is stopped: milliseconds that it gets for that. */
function machineWith(servers = "https://127.0.0.1:2379") {
  const manifest = writeYaml(componentPod("kube-apiserver", nodeWith({}), bareMachine));
  const machine = staticPodMachine({
    "kube-apiserver": manifest.replace("--etcd-servers=https://127.0.0.1:2379", `--etcd-servers=${servers}`),
  });
  const stops: number[] = [];
  const connectRuntime = () => {
    const client = machine.ports.connectRuntime();
    // It waits for the end of its watches.
    const stopContainer: typeof client.stopContainer = (_id, { graceMs }) => {
      stops.push(graceMs);
      return new Promise(() => undefined);
    };
    return { ...client, stopContainer };
  };
  const { clock } = machine.host;
  return { stops, clock, runtime: machine.runtime, ports: { ...machine.ports, connectRuntime } };
}

describe("an API server that is about to lose its only etcd", () => {
  it("has half a minute for its requests, and the upgrade continues when it refuses others", async () => {
    const { stops, clock, ports } = machineWith();
    await stopServingWithoutEtcd(async () => clock.monotonic() >= 700, ports);
    expect(stops).toEqual([30_000]);
    expect(clock.monotonic()).toBe(700);
  });

  it("does not hold the upgrade up if it continues serving", async () => {
    const { clock, ports } = machineWith();
    await stopServingWithoutEtcd(async () => false, ports);
    expect(clock.monotonic()).toBe(5_000);
  });

  it.each(["https://127.0.0.1:2379,https://192.0.2.11:2379", "https://192.0.2.11:2379"])(
    "is left alone if it uses %s",
    async (servers) => {
      const { stops, ports } = machineWith(servers);
      await stopServingWithoutEtcd(async () => false, ports);
      expect(stops).toEqual([]);
    },
  );
});

describe("an API server that has lost its only etcd", () => {
  it("is killed even if its container is just being started again", async () => {
    const { runtime, clock, ports } = machineWith();
    const [id = "", containers = []] =
      [...runtime.containers].find(([each]) => each.startsWith("kube-apiserver")) ?? [];
    runtime.containers.set(id, []);
    const killed: number[] = [];
    const connectRuntime = () => {
      const client = ports.connectRuntime();
      if (clock.monotonic() >= 800) runtime.containers.set(id, containers);
      return { ...client, stopContainer: async () => void killed.push(clock.monotonic()) };
    };
    await killWithoutEtcd({ ...ports, connectRuntime });
    expect(killed).toEqual([800]);
  });

  it("is not waited for if it does not start again", async () => {
    const { runtime, clock, ports } = machineWith();
    runtime.containers.clear();
    await killWithoutEtcd(ports);
    expect(clock.monotonic()).toBe(2_000);
  });
});
