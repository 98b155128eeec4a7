import { describe, expect, it } from "vitest";
import { completionWorld, isInstalled } from "./shells.ts";

const world = completionWorld();

/** Fish completes a line without a terminal: one candidate a line, a tab before its description. */
function offered(line: string): readonly string[] {
  const script = "kubeadm completion fish | source; complete -C $argv[1]";
  const { stdout, stderr } = world.run("fish", ["--no-config", "-c", script, line]);
  expect(stderr).toBe("");
  return stdout.split("\n").slice(0, -1);
}

describe.skipIf(!isInstalled("fish"))("fish [needs fish]", () => {
  it.each([
    ["a command", "kubeadm jo", ["join\tJoin this machine to an existing cluster"]],
    ["a flag", "kubeadm token create --des", ["--description\tDescription of what the token is for"]],
    ["a flag's value", "kubeadm version -o sh", ["short"]],
    ["a value behind =", "kubeadm version --output=sh", ["--output=short"]],
    ["one more of a list", "kubeadm reset --skip-phases=preflight,cl", ["--skip-phases=preflight,cleanup-node"]],
    ["a value with colons", "kubeadm reset --cri-socket unix:///var/run/crio", ["unix:///var/run/crio/crio.sock"]],
    ["files", "kubeadm join --config jo", ["join.yaml"]],
    ["files behind =", "kubeadm join --config=jo", ["--config=join.yaml"]],
    ["directories, one with a blank", "kubeadm join --patches pa", ["patches dir/"]],
    [
      "words behind a quoted one",
      'kubeadm token create --description "a b" --us',
      [expect.stringMatching(/^--usages\t/)],
    ],
    ["nothing, not even files, for a command that is not there", "kubeadm jion ", []],
    ["a program that is called by its path", `${world.program} vers`, ["version\tPrint the version of kubeadm"]],
  ])("completes %s: %s", (_, line, expected) => {
    expect(offered(line).map((each) => each.replace(/\tDirectory$/, ""))).toEqual(expected);
  });

  it("offers the sub-commands with what they do", () => {
    expect(offered("kubeadm token ").map((each) => each.split("\t")[0])).toEqual([
      "create",
      "delete",
      "generate",
      "list",
    ]);
  });
});
