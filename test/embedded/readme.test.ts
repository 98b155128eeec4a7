// What README.md tells people to type, typed on machines without root.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type ClusterMachine, type EmbeddedCluster, embeddedCluster } from "../../src/embedded/index.ts";
import { memoryPorts } from "../fixtures/cli/memory-ports.ts";
import { kubeadm, type Outcome } from "../support/control-plane/kubeadm.ts";
import { limitMs } from "../support/control-plane/stage.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The command lines below a heading, each in one line and without sudo. */
function commandsBelow(heading: string): readonly string[] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const [, block = ""] = /^```sh\n(.*?)^```/ms.exec(section) ?? [];
  return block
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/^sudo /, ""));
}

describe("the walk through a cluster with several control planes", { timeout: limitMs }, () => {
  const commands = commandsBelow("A cluster with several control planes");
  const [init = "", controlPlane = "", worker = "", token = "", certificates = "", ...others] = commands;
  const [plan = "", apply = "", node = "", reset = ""] = others;
  let cluster: EmbeddedCluster;
  const machines: ClusterMachine[] = [];
  let first: Outcome;

  const type = (machine: ClusterMachine | undefined, line: string) => {
    if (machine === undefined) throw new Error("there is no such machine");
    const found = (pattern: RegExp) => pattern.exec(first?.stdout ?? "")?.[1] ?? "";
    const typed = line
      .replace("k8s.example.org:6443", cluster.endpoint)
      .replace("<token>", found(/--token (\S+)/))
      .replace("<hash>", found(/sha256:(\w+)/))
      .replace("<key>", found(/--certificate-key (\w+)/));
    const [program, ...args] = typed.split(" ");
    expect(program).toBe("kubeadm");
    return kubeadm(machine, args);
  };

  beforeAll(async () => {
    cluster = await embeddedCluster();
    for (const name of ["cp1", "cp2", "w1"]) machines.push(await cluster.machine(name));
    first = await type(machines[0], init);
  }, limitMs);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  test("init prints the two commands for the other machines, exactly as shown there", () => {
    expect(first.status, first.stderr).toBe(0);
    const printed = first.stdout
      .replaceAll(/ ?\\\n\t ?/g, " ")
      .replaceAll(/--token \S+/g, "--token <token>")
      .replaceAll(/sha256:\w+/g, "sha256:<hash>")
      .replaceAll(/--certificate-key \w+/g, "--certificate-key <key>")
      .replaceAll(cluster.endpoint, "k8s.example.org:6443")
      .split("\n")
      .map((line) => line.trim().replaceAll(/ +/g, " "));
    expect(printed).toContain(controlPlane);
    expect(printed).toContain(worker);
  });

  test("the others join, as a control plane and as a worker", async () => {
    for (const [machine, line] of [
      [machines[1], controlPlane],
      [machines[2], worker],
    ] as const) {
      const outcome = await type(machine, line);
      expect(outcome.status, outcome.stderr).toBe(0);
    }
    expect(cluster.etcdMembers()).toHaveLength(2);
  });

  test("a new token and a new key are printed by a control plane", async () => {
    expect((await type(machines[0], token)).stdout).toMatch(
      /^kubeadm join \S+ --token \S+ --discovery-token-ca-cert-hash /,
    );
    expect((await type(machines[0], certificates)).stdout).toMatch(/\n[0-9a-f]{64}\n/);
  });

  test("the cluster is upgraded, here to the version that it has", async () => {
    const kubeletIsDone = "The kubelet configuration for this node was successfully upgraded!";
    for (const [machine, line, expected] of [
      // Without a version it would ask the release servers.
      [machines[0], `${plan} v1.37.2`, "Target version: v1.37.2"],
      [machines[0], `${apply} --yes`, 'SUCCESS! A control plane node of your cluster was upgraded to "v1.37.2"'],
      [machines[1], node, kubeletIsDone],
      [machines[2], node, kubeletIsDone],
    ] as const) {
      const outcome = await type(machine, line);
      expect(outcome.status, outcome.stderr).toBe(0);
      expect(outcome.stdout).toContain(expected);
    }
  });

  test("a reset lists what it leaves", async () => {
    const outcome = await type(machines[2], `${reset} --force`);
    expect(outcome.status, outcome.stderr).toBe(0);
    expect(outcome.stdout + outcome.stderr).toContain("kubectl delete node w1");
  });
});

describe("every command of docs/commands.md", () => {
  const page = readFileSync(new URL("../../docs/commands.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z][^`]*)` \|/gm)].map(([, cell = ""]) => cell.replaceAll("\\", ""));
  const commands = rows.flatMap((cell) => {
    const [name = "", rest = ""] = cell.split(" ");
    return /^[a-z]/.test(rest) && name !== "completion" ? rest.split("|").map((child) => [name, child]) : [[name]];
  });

  test.each(commands.map((words) => [words.join(" "), words] as const))("%s has help", async (_, words) => {
    const ports = memoryPorts();
    expect(await main([...words, "--help"], ports)).toBe(0);
    expect(ports.stdout.text()).toContain(`kubeadm ${words.join(" ")}`);
  });

  test("and the table has every command", async () => {
    const ports = memoryPorts();
    await main(["--help"], ports);
    const listed = [...ports.stdout.text().matchAll(/^ {2}([a-z]+) {2,}[A-Z]/gm)].map(([, name]) => name);
    expect([...new Set(commands.map(([name]) => name)), "help"].sort()).toEqual(listed.sort());
  });
});
