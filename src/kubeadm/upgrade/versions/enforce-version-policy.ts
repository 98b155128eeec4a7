import { ApiStatusError } from "../../../cluster/cluster.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import { isObject, type JsonValue } from "../../../values/json.ts";
import { type ClusterWritePorts, persistently } from "../../cluster-objects/write-objects.ts";
import { kubernetesVersion } from "../../version.ts";
import { kubeletVersions } from "./cluster-versions.ts";
import { couldNot } from "./version-errors.ts";
import { requireAllowedVersion, type UnknownVersions, type VersionChoice } from "./version-policy.ts";

export interface VersionRequest
  extends Pick<VersionChoice, "requested" | "allowsExperimental" | "allowsReleaseCandidates"> {
  /** Skips the errors that are not mandatory. */
  readonly force: boolean;
}

/**
 * Checks the version that the user chose against the version policy, with the versions of the API server and of the
 * kubelets. Throws UPGRADE_VERSION_REFUSED.
 */
export async function enforceVersionPolicy(
  { force, ...request }: VersionRequest,
  ports: ClusterWritePorts,
): Promise<void> {
  const { events } = ports;
  events.emit("upgrade.version.chosen", { version: request.requested });
  const [apiServer, kubelets] = await Promise.all([
    knownOrNot(readServerVersion(ports), ports),
    knownOrNot(kubeletVersions(ports), ports),
  ]);
  if (typeof apiServer === "string") {
    events.emit("upgrade.version.found", { of: "Cluster", version: apiServer });
    events.emit("upgrade.version.found", { of: "kubeadm", version: kubernetesVersion });
  }
  const errors = requireAllowedVersion({ ...request, apiServer, kubelets }, force);
  if (errors.length > 0) events.emit("upgrade.version.forced", { errors });
}

/** Returns the version that the API server has. */
async function readServerVersion(ports: ClusterWritePorts): Promise<string> {
  const words = {
    what: "version of the API server",
    context: () =>
      couldNot(`fetch cluster version from the API ${ownMinor.rules.capitalizesVersionErrors ? "Server" : "server"}`),
  };
  const body = await persistently(words, ports, async (cluster, signal) => {
    const answer = await cluster.health("/version", { signal });
    if (answer.status !== 200) throw new ApiStatusError(answer.status, "", `/version: HTTP ${answer.status}`);
    return answer.body;
  });
  // A text that is no version is a finding of the policy.
  return gitVersionOf(body) ?? foreignText(body);
}

function gitVersionOf(body: string): string | undefined {
  try {
    const answer: JsonValue = JSON.parse(body);
    const version = isObject(answer) ? answer["gitVersion"] : undefined;
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

async function knownOrNot<T>(reading: Promise<T>, { signal }: ClusterWritePorts): Promise<T | UnknownVersions> {
  try {
    return await reading;
  } catch (error) {
    if (signal.aborted || !isKubeadmError(error)) throw error;
    return { unknown: error.message, remedy: error.remedy };
  }
}
