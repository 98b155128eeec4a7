import { orElse } from "../../async/or-else.ts";
import type { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { knownCriSockets, socketPath } from "../config/fields/cri-socket.ts";
import type { PreflightPorts } from "./check.ts";

export const containerdConfigurationPath = "/etc/containerd/config.toml";

/** Returns why CRI v1 does not respond at the socket and what to do, in the operator's terms rather than gRPC's. */
export async function explainRuntimeFailure(
  { files }: Pick<PreflightPorts, "files">,
  { criSocket, error }: { readonly criSocket: string; readonly error: ContainerRuntimeError },
): Promise<string | undefined> {
  switch (error.code) {
    case "unimplemented":
      return explainUnimplemented(files, criSocket);
    case "unavailable":
      return explainUnavailable(files, criSocket);
    case "timed-out":
      return `The runtime accepts connections but does not respond. Restart ${runtimeService(criSocket)} and check its log.`;
    default:
      return undefined;
  }
}

async function explainUnimplemented(files: Files, criSocket: string): Promise<string> {
  if (runtimeService(criSocket) !== "containerd") return "The program behind the socket does not speak CRI v1.";
  const found = disabledCriPlugin(await readConfiguration(files));
  if (found === undefined) {
    return (
      "containerd runs without CRI v1: it is older than 1.6, or its CRI plugin did not start. 'ctr plugins ls' and " +
      "'journalctl -u containerd' say why."
    );
  }
  return (
    `The CRI plugin is disabled in ${containerdConfigurationPath} line ${found.line}: ${found.text}. ` +
    `Remove ${found.plugin} from the list and run 'systemctl restart containerd'.`
  );
}

async function explainUnavailable(files: Files, criSocket: string): Promise<string> {
  const path = socketPath(criSocket);
  const service = runtimeService(criSocket);
  if ((await files.status(path)) !== undefined) {
    return `The socket ${path} exists but nothing listens on it. Start ${service} and check its log: 'systemctl status ${service}'.`;
  }
  const others = await existingSockets(files, criSocket);
  if (others.length > 0)
    return `${path} does not exist, but ${others.join(" and ")} does: select it with --cri-socket.`;
  return `${path} does not exist. Install and start a container runtime, or set its socket with --cri-socket.`;
}

async function existingSockets(files: Files, criSocket: string): Promise<readonly string[]> {
  const others = knownCriSockets.filter((socket) => socket !== criSocket);
  const found = await Promise.all(others.map((socket) => files.status(socketPath(socket))));
  return others.filter((_, index) => found[index]?.kind === "socket");
}

/** Returns the name of the service that serves a socket. */
export function runtimeService(criSocket: string): string {
  if (criSocket.includes("crio")) return "crio";
  return criSocket.includes("dockerd") ? "cri-docker" : "containerd";
}

async function readConfiguration(files: Files): Promise<string> {
  return orElse("", FileError, () => files.readText(containerdConfigurationPath, { maxBytes: 1024 ** 2 }));
}

export interface DisabledPlugin {
  /** The line where the list begins, counted from 1. */
  readonly line: number;
  /** The content of the line. */
  readonly text: string;
  /** The entry, with its quotes. */
  readonly plugin: string;
}

/** Returns the entry of containerd's `disabled_plugins` that disables CRI; the list may span several lines. */
export function disabledCriPlugin(toml: string): DisabledPlugin | undefined {
  const lines = toml.split("\n").map(withoutComment);
  const start = lines.findIndex((line) => /^\s*disabled_plugins\s*=/.test(line));
  if (start < 0) return undefined;
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => line.includes("]"));
  const list = rest.slice(0, end < 0 ? 1 : end + 1).join(" ");
  const plugin = /(["'])(cri|io\.containerd\.grpc\.v1\.cri|io\.containerd\.cri\.v1\.(?:runtime|images))\1/.exec(list);
  return plugin === null ? undefined : { line: start + 1, text: (lines[start] ?? "").trim(), plugin: plugin[0] };
}

function withoutComment(line: string): string {
  return /^((?:[^#"']|"[^"]*"|'[^']*')*)/.exec(line)?.[1] ?? line;
}
