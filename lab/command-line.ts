import { parseArgs } from "node:util";
import { DEFAULT_SUBNET } from "./addresses.ts";
import { NEXT_VERSION_PROGRAMS } from "./parts/host-layer.ts";
import { CLUSTER_VERSIONS, DEFAULT_VERSION } from "./versions.ts";

export const HELP = `The lab: a real Kubernetes on this machine, on test hosts with their own systemd, containerd and network.

Usage:
  lab build                       Build the parts only (the first time: 12 minutes on two cores; nothing to do later)
  lab up                          Make a control plane cp1 with upstream's kubeadm
  lab status                      Show the hosts and the cluster
  lab host add NAME               Start a fresh host, ready to be joined
  lab host remove NAME            Remove a host, like a power cut
  lab join NAME                   Join a host with upstream's kubeadm
  lab exec NAME -- COMMAND…       Run a command in a host
  lab shell NAME                  Open a shell in a host
  lab kubectl -- ARGUMENT…        Run kubectl against the cluster
  lab down                        Remove the lab and release everything that it uses
  lab clean                       Remove the labs that killed runs left

Flags:
  --lab NAME             Which lab (default "default"); labs with different names run in parallel
  --version VERSION      up, build: Kubernetes version, one of ${CLUSTER_VERSIONS.map((v) => v.kubernetes).join(", ")}
                         (default ${DEFAULT_VERSION})
  --upgrade-to VERSION   up, build: hosts also have the images of this version, and its kubeadm, kubelet and kubectl in
                         ${NEXT_VERSION_PROGRAMS}
  --subnet CIDR          up: the hosts' /24 (default ${DEFAULT_SUBNET}; several labs may use the same)
  --no-init              up: only the network, no host and no cluster
  --workers N            up: also add and join workers w1 … wN (default 0)
  --kubeadm FILE         host add: program to install as /usr/bin/kubeadm; upstream's is /usr/local/bin/kubeadm-upstream
  --control-plane        join: as a further control plane
  -h, --help             Show this page

Parts are kept in $KUBEADM_LAB_CACHE, by default \${XDG_CACHE_HOME:-~/.cache}/kubeadm-lab.
The lab must run as root. It installs the Debian packages that it needs, and needs Go 1.26.
`;

export type Command =
  | { readonly name: "help" }
  | { readonly name: "build"; readonly version: string; readonly upgradeTo?: string | undefined }
  | {
      readonly name: "up";
      readonly version: string;
      readonly upgradeTo?: string | undefined;
      readonly subnet: string;
      readonly init: boolean;
      readonly workers: number;
    }
  | { readonly name: "status" | "down" | "clean" }
  | { readonly name: "host add"; readonly host: string; readonly kubeadm?: string | undefined }
  | { readonly name: "host remove" | "shell"; readonly host: string }
  | { readonly name: "join"; readonly host: string; readonly controlPlane: boolean }
  | { readonly name: "exec"; readonly host: string; readonly argv: readonly [string, ...string[]] }
  | { readonly name: "kubectl"; readonly argv: readonly string[] };

export interface CommandLine {
  readonly lab: string;
  readonly command: Command;
}

export class UsageError extends Error {}

export function parseCommandLine(argv: readonly string[]): CommandLine {
  const split = argv.indexOf("--");
  const own = split === -1 ? argv : argv.slice(0, split);
  const rest = split === -1 ? [] : argv.slice(split + 1);
  const { values, positionals } = parseFlags(own);
  const command = values.help ? { name: "help" as const } : findCommand(positionals, rest, values);
  return { lab: values.lab, command };
}

type Flags = ReturnType<typeof parseFlags>["values"];

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        lab: { type: "string", default: "default" },
        version: { type: "string", default: DEFAULT_VERSION },
        "upgrade-to": { type: "string" },
        subnet: { type: "string", default: DEFAULT_SUBNET },
        "no-init": { type: "boolean", default: false },
        workers: { type: "string", default: "0" },
        kubeadm: { type: "string" },
        "control-plane": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function findCommand(positionals: readonly string[], rest: readonly string[], flags: Flags): Command {
  const [first = "help", second, third, ...surplus] = positionals;
  const named = first === "host" ? `host ${second ?? ""}`.trim() : first;
  const operands = (first === "host" ? [third, ...surplus] : [second, third, ...surplus]).filter(
    (o) => o !== undefined,
  );
  const takesHost = ["host add", "host remove", "shell", "join", "exec"].includes(named);
  if (operands.length > (takesHost ? 1 : 0))
    throw new UsageError(`too many arguments for "lab ${named}": ${operands.join(" ")}`);
  if (rest.length > 0 && named !== "exec" && named !== "kubectl")
    throw new UsageError(`"lab ${named}" runs no command`);
  const [host] = operands;
  if (takesHost && host === undefined) throw new UsageError(`"lab ${named}" needs the name of a host`);
  return makeCommand(named, host ?? "", rest, flags);
}

function makeCommand(named: string, host: string, rest: readonly string[], flags: Flags): Command {
  switch (named) {
    case "help":
    case "status":
    case "down":
    case "clean":
      return { name: named };
    case "build":
      return { name: named, version: flags.version, upgradeTo: flags["upgrade-to"] };
    case "up": {
      const workers = Number(flags.workers);
      if (!Number.isInteger(workers) || workers < 0)
        throw new UsageError(`--workers takes a number, not "${flags.workers}"`);
      return {
        name: named,
        version: flags.version,
        upgradeTo: flags["upgrade-to"],
        subnet: flags.subnet,
        init: !flags["no-init"],
        workers,
      };
    }
    case "host add":
      return { name: named, host, kubeadm: flags.kubeadm };
    case "host remove":
    case "shell":
      return { name: named, host };
    case "join":
      return { name: named, host, controlPlane: flags["control-plane"] };
    case "exec": {
      const [program, ...args] = rest;
      if (program === undefined) throw new UsageError('"lab exec" needs a command after --');
      return { name: named, host, argv: [program, ...args] };
    }
    case "kubectl":
      return { name: named, argv: rest };
    default:
      throw new UsageError(`there is no command "lab ${named}"`);
  }
}
