import { describe, expect, it } from "vitest";
import { commandChains } from "../../../test/golden/command-tree.ts";
import { flagsOf, pathOf } from "../line/command-chain.ts";
import { noOptDefaultOf } from "../line/flag-types.ts";
import { rootCommand } from "../root.ts";
import { complete, completionText, phaseNames, sourceOf } from "./complete.ts";

/** The words of a line; the last one, which may be empty, is completed. */
const at = (line: string) => complete(rootCommand(), line.split(" "));
const checksOfCluster = [
  "ControlPlaneNodesReady",
  "CoreDNSMigration",
  "CoreDNSUnsupportedPlugins",
  "CreateJob",
  "StaticPodManifest",
];
const checksOfMachine = ["ContainerRuntimeVersion", "ImagePull", "IsPrivilegedUser", "SystemVerification"];
const valuesAt = async (line: string) => (await at(line)).candidates.map(({ value }) => value);

describe("words that begin as typed", () => {
  it.each([
    ["commands", "jo", ["join"]],
    ["all commands that are listed", "", expect.arrayContaining(["completion", "config", "help", "token", "version"])],
    ["sub-commands", "token c", ["create"]],
    ["sub-commands behind flags", "--v 5 config --kubeconfig x im", ["images"]],
    ["phases as commands", "join phase kubelet-", ["kubelet-start", "kubelet-wait-bootstrap"]],
    ["nothing below a command that is not there", "jion ", []],
    ["nothing for a word that no command begins with", "zz", []],
    ["nothing that is hidden", "al", []],
    ["topics of help", "help tok", ["token"]],
    ["topics of help below a command", "help token ", ["create", "delete", "generate", "list"]],
    ["shells", "completion ", ["bash", "fish", "powershell", "zsh"]],
    ["no second shell", "completion bash z", []],
    ["flags", "token create --des", ["--description"]],
    ["global flags", "version --v", ["--v", "--vmodule"]],
    ["no flag twice", "version --v 1 --v", ["--vmodule"]],
    ["no flag twice by its shorthand", "version -v1 --v", ["--vmodule"]],
    ["lists again", "join --skip-phases x --skip", ["--skip-phases"]],
    ["no flags behind --", "token create -- --des", []],
    ["forms of output", "version -o ", ["yaml", "json", "short"]],
    ["forms of output behind =", "version --output=s", ["short"]],
    ["forms of a run", "join -o ", ["text", "json"]],
    ["true and false behind =", "join --dry-run=", ["true", "false"]],
    ["no value of a bool in a word of its own", "token create --dry-run f", []],
    ["phases to skip", "join --skip-phases pre", ["preflight"]],
    ["a further phase, none twice", "reset --skip-phases=preflight,", ["remove-etcd-member", "cleanup-node"]],
    ["checks", "join --ignore-preflight-errors Sw", ["Swap"]],
    [
      "checks of upgrade apply",
      "upgrade apply --ignore-preflight-errors ",
      ["all", ...checksOfCluster, ...checksOfMachine],
    ],
    ["the same for its phase", "upgrade apply phase preflight --ignore-preflight-errors Cr", ["CreateJob"]],
    [
      "checks of upgrade plan",
      "upgrade plan --ignore-preflight-errors ",
      ["all", ...checksOfCluster, "IsPrivilegedUser"],
    ],
    [
      "checks of upgrade node, which asks no cluster",
      "upgrade node --ignore-preflight-errors ",
      ["all", ...checksOfMachine],
    ],
    ["no checks of a new node for an upgrade", "upgrade apply --ignore-preflight-errors Num", []],
    ["the only check of reset", "reset --ignore-preflight-errors ", ["all", "IsPrivilegedUser"]],
    ["sockets", "reset --cri-socket unix:///var/run/crio", ["unix:///var/run/crio/crio.sock"]],
    ["components", "config print init-defaults --component-configs KubeP", ["KubeProxyConfiguration"]],
    [
      "feature gates",
      "config images list --feature-gates=",
      ["RootlessControlPlane=true", "RootlessControlPlane=false"],
    ],
    ["nothing for a token", "join --token ", []],
    ["nothing for a flag that is not there", "join --nope=", []],
    ["flags where there is nothing else", "token generate ", expect.arrayContaining(["--help", "--rootfs"])],
  ])("%s: %s", async (_, line, expected) => {
    expect(await valuesAt(line)).toEqual(expected);
  });
});

describe("what the shell itself has to offer", () => {
  it.each([
    ["join --config ", "files", ""],
    ["join --config=/etc", "files", "--config="],
    ["join --patches ", "directories", ""],
    ["--rootfs ", "directories", ""],
    ["token list -o jsonpath-file=x", "files", "jsonpath-file="],
    ["token list --output=go-template-file=/t", "files", "--output=go-template-file="],
  ])("%s: %s", async (line, kind, prefix) => {
    expect(await at(line)).toEqual({ kind, prefix, candidates: [] });
  });
});

describe("what continues behind a candidate", () => {
  it.each([
    ["join --skip-phases ", "open"],
    ["token list -o jsonpath=", "open"],
    ["token list -o js", "words"],
    ["jo", "words"],
  ])("%s: %s", async (line, kind) => {
    expect((await at(line)).kind).toBe(kind);
  });
});

it("a candidate is a line, its description behind a tab", async () => {
  expect(completionText(await at("token d"))).toBe("words\n\ndelete\tDelete bootstrap tokens from the cluster\n");
});

it("phases are named as --skip-phases wants them", () => {
  const lines = ["certs", "  /ca", "  /sa", "kubelet-start"].map((label) => ({ label, summary: "" }));
  expect(phaseNames(lines)).toEqual(["certs", "certs/ca", "certs/sa", "kubelet-start"]);
});

describe("every flag with a value is thought of", async () => {
  it.each((await commandChains(rootCommand())).map((chain) => [pathOf(chain), chain] as const))("of %s", (_, chain) => {
    const { local, inherited } = flagsOf(chain);
    const unknown = Object.entries({ ...local, ...inherited })
      .filter(([, flag]) => noOptDefaultOf(flag) === undefined && sourceOf(flag) === undefined)
      .map(([name]) => name);
    expect(unknown).toEqual([]);
  });
});
