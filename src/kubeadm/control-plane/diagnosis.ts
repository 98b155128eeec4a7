import type { ContainerRuntime } from "../../cri/container-runtime.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import type { Files } from "../../host/host.ts";
import type { Services } from "../../host/service-manager.ts";
import type { Finding } from "../waiting/diagnosed-wait.ts";
import type { OwnStarts } from "./own-starts.ts";

/** Why a control-plane component does not respond, as far as this machine shows. */
export interface Diagnosis extends Finding {
  readonly code: ErrorCode;
  /** Last log lines of the component, or of the kubelet if the component was never created; without secrets. */
  readonly lines: readonly string[];
}

export interface DiagnosisPorts {
  /** Connects for each diagnosis, so that a restart of the runtime in between does no harm. */
  readonly connectRuntime: () => ContainerRuntime;
  readonly files: Pick<Files, "readText">;
  readonly services: Services;
  readonly signal: AbortSignal;
  /** The name of the kubelet's Node; the names of its static Pods end in it. */
  readonly nodeName: string;
  readonly ownStarts: OwnStarts;
}

/** Milliseconds for one call of the container runtime. */
export const callTimeoutMs = 2_000;
