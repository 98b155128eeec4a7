import type { Check, Look } from "./check.ts";
import { containerRuntimeVersion, type RuntimeFindings } from "./container-runtime.ts";
import type { KubeletVersion } from "./kubelet-version.ts";
import { systemVerification } from "./system-verification/system-verification.ts";

export interface MachineLooks {
  readonly kubelet: Look<KubeletVersion>;
  readonly runtime: Look<RuntimeFindings>;
}

/** Returns the checks of every machine before an upgrade, in upstream's order; `privilegedUser` runs before them. */
export function upgradeChecks(criSocket: string, { kubelet, runtime }: MachineLooks): readonly Check[] {
  return [systemVerification(nextMinor(kubelet)), containerRuntimeVersion(criSocket, runtime)];
}

/** The machine must suit the kubelet that will be installed: one minor version newer than the installed one. */
function nextMinor(look: Look<KubeletVersion>): Look<KubeletVersion> {
  return async (ports, signal) => {
    const found = await look(ports, signal);
    if (!found.known) return found;
    return { ...found, version: { ...found.version, minor: found.version.minor + 1 } };
  };
}
