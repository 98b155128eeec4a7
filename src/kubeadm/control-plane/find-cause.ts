import { shown } from "./container-end.ts";
import { containerCauseLine, lastWarning } from "./container-log.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import { diagnoseComponent, runningLog } from "./diagnose-component.ts";
import type { Diagnosis, DiagnosisPorts } from "./diagnosis.ts";
import type { ComponentFailure, ComponentWaitPorts } from "./wait-for-components.ts";
import type { StaticPodName } from "./write-manifest.ts";

/**
 * Finds out why components of a node do not respond. An API server without etcd exits or fails its own check; then etcd
 * is diagnosed instead.
 */
export function findCause(
  { cluster }: Pick<ControlPlaneNode, "cluster">,
  ports: DiagnosisPorts,
): ComponentWaitPorts["diagnose"] {
  return async (failure, { last }) => {
    const own = await diagnoseComponent(failure.component, ports);
    if (own?.isFinal === true) return own;
    if ("local" in cluster.etcd && blamesEtcd(failure, own)) {
      const etcd = await diagnoseComponent("etcd", ports);
      if (etcd !== undefined) return etcd;
    }
    return own !== undefined || !last ? own : lastWords(failure.component, ports);
  };
}

/** Finds out why a new etcd member fails, as far as this machine shows; `last` as above. */
export async function findMemberCause(
  { last }: { readonly last: boolean },
  ports: DiagnosisPorts,
): Promise<Diagnosis | undefined> {
  const own = await diagnoseComponent("etcd", ports);
  return own !== undefined || !last ? own : lastWords("etcd", ports);
}

/** Returns the last log lines of a component that runs but does not work, and the error or else the warning among them. */
async function lastWords(component: StaticPodName, ports: DiagnosisPorts): Promise<Diagnosis | undefined> {
  const lines = await runningLog(component, ports);
  if (lines.length === 0) return undefined;
  const said = containerCauseLine(lines) || lastWarning(lines);
  const reason = said === "" ? `${component} runs, and its log has no error` : `${component} runs, and writes: ${said}`;
  return { code: "CONTROL_PLANE_UNHEALTHY", reason, lines: shown(lines), isFinal: false };
}

/**
 * Reports whether etcd is the cause: an API server without etcd hangs, fails its etcd check, or exits with an error
 * about it.
 */
function blamesEtcd({ component }: ComponentFailure, own: Diagnosis | undefined): boolean {
  if (component !== "kube-apiserver") return false;
  if (own === undefined) return true;
  return own.code === "CONTROL_PLANE_CRASH_LOOP" && own.lines.some((line) => /:2379|storage|etcd/.test(line));
}
