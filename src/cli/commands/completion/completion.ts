import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";
import { bashScript } from "../../completion/bash-script.ts";
import { fishScript } from "../../completion/fish-script.ts";
import { powershellScript } from "../../completion/powershell-script.ts";
import { zshScript } from "../../completion/zsh-script.ts";
import { type CommandSpec, defineCommand } from "../../line/command.ts";
import { completionSummary } from "../summaries.ts";

const scripts = { bash: bashScript, fish: fishScript, powershell: powershellScript, zsh: zshScript };
const shells = Object.keys(scripts);

export const completionCommand: CommandSpec = defineCommand({
  ...completionSummary,
  argument: "SHELL",
  argumentValues: shells,
  long: `Prints a completion script for a shell (${shells.join(", ")}). It completes commands, flags and their values. The script calls kubeadm for each completion, so you do not need to update it when you update kubeadm.`,
  example: `  # Load completion in the current shell. For fish: kubeadm completion fish | source;
  # for PowerShell: kubeadm completion powershell | Out-String | Invoke-Expression
  source <(kubeadm completion bash)

  # Load completion in every new shell on this machine
  kubeadm completion bash > /etc/bash_completion.d/kubeadm
  kubeadm completion zsh > /usr/local/share/zsh/site-functions/_kubeadm
  kubeadm completion fish > /etc/fish/completions/kubeadm.fish
  kubeadm completion powershell >> $PROFILE

  # Complete the alias k for kubeadm, in bash
  complete -F __start_kubeadm k`,
  args: { kind: "any" },
  flags: {},
  run: async ({ args, ports }) => {
    const [shell] = args;
    if (shell === undefined) throw usage("shell not specified");
    if (args.length > 1) throw usage("too many arguments. expected only the shell type");
    if (!isShell(shell)) {
      throw usage(`unsupported shell type ${goQuote(shell)}, the supported shell types are [${shells.join(" ")}]`);
    }
    ports.stdout.write(scripts[shell]);
    return 0;
  },
});

function isShell(word: string): word is keyof typeof scripts {
  return Object.hasOwn(scripts, word);
}

function usage(message: string): KubeadmError {
  return new KubeadmError("USAGE", message, {
    remedy: `Specify one shell: ${shells.map((shell) => `\`kubeadm completion ${shell}\``).join(", ")}.`,
  });
}
