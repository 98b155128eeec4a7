import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { goQuote } from "../../../go/quote.ts";
import { parseGoUrl, UrlError } from "../../../go/url.ts";
import type { Network } from "../../../host/host.ts";
import { type FieldError, invalidValue } from "../documents/field-error.ts";

export const defaultCriSocket = "unix:///var/run/containerd/containerd.sock";

/** Checked in this order. */
export const knownCriSockets = [defaultCriSocket, "unix:///var/run/crio/crio.sock", "unix:///var/run/cri-dockerd.sock"];

/** Returns the file path of `unix:///path`; other text unchanged. */
export function socketPath(criSocket: string): string {
  return criSocket.startsWith("unix://") ? criSocket.slice("unix://".length) : criSocket;
}

/**
 * Returns the socket of the only container runtime of this machine, or containerd's default socket if there is none.
 * Throws if there are several.
 */
export async function detectCriSocket(
  network: Pick<Network, "canConnect">,
  options: { readonly signal: AbortSignal; readonly events: Events },
): Promise<string> {
  const answers = await Promise.all(
    knownCriSockets.map((socket) => network.canConnect(socketPath(socket), options.signal)),
  );
  const found = knownCriSockets.filter((_, index) => answers[index]);
  if (found.length > 1) {
    const message =
      "found multiple CRI endpoints on the host. Please define which one do you wish to use by setting the 'criSocket' " +
      `field in the kubeadm configuration file: ${found.join(", ")}`;
    throw new KubeadmError("CONFIG_INVALID", message, {
      details: { sockets: found },
      remedy: `Choose one: --cri-socket ${found[0] ?? defaultCriSocket}, or nodeRegistration.criSocket in the file.`,
    });
  }
  const [only] = found;
  if (only === undefined) return defaultCriSocket;
  options.events.emit("log", { level: 1, message: `detected and using CRI socket: ${only}` });
  return only;
}

/** Prefixes a socket without scheme with `unix://`, with upstream's warning; "unix…" is unchanged. */
export function withSocketScheme(criSocket: string, events: Events): string {
  if (criSocket.startsWith("unix")) return criSocket;
  events.emit("warning", {
    message:
      "Usage of CRI endpoints without URL scheme is deprecated and can cause kubelet errors in the future. " +
      `Automatically prepending scheme "unix" to the "criSocket" with value ${goQuote(criSocket)}. ` +
      "Please update your configuration!",
  });
  return `unix://${criSocket}`;
}

export function validateCriSocket(criSocket: string, path: string): readonly FieldError[] {
  if (criSocket === "") return [invalidValue(path, criSocket, "empty CRI socket")];
  try {
    const { scheme } = parseGoUrl(criSocket);
    if (scheme === "unix") return [];
    return [invalidValue(path, criSocket, `only URL scheme "unix" is supported, got ${goQuote(scheme)}`)];
  } catch (error) {
    if (error instanceof UrlError) return [invalidValue(path, criSocket, `URL parsing error: ${error.message}`)];
    throw error;
  }
}
