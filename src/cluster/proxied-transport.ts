import { type TransportConnection, TransportError } from "./transport.ts";

/**
 * A connection through a proxy. If it cannot be made, that is the proxy's failure, whatever server it was for: a proxy
 * reports problems with the server in its own answer. The messages are Go's.
 */
export function throughProxy(connection: TransportConnection, proxy: string): TransportConnection {
  return {
    send: async (request, signal) => {
      try {
        return await connection.send(request, signal);
      } catch (error) {
        if (!(error instanceof TransportError) || !error.message.includes("dial tcp")) throw error;
        throw new TransportError("proxy-failed", error.url, proxyText(error, new URL(proxy)), error);
      }
    },
    close: () => connection.close(),
  };
}

/** `Get "https://…": proxyconnect tcp: dial tcp 192.0.2.3:3128: connect: connection refused` */
function proxyText({ message, url }: TransportError, proxy: URL): string {
  const { host, hostname } = new URL(url);
  const [before = "", after = ""] = splitAt(message, message.indexOf("dial tcp"));
  const rest = after
    .replace(`dial tcp ${host}:`, `dial tcp ${proxy.host}:`)
    .replace(`lookup ${hostname}:`, `lookup ${proxy.hostname}:`);
  return `${before}proxyconnect tcp: ${rest}`;
}

function splitAt(text: string, index: number): readonly string[] {
  return [text.slice(0, index), text.slice(index)];
}
