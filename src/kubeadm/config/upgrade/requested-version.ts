import { KubeadmError } from "../../../errors/kubeadm-error.ts";

/**
 * Returns the only argument, even an empty one, or else the version of the configuration file: several arguments are
 * ignored, same as upstream.
 */
export function onlyArgument(args: readonly string[], fromFile: string): string {
  const [only, ...more] = args;
  return only === undefined || more.length > 0 ? fromFile : only;
}

/**
 * Returns the version that `upgrade apply` upgrades to, as it was typed: the argument, or else that of the configuration
 * file. With a version in the file, several arguments are ignored, same as upstream.
 */
export function requestedVersion(args: readonly string[], fromFile: string): string {
  if (fromFile !== "") return onlyArgument(args, fromFile);
  if (args.length > 1) throw wrongArguments("too many arguments");
  const [only = ""] = args;
  if (only === "") throw wrongArguments("missing one or more required arguments");
  return only;
}

function wrongArguments(problem: string): KubeadmError {
  return new KubeadmError("USAGE", `${problem}. Required arguments: [version]`, {
    remedy:
      "Name the version to upgrade to, for example `kubeadm upgrade apply v1.37.2`. `kubeadm upgrade plan` shows the versions.",
  });
}
