import { anyOf, orElse, unlessAborted } from "../../../async/or-else.ts";
import type { Cluster } from "../../../cluster/cluster.ts";
import { nodes, selfSubjectReviews } from "../../../cluster/resources.ts";
import { isKubeadmError, KubeadmError, messageOf, withContext } from "../../../errors/kubeadm-error.ts";
import { PortError } from "../../../errors/port-error.ts";
import { goQuote } from "../../../go/quote.ts";
import type { Host } from "../../../host/host.ts";
import { certificatesIn } from "../../../pki/certificate.ts";
import { notFound } from "../../cluster-objects/explain-request-failure.ts";
import { type ClusterWritePorts, persistently } from "../../cluster-objects/write-objects.ts";
import { nodeNameFrom } from "../../config/fields/node-name.ts";
import { embedFiles } from "../../kubeconfig/embed-credentials.ts";
import { KubeconfigError, userOf } from "../../kubeconfig/kubeconfig.ts";
import { loadKubeconfig } from "../../kubeconfig/read-kubeconfig.ts";
import { nodeOfUser } from "../../kubelet/node-user.ts";
import { kubeletKubeconfigPath } from "../../paths.ts";

/** The name of this machine's Node, and what it was taken from. */
interface NodeIdentity {
  readonly name: string;
  readonly source: "api-server" | "certificate" | "hostname";
}

export interface ThisNodePorts extends ClusterWritePorts {
  readonly host: Pick<Host, "files" | "machine">;
  /** Opens a client that uses kubelet.conf. */
  readonly openKubelet: () => Promise<Cluster>;
}

/**
 * Returns the name of this machine's Node, as upstream finds it: the API server says who kubelet.conf belongs to; otherwise
 * the certificate in it does; otherwise it is the host name. Throws NODE_NOT_REGISTERED if there is no such Node.
 */
export async function findThisNode(ports: ThisNodePorts): Promise<string> {
  const identity = await identifyNode(ports);
  await requireNode(identity, ports);
  return identity.name;
}

async function identifyNode(ports: ThisNodePorts): Promise<NodeIdentity> {
  const user = await reviewedUser(ports);
  const reviewed = user === undefined ? undefined : nodeOfUser(user);
  if (reviewed !== undefined) return { name: reviewed, source: "api-server" };
  const subject = await commonName(ports.host.files);
  if (subject !== undefined) return { name: nodeOfUser(subject) ?? subject, source: "certificate" };
  return { name: nodeNameFrom(ports.host.machine.hostname), source: "hostname" };
}

async function reviewedUser({ openKubelet, signal }: ThisNodePorts): Promise<string | undefined> {
  return orElse(undefined, unlessAborted(signal, isExpected), async () => {
    const kubelet = await openKubelet();
    return (await kubelet.create(selfSubjectReviews, {}, { signal })).status?.userInfo?.username;
  });
}

const isExpected = anyOf(PortError, KubeconfigError, isKubeadmError);

async function commonName(files: Host["files"]): Promise<string | undefined> {
  const pem = await orElse(undefined, isExpected, async () => {
    const kubeconfig = await embedFiles(await loadKubeconfig(files, kubeletKubeconfigPath), files);
    return userOf(kubeconfig)?.clientCertificateData;
  });
  // Without a certificate in it, the name is taken from elsewhere.
  return /^CN=(.+)$/m.exec(certificatesIn(pem ?? "")[0]?.subject ?? "")?.[1];
}

/** A Node that does not exist is final: retries cannot create it. */
async function requireNode({ name, source }: NodeIdentity, ports: ClusterWritePorts): Promise<void> {
  const context = "failed to get node registration: failed to get corresponding node";
  const words = { what: `Node ${name}`, context: () => context };
  await persistently(words, ports, async (cluster, signal) => {
    try {
      await cluster.get(nodes, { name }, { signal });
    } catch (error) {
      if (!notFound(error)) throw error;
      throw withContext(
        new KubeadmError("NODE_NOT_REGISTERED", messageOf(error), {
          details: { node: name, source },
          remedy: `The Node ${goQuote(name)} does not exist. ${origins[source]} \`kubectl get nodes\` lists the Nodes.`,
        }),
        context,
      );
    }
  });
}

const origins: Readonly<Record<NodeIdentity["source"], string>> = {
  "api-server": `The API server reports that ${kubeletKubeconfigPath} belongs to it.`,
  certificate: `The name is that of the client certificate of ${kubeletKubeconfigPath}; check that the file belongs to this machine's kubelet.`,
  hostname: `The name is this machine's host name, because ${kubeletKubeconfigPath} does not name another one; restore that file.`,
};
