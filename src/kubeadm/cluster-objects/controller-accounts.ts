import { throwIfAborted } from "../../async/signal.ts";
import { RequestError } from "../../cluster/request-error.ts";
import { serviceAccounts } from "../../cluster/workload-resources.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import type { Files } from "../../host/host.ts";
import type { ClusterConfiguration } from "../config/cluster/cluster-configuration.ts";
import { minorOf } from "../config/fields/removed-gates.ts";
import { lastFlag, readManifestContainer } from "../control-plane/component-endpoints.ts";
import { alreadyExists } from "./explain-request-failure.ts";
import { systemNamespace } from "./rbac.ts";
import type { ClusterWritePorts } from "./write-objects.ts";

/** Requests at the same time: the server is busy with its own start. */
const lanes = 8;

/**
 * Creates the ServiceAccounts of the controllers, as the controller manager would, in a moment instead of seconds: it
 * creates them one after the other before its first controller runs, three requests for each, at most 20 a second
 * (k/k: clientbuilder getOrCreateServiceAccount). Until then nothing signs the certificate of a joining worker. Does
 * nothing if the controller manager's manifest shows that it may run other controllers or uses no ServiceAccounts. A
 * failure is only logged, because the controller manager creates what is missing.
 */
export async function createControllerAccounts(
  kubernetes: Pick<ClusterConfiguration, "kubernetesVersion">,
  { cluster, events, signal }: Pick<ClusterWritePorts, "cluster" | "events" | "signal">,
  files: Pick<Files, "readText">,
): Promise<void> {
  const { argv } = await readManifestContainer("kube-controller-manager", files);
  const isUsual =
    lastFlag(argv, "controllers") === "*,bootstrapsigner,tokencleaner" &&
    lastFlag(argv, "use-service-account-credentials") === "true" &&
    lastFlag(argv, "feature-gates") === undefined;
  if (!isUsual) return;
  const left: string[] = [...minorOf(kubernetes).controllerAccounts];
  const work = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const metadata = { name, namespace: systemNamespace };
      await cluster.create(serviceAccounts, { metadata }, { signal }).catch((error: unknown) => {
        if (!alreadyExists(error)) throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, work));
  throwIfAborted(signal);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed === undefined) return;
  const error: unknown = failed.reason;
  if (!(error instanceof RequestError)) throw error;
  const message = `The controller manager will create the controllers' ServiceAccounts instead: ${messageOf(error)}`;
  events.emit("log", { level: 1, area: "control-plane", message });
}
