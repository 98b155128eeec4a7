// A machine whose services are managed by runit joins a cluster: a port of one's own is given to the join.
//
//   node examples/service-manager/main.ts
//
// On a machine of your own: `const host = localHost()`, and `ports: { host: { ...host, services: runitServices(host) } }`.
import { type CommandResult, type Commands, type Host, joinCluster } from "kubeadm-ts";
import type { RunningKubelet } from "kubeadm-ts/testing";
import { clusterToJoin } from "../support/cluster-to-join.ts";
import { runitServices } from "./runit-services.ts";

await using stage = await clusterToJoin();
const machine = await stage.cluster.machine("w1");
const calls: string[] = [];
const host = withRunit(machine.ports.host, machine.kubelet);

const { nodeName } = await joinCluster({
  flags: stage.flags,
  ports: { ...machine.ports, host: { ...host, services: runitServices(host) } },
});
console.log(JSON.stringify({ nodeName, calls }));

/** The embedded machine with runit's `sv`, which starts and stops its kubelet. */
function withRunit(base: Host, kubelet: RunningKubelet | undefined): Host {
  let isUp = true;
  const sv = async (words: readonly string[]): Promise<CommandResult> => {
    calls.push(["sv", ...words].join(" "));
    const verb = words.at(-2);
    if (words.at(-1) !== "kubelet" || kubelet === undefined) {
      return { exitCode: 1, stdout: "fail: unable to change to service directory\n", stderr: "" };
    }
    if (verb !== "status") {
      isUp = verb !== "stop";
      await kubelet.command(isUp ? "restart" : "stop");
    }
    const stdout = isUp ? `run: kubelet: (pid ${kubelet.pid}) 1s\n` : "down: kubelet: 1s, normally up\n";
    return { exitCode: 0, stdout, stderr: "" };
  };
  const commands: Commands = {
    find: async (name) => (name === "sv" ? "/usr/bin/sv" : base.commands.find(name)),
    run: async (argv, options) => (argv[0] === "sv" ? sv(argv.slice(1)) : base.commands.run(argv, options)),
  };
  return { ...base, commands };
}
