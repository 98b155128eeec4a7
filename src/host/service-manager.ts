import { PortError } from "../errors/port-error.ts";
import type { ShellCommand } from "../values/shell.ts";

/** What a service does: in systemd's words, whatever the manager. */
export type ServiceState = "active" | "activating" | "inactive" | "failed" | "unknown";

/** What the service manager reports about a service. */
export interface ServiceStatus {
  readonly exists: boolean;
  readonly enabled: boolean;
  readonly state: ServiceState;
  /** systemd's sub state ("running", "auto-restart", …); empty elsewhere. */
  readonly subState: string;
  /**
   * How often the service manager has restarted it automatically since these Services last started it, or since they
   * first checked it if they did not start it; 0 if the manager does not count. Earlier restarts are not this program's
   * doing: a kubelet without a configuration restarts every ten seconds.
   */
  readonly restarts: number;
  /** Unit files have changed since the manager read them. */
  readonly needsReload: boolean;
  /** Exit status of the main process when it last exited. */
  readonly exitStatus?: number;
  /** An administrator has made it impossible to start (`systemctl mask`). */
  readonly masked?: true;
  /** It is masked until the next boot only (`systemctl mask --runtime`). */
  readonly maskedUntilBoot?: true;
  /** How often the manager has restarted it automatically since anyone last started it, if it counts. */
  readonly allRestarts?: number;
}

/** "other": one that only the caller's own `Services` know. "none": the machine has none, and no service is managed. */
export type ServiceManager = "systemd" | "openrc" | "other" | "none";

/**
 * The machine's service manager. A service is named without the suffix of its unit: "kubelet". Methods throw ServiceError
 * if the manager refuses; with manager "none", every method except `manager` throws it.
 */
export interface Services {
  /** Names the manager. Never fails, and always answers the same. */
  manager(): Promise<ServiceManager>;
  /** Returns the status of a service; `exists` is false if the manager does not have it. */
  status(service: string, signal: AbortSignal): Promise<ServiceStatus>;
  /** Starts a service; does nothing if it runs. Resolves when the manager has done so. */
  start(service: string, signal: AbortSignal): Promise<void>;
  /** Stops a service; does nothing if it does not run. */
  stop(service: string, signal: AbortSignal): Promise<void>;
  /** Stops a service if it runs, and starts it. */
  restart(service: string, signal: AbortSignal): Promise<void>;
  /** Makes the manager reread changed unit files (systemctl daemon-reload); does nothing with other managers. */
  reloadDefinitions(signal: AbortSignal): Promise<void>;
  /** Returns the command that enables the service at boot, for an operator to run. */
  enableCommand(service: string): Promise<ShellCommand>;
  /**
   * Returns the service's last log lines since its latest start, oldest first. Empty if there is no journal, and after a
   * restart by these Services that did not start it: older lines do not explain the failure.
   */
  journal(service: string, options: ServiceJournalOptions): Promise<readonly string[]>;
}

/** Which log lines `Services.journal` returns. */
export interface ServiceJournalOptions {
  readonly lines: number;
  readonly signal: AbortSignal;
  /** Lines from before the latest start count too. */
  readonly earlierStarts?: boolean;
}

/** The manager refused, or could not be reached. `message` says why in one line; `service` is "" if it concerns all. */
export class ServiceError extends PortError {
  readonly service: string;

  constructor(service: string, message: string, cause?: unknown) {
    super("ServiceError", message, cause);
    this.service = service;
  }
}
