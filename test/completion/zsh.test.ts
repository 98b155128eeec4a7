import { describe, expect, it } from "vitest";
import { script } from "../../src/cli/completion/script.ts";
import { completionWorld, isInstalled } from "./shells.ts";

const world = completionWorld();

/**
 * Zsh completes at a terminal only: a shell in a pseudo terminal of its own gets one line after the other with a tab, and
 * then a key that writes the line as it stands.
 */
const driver = script`
zmodload zsh/zpty
zpty -b shell zsh -f -i
send() { zpty -w -n shell "$1" }
until_there() {
  local text
  for try in {1..100}; do
    while zpty -r shell text; do :; done
    [[ -e $1 ]] && return
    sleep 0.05
  done
}
send 'PS1= RPS1=; autoload -Uz compinit; compinit -u -D; unsetopt beep auto_menu; source <(kubeadm completion zsh); '
send 'written() { print -r -- "$BUFFER" > $HOME/line.new; mv $HOME/line.new $HOME/line }; zle -N written; '
send $'bindkey "^X" written; bindkey "^I" complete-word; bindkey "^U" kill-whole-line; : > $HOME/ready\n'
until_there $HOME/ready
for line in "\${(@f)ASKED}"; do
  send $'\x15'$line$'\t\x18'
  until_there $HOME/line
  cat $HOME/line
  rm -f $HOME/line
done
zpty -d shell
`;

const cases = [
  ["a command", "kubeadm jo", "kubeadm join "],
  ["what all sub-commands have in common", "kubeadm join phase kub", "kubeadm join phase kubelet-"],
  ["a flag", "kubeadm token create --des", "kubeadm token create --description "],
  ["a flag's value", "kubeadm version -o sh", "kubeadm version -o short "],
  ["a value behind =", "kubeadm version --output=sh", "kubeadm version --output=short "],
  [
    "one more of a list",
    "kubeadm reset --skip-phases=preflight,cl",
    "kubeadm reset --skip-phases=preflight,cleanup-node",
  ],
  [
    "a value with colons",
    "kubeadm reset --cri-socket unix:///var/run/crio",
    "kubeadm reset --cri-socket unix:///var/run/crio/crio.sock ",
  ],
  ["files", "kubeadm join --config jo", "kubeadm join --config join.yaml "],
  ["files behind =", "kubeadm join --config=jo", "kubeadm join --config=join.yaml "],
  ["directories, one with a blank", "kubeadm join --patches pa", String.raw`kubeadm join --patches patches\ dir/`],
  ["nothing for a command that is not there", "kubeadm jion x", "kubeadm jion x"],
] as const;

describe.skipIf(!isInstalled("zsh"))("zsh [needs zsh]", () => {
  it("completes lines at a terminal", () => {
    const asked = cases.map(([, line]) => line).join("\n");
    const { stdout, stderr } = world.run("zsh", ["-f", "-c", driver], { ASKED: asked });
    expect(stderr).toBe("");
    const completed = stdout.split("\n");
    expect(cases.map(([what], index) => [what, completed[index]])).toEqual(cases.map(([what, , line]) => [what, line]));
  });

  it("loads the script as an autoloaded function, too", () => {
    const script =
      'kubeadm completion zsh > _kubeadm && fpath=($PWD $fpath) && autoload -Uz compinit && compinit -u -D && print -r -- "$_comps[kubeadm]"; rm _kubeadm';
    expect(world.run("zsh", ["-f", "-c", script])).toEqual({ stdout: "_kubeadm\n", stderr: "", status: 0 });
  });
});
