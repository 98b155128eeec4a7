import type { Lab } from "../../lab/lab.ts";
import type { LabHost } from "../../lab/lab-host.ts";
import {
  checkArguments,
  commandTimeoutMs,
  controlPlaneLab,
  leaves,
} from "../support/control-plane/control-plane-lab.ts";
import { serveText } from "../support/join/lab-stage.ts";
import type { Outcome, RunningKubeadm } from "../support/join/stage.ts";
import type { WalkMachine, WalkWorld } from "./walk-world.ts";

const administrator = { KUBECONFIG: "/etc/kubernetes/admin.conf" };

/** Real machines, and a shell on each. */
export async function labWorld(name: string): Promise<WalkWorld & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await controlPlaneLab(name));
  const { lab } = cluster;
  const hosts = new Map<string, LabHost>();
  const served: AsyncDisposable[] = [];
  stack.defer(async () => {
    for (const each of served) await each[Symbol.asyncDispose]();
  });
  const hostOf = async (machine: string) => {
    const host = hosts.get(machine) ?? (await cluster.addHost(machine));
    hosts.set(machine, host);
    return host;
  };
  const kept = stack.move();
  return {
    makeCluster: async (machine) => {
      const { stdout } = await cluster.init("ours", await hostOf(machine));
      return {
        endpoint: lab.cluster.endpoint,
        certificateKey: /--certificate-key ([0-9a-f]{64})/.exec(stdout)?.[1] ?? "",
        caPin: /--discovery-token-ca-cert-hash (sha256:[0-9a-f]{64})/.exec(stdout)?.[1] ?? "",
      };
    },
    machine: async (machine) => labMachine(await hostOf(machine), lab),
    request: async (method, path, body) => {
      const verb = { GET: "get", POST: "create", PUT: "replace", DELETE: "delete" }[method];
      const input = body === undefined ? [] : ["--filename", "-"];
      const result = await lab.kubectl([verb, "--raw", path, ...input], { input: JSON.stringify(body ?? "") });
      if (result.exitCode !== 0 && result.stderr.includes("(NotFound)")) return undefined;
      if (result.exitCode !== 0) throw new Error(`${method} ${path}: ${result.stderr}`);
      return JSON.parse(result.stdout) as unknown;
    },
    serveText: async (text, path) => {
      const made = await serveText(lab, text, path);
      served.push(made);
      return made;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function labMachine(host: LabHost, lab: Lab): WalkMachine {
  return {
    hostname: host.name,
    address: host.address,
    type: (commandLine) => type(host, withCheckArguments(commandLine)),
    read: async (path) => (await host.readFile(path)).toString("utf8"),
    write: (path, content, mode) => host.writeFile(path, content, mode),
    becomesNode: async (nodeName) => void (await lab.waitForNode(nodeName, { timeoutMs: commandTimeoutMs })),
    leave: async (nodeName) => {
      await leaves(lab, host, "ours");
      await lab.kubectl(["delete", "node", nodeName, "--ignore-not-found"]);
    },
  };
}

/** What this kind of machine cannot satisfy: control groups of version 1. */
function withCheckArguments(commandLine: string): string {
  return commandLine.replace(/^kubeadm join (?!.*--help)(?!phase (?!preflight))(phase preflight )?/, (start) =>
    [start.trim(), ...checkArguments, ""].join(" "),
  );
}

function type(host: LabHost, commandLine: string): RunningKubeadm {
  let output = "";
  const result = host.run(["bash", "-c", `cd /root\n${commandLine}`], {
    timeoutMs: commandTimeoutMs,
    env: administrator,
    onOutput: (_stream, chunk) => {
      output += chunk.toString("utf8");
    },
  });
  const ended = result.then(({ exitCode, stdout, stderr }): Outcome => ({ status: exitCode, stdout, stderr }));
  return { output: () => output, ended };
}
