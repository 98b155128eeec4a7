import { afterAll, beforeAll, expect, test } from "vitest";
import { cgroupVersion, UPSTREAM } from "../../lab/cluster.ts";
import { ignoredChecks } from "../../lab/cluster-config.ts";
import { Lab } from "../../lab/lab.ts";
import type { LabHost } from "../../lab/lab-host.ts";
import { programCopy } from "../support/join/program-copy.ts";

let lab: Lab;
let host: LabHost;
let program: ReturnType<typeof programCopy>;

beforeAll(async () => {
  program = programCopy();
  lab = await Lab.open({ name: "token-tests", say: (text) => void process.stderr.write(`${text}\n`) });
  await lab.initCluster();
  host = await lab.addHost("t1", { kubeadm: program.path });
  const kubeconfig = await lab.host(lab.cluster.controlPlane).readFile("/etc/kubernetes/admin.conf");
  await host.writeFile("/etc/kubernetes/admin.conf", kubeconfig, 0o600);
});
afterAll(async () => {
  await lab?.down();
  program?.[Symbol.dispose]();
});

const ours = (...args: readonly string[]) => host.mustRun(["kubeadm", "token", ...args]);
const upstreams = (...args: readonly string[]) => host.mustRun([UPSTREAM, "token", ...args]);
const makers = [
  { maker: "ours", make: ours, other: upstreams },
  { maker: "upstream's", make: upstreams, other: ours },
];

test.each(makers)("a token that $maker made is the same to both, and the other deletes it", async ({ make, other }) => {
  const token = (await make("create", "--description", "for w1", "--ttl", "2h")).trim();
  expect(await ours("list")).toBe(await upstreams("list"));
  expect(await ours("list", "-o", "json")).toBe(await upstreams("list", "-o", "json"));
  expect(await ours("list", "-o", "yaml")).toContain(`token: ${token}\n`);
  const id = token.slice(0, 6);
  expect(await other("delete", token)).toBe(`bootstrap token "${id}" deleted\n`);
  expect(await make("list")).not.toContain(id);
});

test("both print the same line for the same token, and a machine joins by ours", async () => {
  const [token, twin] = ["aaaaaa.0123456789abcdef", "bbbbbb.0123456789abcdef"];
  const line = await ours("create", token, "--print-join-command");
  expect((await upstreams("create", twin, "--print-join-command")).replace(twin, token)).toBe(line);
  const worker = await lab.addHost("w1", { kubeadm: program.path });
  const [, ...words] = line.trim().split(/\s+/);
  const ignored = ["--ignore-preflight-errors", ignoredChecks(cgroupVersion()).join(",")];
  const { exitCode, stderr } = await worker.run(["kubeadm", ...words, ...ignored], { timeoutMs: 120_000 });
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
});
