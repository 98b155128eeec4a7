import { spawn } from "node:child_process";
import { resolve } from "node:path";
import type { Command, CommandLine } from "./command-line.ts";
import { HELP } from "./command-line.ts";
import { eraseAbandonedLabs, eraseLab } from "./erase-lab.ts";
import { Lab } from "./lab.ts";
import { HOST_ENVIRONMENT } from "./lab-host.ts";
import { loadState } from "./lab-state.ts";
import { cacheDirectory } from "./parts/part-store.ts";
import { ensureParts } from "./parts/parts.ts";
import { type Say, step } from "./progress.ts";
import type { Argv, CommandResult } from "./run-command.ts";
import { clusterVersion } from "./versions.ts";

interface Context {
  readonly name: string;
  readonly say: Say;
  readonly signal: AbortSignal;
}

/** Returns the exit code. */
export async function runCommandLine(
  { lab: name, command }: CommandLine,
  say: Say,
  signal: AbortSignal,
): Promise<number> {
  const context = { name, say, signal };
  switch (command.name) {
    case "help":
      process.stdout.write(HELP);
      return 0;
    case "build":
      await ensureParts(
        { cache: cacheDirectory(), say, signal },
        clusterVersion(command.version),
        command.upgradeTo === undefined ? undefined : clusterVersion(command.upgradeTo),
      );
      return 0;
    case "up":
      return up(context, command);
    case "status":
      return status(context);
    case "down":
      await step(say, `ending the lab ${name}`, () => eraseLab(cacheDirectory(), name));
      return 0;
    case "clean": {
      const erased = await eraseAbandonedLabs(cacheDirectory(), say);
      if (erased.length === 0) say("no killed run has left anything");
      return 0;
    }
    default:
      return onLab(await Lab.attach(context), context, command);
  }
}

type LabCommand = Exclude<Command, { name: "help" | "build" | "up" | "status" | "down" | "clean" }>;

async function onLab(lab: Lab, { say, signal }: Context, command: LabCommand): Promise<number> {
  switch (command.name) {
    case "host add": {
      const kubeadm = command.kubeadm === undefined ? undefined : resolve(command.kubeadm);
      const host = await step(say, `adding the host ${command.host}`, () =>
        lab.addHost(command.host, { kubeadm, signal }),
      );
      say(`${host.name} has the address ${host.address}`);
      return 0;
    }
    case "host remove":
      await step(say, `removing the host ${command.host}`, () => lab.removeHost(command.host));
      return 0;
    case "join": {
      const { controlPlane } = command;
      const host = lab.host(command.host);
      const result = await step(say, `joining ${host.name}`, () => lab.join(host, { controlPlane, signal }));
      return print(result);
    }
    case "exec":
      return inherit(lab.host(command.host).enter(command.argv), hostEnvironment());
    case "shell":
      return inherit(lab.host(command.host).enter(["bash", "--login"]), hostEnvironment());
    case "kubectl":
      return inherit(lab.kubectlCommand(command.argv), { ...process.env, KUBECONFIG: lab.kubeconfig });
  }
}

async function up({ name, say, signal }: Context, command: Extract<Command, { name: "up" }>): Promise<number> {
  const { version, upgradeTo, subnet } = command;
  const lab = await Lab.open({ name, kubernetes: version, upgradeTo, subnet, say, signal });
  try {
    if (command.init) {
      const host = await step(say, "adding the host cp1", () => lab.addHost("cp1", { signal }));
      await step(say, "making the cluster", () => lab.initCluster({ host, signal }));
    }
    for (let number = 1; number <= command.workers; number += 1) {
      const host = await step(say, `adding the host w${number}`, () => lab.addHost(`w${number}`, { signal }));
      const result = await step(say, `joining ${host.name}`, () => lab.join(host, { signal }));
      if (result.exitCode !== 0) throw new Error(`${host.name} could not join:\n${result.stderr}`);
    }
    await lab.keep();
    return 0;
  } catch (error) {
    await step(say, `ending the lab ${name}`, () => lab.down());
    throw error;
  }
}

async function status({ name }: Context): Promise<number> {
  const state = loadState(cacheDirectory(), name);
  if (state === undefined) {
    process.stdout.write(`the lab ${name} is down\n`);
    return 1;
  }
  process.stdout.write(`lab ${name}, Kubernetes ${state.kubernetes}\n`);
  for (const host of state.hosts) {
    const role = state.cluster?.controlPlane === host.name ? "first control plane" : "";
    process.stdout.write(
      `  ${host.name.padEnd(16)} ${host.address.padEnd(15)} pid ${host.init?.pid ?? "–"}  ${role}`.trimEnd(),
    );
    process.stdout.write("\n");
  }
  if (state.cluster === undefined) return 0;
  const lab = await Lab.attach({ name });
  return print(
    await lab.kubectl(["get", "nodes,pods", "--all-namespaces", "--output", "wide", "--request-timeout", "5s"]),
  );
}

function print(result: CommandResult): number {
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  return result.exitCode;
}

function hostEnvironment(): NodeJS.ProcessEnv {
  return { ...HOST_ENVIRONMENT, TERM: process.env["TERM"] };
}

/** Runs a command in place of this process: with its terminal, input and Ctrl-C. */
function inherit([program, ...args]: Argv, env: NodeJS.ProcessEnv): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: "inherit", env });
  child.once("error", reject);
  child.once("close", (code) => resolve(code ?? 1));
  return promise;
}
