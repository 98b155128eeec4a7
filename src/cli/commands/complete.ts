import { type CommandSpec, defineCommand } from "../command.ts";

/** What the scripts of `kubeadm completion` ask. `root` comes as a function: this is one of its commands. */
export function completeCommand(root: () => CommandSpec): CommandSpec {
  return defineCommand({
    name: "__complete",
    argument: "-- [word] ...",
    short: "Complete the last of the words, for the scripts of kubeadm completion",
    hidden: true,
    args: { kind: "any" },
    flags: {},
    run: async ({ args, ports }) => {
      const { complete, completionText } = await import("../completion/complete.ts");
      ports.stdout.write(completionText(await complete(root(), args)));
      return 0;
    },
  });
}
