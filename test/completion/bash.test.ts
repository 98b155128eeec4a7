import { describe, expect, it } from "vitest";
import { completionWorld } from "./shells.ts";

const world = completionWorld();

/**
 * What bash offers for a line with the cursor at its end. Bash splits a line at blanks and at the characters of
 * COMP_WORDBREAKS, a run of which is a word of its own; that is done here as readline does it.
 */
function offered(line: string, breaks = " \t\n\"'@><=;|&(:"): readonly string[] {
  const separators = [...breaks].filter((each) => each === "=" || each === ":").join("");
  const words = line.split(" ").flatMap((word) => {
    if (separators === "") return [word];
    return word === "" ? [""] : word.split(new RegExp(`([${separators}]+)`)).filter((part) => part !== "");
  });
  const script = `
    set -u
    source <(kubeadm completion bash)
    compopt() { echo "option $*"; }
    COMP_WORDBREAKS=$BREAKS
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$LINE COMP_POINT=\${#LINE}
    __start_kubeadm "$1" "\${!#}" ""
    ((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = world.run("bash", ["--norc", "-c", script, "bash", ...words], {
    LINE: line,
    BREAKS: breaks,
  });
  expect(stderr).toBe("");
  return stdout.split("\n").slice(0, -1);
}

describe("bash", () => {
  it.each([
    ["a command", "kubeadm jo", ["join"]],
    ["sub-commands", "kubeadm token ", ["create", "delete", "generate", "list"]],
    ["a flag", "kubeadm token create --des", ["--description"]],
    ["a flag's value", "kubeadm version -o sh", ["short"]],
    ["a value behind =, without what readline keeps", "kubeadm version --output=sh", ["short"]],
    ["a value just behind =", "kubeadm version --output=", ["yaml", "json", "short"]],
    ["a value with colons", "kubeadm reset --cri-socket unix:///var/run/crio", ["///var/run/crio/crio.sock"]],
    ["one more of a list", "kubeadm reset --skip-phases=preflight,cl", ["option -o nospace", "preflight,cleanup-node"]],
    ["a form that continues", "kubeadm token list -o jsonpath-f", ["option -o nospace", "jsonpath-file="]],
    ["files", "kubeadm join --config jo", ["option -o filenames", "join.yaml"]],
    ["files behind =", "kubeadm join --config=jo", ["option -o filenames", "join.yaml"]],
    ["files behind two =", "kubeadm token list --output=jsonpath-file=jo", ["option -o filenames", "join.yaml"]],
    ["directories, one with a blank", "kubeadm join --patches ", ["option -o filenames", "patches dir"]],
    ["words behind a quoted one", 'kubeadm token create --description "a" --us', ["--usages"]],
    ["nothing for a command that is not there", "kubeadm jion ", []],
    ["a program that is called by its path", `${world.program} vers`, ["version"]],
    ["a program by a path from home", "~/bin/kubeadm vers", ["version"]],
    ["an alias", "k vers", ["version"]],
  ])("completes %s: %s", (_, line, expected) => {
    expect(offered(line)).toEqual(expected);
  });

  it("gives whole words where = and : do not break them", () => {
    expect(offered("kubeadm version --output=sh", " \t\n")).toEqual(["--output=short"]);
    expect(offered("kubeadm join --config=jo", " \t\n")).toEqual(["option -o filenames", "--config=join.yaml"]);
  });

  it("offers nothing where the program fails, and says nothing", () => {
    const script = `
      source <(kubeadm completion bash)
      PATH=/usr/bin:/bin COMP_WORDS=(kubeadm jo) COMP_CWORD=1 COMP_LINE="kubeadm jo" COMP_POINT=10
      hash -r
      __start_kubeadm
      echo "\${#COMPREPLY[@]}"`;
    expect(world.run("bash", ["--norc", "-c", script])).toEqual({ stdout: "0\n", stderr: "", status: 0 });
  });
});
