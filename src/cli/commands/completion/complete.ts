import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { type CommandSpec, defineCommand } from "../../line/command.ts";

/**
 * What the scripts of `kubeadm completion` ask, with `--` before the words; without it, what scripts of cobra's ask.
 * `root` comes as a function: this is one of its commands.
 */
export function completeCommand(root: () => CommandSpec): CommandSpec {
  return defineCommand({
    name: "__complete",
    argument: "[--] word ...",
    short: "Complete the last word; called by the scripts of kubeadm completion",
    hidden: true,
    args: { kind: "any" },
    takesEveryWord: true,
    flags: {},
    run: async ({ args, ports }) => {
      if (args[0] !== "--") return answerCobra(args, { root, ports, withDescriptions: true });
      const { complete, completionText } = await import("../../completion/complete.ts");
      ports.stdout.write(completionText(await complete(root(), args.slice(1))));
      return 0;
    },
  });
}

/** The same for scripts of cobra's that show no descriptions. */
export function completeWithoutDescriptionsCommand(root: () => CommandSpec): CommandSpec {
  return defineCommand({
    name: "__completeNoDesc",
    argument: "word ...",
    short: "Complete the last word, without descriptions",
    hidden: true,
    args: { kind: "any" },
    takesEveryWord: true,
    flags: {},
    run: ({ args, ports }) => answerCobra(args, { root, ports, withDescriptions: false }),
  });
}

async function answerCobra(
  words: readonly string[],
  options: {
    readonly root: () => CommandSpec;
    readonly ports: Parameters<NonNullable<CommandSpec["run"]>>[0]["ports"];
    readonly withDescriptions: boolean;
  },
): Promise<number> {
  if (words.length === 0) throw new KubeadmError("USAGE", "requires at least 1 arg(s), only received 0");
  const { complete } = await import("../../completion/complete.ts");
  const { cobraAnswer } = await import("../../completion/cobra-answer.ts");
  const { root, ports, withDescriptions } = options;
  const { candidates, directive } = cobraAnswer(await complete(root(), words), withDescriptions);
  ports.stdout.write(candidates);
  ports.stderr.write(directive);
  return 0;
}
