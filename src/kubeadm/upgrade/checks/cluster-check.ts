import { throwIfAborted } from "../../../async/signal.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import type { ClusterWritePorts } from "../../cluster-objects/write-objects.ts";
import { type Check, type CheckResult, problem } from "../../preflight/check.ts";

/** A check that asks the cluster, through ports whose signal is the check's own. */
export interface ClusterCheck extends Pick<Check, "name" | "severity"> {
  readonly run: (ports: ClusterWritePorts) => Promise<CheckResult>;
}

/**
 * Returns a check whose failed requests are its finding: --ignore-preflight-errors can then skip them, same as
 * upstream.
 */
export function clusterCheck({ run, ...check }: ClusterCheck, ports: ClusterWritePorts): Check {
  return {
    ...check,
    run: async (_, signal) => {
      try {
        return await run({ ...ports, signal });
      } catch (error) {
        throwIfAborted(signal);
        if (!isKubeadmError(error)) throw error;
        return problem(error.message, { remedy: error.remedy });
      }
    },
  };
}
