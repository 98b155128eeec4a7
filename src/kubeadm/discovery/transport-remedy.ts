import { hostOf, portOf } from "../../addresses/url-address.ts";
import type { Reached } from "../../cluster/https-inspection.ts";
import type { TransportError } from "../../cluster/transport.ts";
import { defined } from "../../values/defined.ts";
import { type ShellCommand, shell } from "../../values/shell.ts";

export interface TransportFailure {
  readonly error: TransportError;
  /** How far a probe of a silent server got. */
  readonly reached?: Reached;
  /** The proxy that the request went through. */
  readonly proxy?: string | undefined;
  /** The names and addresses in the server's certificate. */
  readonly names?: string;
}

/** Returns what to do about this request that got no answer; empty where the remedy of the error's code is enough. */
export function remedyFor(failure: TransportFailure): { readonly remedy?: string } {
  const remedy = textFor(failure);
  return defined({ remedy });
}

function textFor({ error, reached, names, proxy }: TransportFailure): string | undefined {
  const url = new URL(error.url);
  const { host } = url;
  const hostname = hostOf(url);
  switch (error.code) {
    case "refused":
      return `Nothing listens on ${host}: check the address and port, and that the API server runs there (\`crictl ps --name kube-apiserver\` on the control plane).`;
    case "unreachable":
      return `There is no route to ${host}: check the address, this machine's network and its routes (\`${shell`ip route get ${hostname}`}\`).`;
    case "host-not-found":
      return `Check the name, and this machine's resolver: \`${shell`getent hosts ${hostname}`}\` must print an address.`;
    case "reset":
      return `A server at ${host} accepts connections and drops them, like a load balancer without a healthy API server: check the load balancer, the API servers, and that \`${shell`curl -k --max-time 10 https://${host}/healthz`}\` responds.`;
    case "proxy-failed":
      return `Check the proxy in HTTPS_PROXY. If this machine can reach the API server directly, add the API server to NO_PROXY together with the cluster's Service and Pod networks: \`${shell`NO_PROXY=${hostname},SERVICE-CIDR,POD-CIDR`}\`.`;
    case "timed-out":
      if (proxy !== undefined) {
        return `Check that the proxy allows the request: \`${shell`curl -kx ${proxy} --max-time 10 https://${host}/healthz`}\`. If this machine can reach the API server directly, add the API server to NO_PROXY: \`${shell`NO_PROXY=${hostname},SERVICE-CIDR,POD-CIDR`}\`, or remove \`proxy-url\` from the kubeconfig.`;
      }
      if (reached === "nothing") return lost(host, shell`nc -vz -w 5 ${hostname} ${portOf(url)}`);
      return reached === "connection" ? notTls(host) : undefined;
    case "certificate-expired":
      return "If this machine's clock is right, renew the certificates on the control plane: `kubeadm certs check-expiration` shows them, `kubeadm certs renew all` renews them. If the clock is wrong, synchronize it.";
    case "certificate-name-mismatch":
      return `Join using a name or address in the certificate${names === undefined ? "" : ` (${names})`}, or give the API server a certificate that includes ${hostname} (apiServer.certSANs).`;
    case "certificate-unusable":
      return "The certificate must be a server certificate with the host among its alternative names, and every CA above it must be allowed to sign it (key usages, path length, name constraints): `openssl x509 -noout -text` shows them. Give the API server a valid certificate: `kubeadm certs renew apiserver` on the control plane.";
    case "client-certificate-rejected":
      return "The server does not accept the client certificate: put valid credentials into the discovery file.";
    default:
      return undefined;
  }
}

function notTls(host: string): string {
  return `The server at ${host} doesn't speak TLS, or hangs: check the address and port, the load balancer, and the API server there (\`crictl ps --name kube-apiserver\` on the control plane).`;
}

function lost(host: string, command: ShellCommand): string {
  return `Packets to ${host} are dropped: check the address, and the firewalls and security groups between this machine and it (\`${command}\`).`;
}
