import type { Clock } from "../../async/clock.ts";
import { followRedirects } from "../../cluster/follow-redirects.ts";
import type { TransportConnection } from "../../cluster/transport.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";

/**
 * For the whole download, redirects included. Upstream's client has no limit; a server must not block the join forever.
 */
const deadlineMs = 30_000;
/** A kubeconfig is a few kilobytes. */
const maxBytes = 1024 * 1024;

export interface DownloadPorts {
  readonly connect: (url: string) => TransportConnection;
  readonly clock: Pick<Clock, "monotonic">;
  readonly signal: AbortSignal;
}

/**
 * Downloads the kubeconfig from an https:// URL, verified with the CAs of the machine. Follows redirects to https only.
 */
export async function downloadKubeconfig(url: string, ports: DownloadPorts): Promise<string> {
  const end = ports.clock.monotonic() + deadlineMs;
  const send = (at: string) => {
    const timeoutMs = Math.max(1, end - ports.clock.monotonic());
    const request = { method: "GET", url: at, headers: { accept: "*/*" }, timeoutMs } as const;
    return explained(at, ports.connect(at).send(request, ports.signal));
  };
  const { response, url: at } = await followRedirects(url, { send, refused: (reason) => failed(url, reason) });
  if (response.status === 200) return explained(at, response.text(maxBytes));
  throw new KubeadmError(
    "DISCOVERY_FILE_INVALID",
    `error trying to fetch discovery kubeconfig over HTTPS from ${url}, received status ${response.status}`,
    {
      details: { url, status: response.status },
      remedy: "Check the URL: it must return status 200 and a kubeconfig.",
    },
  );
}

/** Awaits a request or its body, and adds a remedy to the error if it fails. */
async function explained<T>(url: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.code === "malformed-answer") {
      throw new KubeadmError("DISCOVERY_FILE_INVALID", error.message, { cause: error, details: { url } });
    }
    const untrusted = error.code.startsWith("certificate-");
    throw new KubeadmError(untrusted ? "DISCOVERY_TLS_UNTRUSTED" : "DISCOVERY_UNREACHABLE", error.message, {
      cause: error,
      details: { url },
      remedy: untrusted
        ? "The server of the URL is verified with this machine's CAs: add the CA that signed its certificate (update-ca-certificates), or pass the kubeconfig as a local file."
        : "Check that the URL can be fetched from this machine, for example with curl.",
    });
  }
}

function failed(url: string, reason: string): KubeadmError {
  return new KubeadmError("DISCOVERY_FILE_INVALID", `Get "${url}": ${reason}`, { details: { url } });
}
