import { KubeadmError, messageOf, withContext } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Host } from "../../../host/host.ts";
import { defaultCriSocket, detectCriSocket, withSocketScheme } from "../../config/fields/cri-socket.ts";
import { readInstanceSocket } from "../../kubelet/instance-socket.ts";
import { kubeletInstanceConfigurationPath } from "../../paths.ts";

interface SocketPorts {
  readonly host: Pick<Host, "files" | "network">;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** Returns the socket that this machine's kubelet uses; without its file, the only one that answers. */
export async function kubeletSocket(nodeName: string, { host, events, signal }: SocketPorts): Promise<string> {
  const own = await configuredSocket(nodeName, host);
  if (own !== undefined) return own === "" ? own : withSocketScheme(own, events);
  const file = goQuote(kubeletInstanceConfigurationPath);
  const lacks = `Node ${goQuote(nodeName)} lacks a kubelet instance config file ${file}; attempting auto-detection`;
  events.emit("warning", { message: lacks });
  try {
    return await detectCriSocket(host.network, { events, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const message = `Auto-detection of CRI socket failed for node ${goQuote(nodeName)}: ${messageOf(error)}; falling back to default ${goQuote(defaultCriSocket)}`;
    events.emit("warning", { message });
    return defaultCriSocket;
  }
}

async function configuredSocket(nodeName: string, { files }: Pick<Host, "files">): Promise<string | undefined> {
  const context = `failed to get node registration: could not read kubelet instance configuration on node ${goQuote(nodeName)}`;
  try {
    return await readInstanceSocket(files);
  } catch (error) {
    if (!(error instanceof FileError)) throw withContext(error, context);
    const path = kubeletInstanceConfigurationPath;
    const message = `${context}: could not read kubelet configuration file ${goQuote(path)}: ${error.message}`;
    throw new KubeadmError("CONFIG_UNREADABLE", message, { cause: error, details: { file: path } });
  }
}
