import type { TransportConnection } from "../../cluster/transport.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";

/** As many as Go's HTTP client follows. */
const mostRedirects = 10;
/** Upstream's client has no limit here; a server that hangs must not hold the join for ever. */
const timeoutMs = 30_000;

/**
 * The kubeconfig behind an https:// URL, verified with the machine's own CAs. Redirects are followed, but never to
 * anything but https.
 */
export async function downloadKubeconfig(
  url: string,
  connect: (url: string) => TransportConnection,
  signal: AbortSignal,
): Promise<string> {
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await send(at, connect, signal);
    const location = response.headers["location"];
    if (response.status >= 300 && response.status < 400 && location !== undefined) {
      at = new URL(location, at).href;
      if (!at.startsWith("https://")) throw failed(url, `it redirects to ${at}, which is not https`);
      continue;
    }
    if (response.status === 200) return response.text();
    throw new KubeadmError(
      "DISCOVERY_FILE_INVALID",
      `error trying to fetch discovery kubeconfig over HTTPS from ${url}, received status ${response.status}`,
      { details: { url, status: response.status }, remedy: "Check the URL: it must answer 200 and a kubeconfig." },
    );
  }
  throw failed(url, `stopped after ${mostRedirects} redirects`);
}

async function send(url: string, connect: (url: string) => TransportConnection, signal: AbortSignal) {
  try {
    return await connect(url).send({ method: "GET", url, headers: { accept: "*/*" }, timeoutMs }, signal);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const untrusted = error.code.startsWith("certificate-");
    throw new KubeadmError(untrusted ? "DISCOVERY_TLS_UNTRUSTED" : "DISCOVERY_UNREACHABLE", error.message, {
      cause: error,
      details: { url },
      remedy: untrusted
        ? "The URL is verified with this machine's own CAs: add the CA that signed it to them (update-ca-certificates), or pass the kubeconfig as a local file."
        : "Check that the URL can be fetched from this machine, for example with curl.",
    });
  }
}

function failed(url: string, reason: string): KubeadmError {
  return new KubeadmError("DISCOVERY_FILE_INVALID", `Get "${url}": ${reason}`, { details: { url } });
}
