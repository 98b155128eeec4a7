import { goQuote } from "../../go/quote.ts";
import { type CommandSpec, defineCommand } from "../line/command.ts";
import { findCommand } from "../line/dispatch.ts";
import { helpText, usageText } from "../line/help.ts";

/** Returns the command `help`. `root` is a function because the help command is one of its subcommands. */
export function helpCommand(root: () => CommandSpec): CommandSpec {
  return defineCommand({
    name: "help",
    argument: "[command]",
    argumentValues: "commands",
    short: "Help about any command",
    long: "Help about any command: `kubeadm help join phase` is the same as `kubeadm join phase --help`.",
    args: { kind: "any" },
    flags: {},
    run: async ({ args, ports }) => {
      const found = await findCommand(root(), args).catch(() => undefined);
      if (found === undefined) {
        const topics = args.map((word) => (/[`\n]/.test(word) ? goQuote(word) : `\`${word}\``)).join(" ");
        ports.stderr.write(`Unknown help topic [${topics}]\n${usageText([root()])}`);
      } else {
        ports.stdout.write(helpText(found.chain));
      }
      return 0;
    },
  });
}
