import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pathOf } from "../../src/cli/line/command-chain.ts";
import { rootCommand } from "../../src/cli/root.ts";
import { checkout } from "../build/artifact.ts";
import { isInstalled } from "../completion/shells.ts";
import { commandChains } from "../golden/command-tree.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const directory = temporaryDirectory().path;

const run = (program: string, ...argv: readonly string[]) =>
  spawnSync(program, argv, {
    encoding: "utf8",
    cwd: checkout,
    env: { ...process.env, MANWIDTH: "80", LC_ALL: "C.UTF-8" },
  });

const made = run(process.execPath, join(checkout, "scripts/man.ts"), join(directory, "man"));
const files = () => readdirSync(join(directory, "man")).map((file) => join(directory, "man", file));

it("there is a page for every command that is listed, and no other", async () => {
  expect(made.stderr).toBe("");
  const chains = await commandChains(rootCommand());
  const listed = chains.filter((chain) => chain.every(({ hidden }) => hidden !== true));
  const names = listed.map((chain) => `${pathOf(chain).replaceAll(" ", "-")}.1`);
  expect(readdirSync(join(directory, "man")).sort()).toEqual([...names].sort());
});

it("the same day makes the same page", () => {
  const again = join(directory, "again");
  const options = { cwd: checkout, env: { ...process.env, SOURCE_DATE_EPOCH: "86400" } };
  spawnSync(process.execPath, [join(checkout, "scripts/man.ts"), again], options);
  expect(readFileSync(join(again, "kubeadm.1"), "utf8")).toMatch(/^\.TH "KUBEADM" 1 "1970-01-02" /);
});

describe.skipIf(!isInstalled("groff"))("groff [needs groff]", () => {
  it("has nothing to say of any page", () => {
    const { stdout, stderr, status } = run("groff", "-man", "-ww", "-z", "-Tutf8", ...files());
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
  });

  it("shows the page of join as it is meant", () => {
    const { stdout } = run("groff", "-man", "-Tascii", "-P-cbou", join(directory, "man/kubeadm-join.1"));
    expect(stdout).toMatch(/^NAME\n {7}kubeadm-join - Join this machine to/m);
    expect(stdout).toMatch(
      /^SYNOPSIS\n {7}kubeadm join \[api-server-endpoint\] \[flags\]\n {7}kubeadm join COMMAND \[flags\]$/m,
    );
    expect(stdout).toMatch(/^ {7}--discovery-token-ca-cert-hash strings\n {14}Accept only/m);
    expect(stdout).toMatch(/^SEE ALSO\n {7}kubeadm\(1\), kubeadm-join-phase\(1\)$/m);
  });
});

describe.skipIf(!isInstalled("mandoc"))("mandoc [needs mandoc]", () => {
  it("finds nothing that is not portable", () => {
    const { stdout, stderr } = run("mandoc", "-Tlint", "-Wwarning", ...files());
    expect(stdout + stderr).toBe("");
  });
});
