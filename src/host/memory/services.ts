import { throwIfAborted } from "../../async/signal.ts";
import { shell } from "../../values/shell.ts";
import { ServiceError, type ServiceManager, type ServiceStatus, type Services } from "../service-manager.ts";

/** A service of a memoryHost. */
export interface SeedService extends Partial<ServiceStatus> {
  readonly journal?: readonly string[];
}

export type ServiceAction = "start" | "stop" | "restart";

export interface MemoryServices extends Services {
  /** Every action so far, oldest first; "reload" stands for reloadDefinitions. */
  readonly actions: readonly { readonly action: ServiceAction | "reload"; readonly service: string }[];
  /** Changes the state of a service as another program would; also creates it. */
  set(service: string, changes: SeedService): void;
  /**
   * Runs after the action has changed the state, for example a kubelet that writes its kubelet.conf. The caller
   * receives what it throws; `set` in it makes a service fail or loop.
   */
  react(action: ServiceAction, service: string, reaction: (signal: AbortSignal) => void | Promise<void>): void;
}

interface State {
  status: ServiceStatus;
  journal: readonly string[];
}

const missing: ServiceStatus = {
  exists: false,
  enabled: false,
  state: "inactive",
  subState: "",
  restarts: 0,
  needsReload: false,
};

const installed: ServiceStatus = { ...missing, exists: true, enabled: true, subState: "dead" };

export function memoryServices(manager: ServiceManager, seed: Readonly<Record<string, SeedService>>): MemoryServices {
  const states = new Map<string, State>();
  const actions: { readonly action: ServiceAction | "reload"; readonly service: string }[] = [];
  const reactions = new Map<string, (signal: AbortSignal) => void | Promise<void>>();
  const set = (service: string, { journal, ...changes }: SeedService) => {
    const before = states.get(service) ?? { status: installed, journal: [] };
    states.set(service, { status: { ...before.status, ...changes }, journal: journal ?? before.journal });
  };
  const managed = (service: string, signal?: AbortSignal) => {
    if (signal !== undefined) throwIfAborted(signal);
    if (manager === "none") throw new ServiceError(service, "no supported init system detected");
  };
  const act = async (action: ServiceAction, service: string, signal: AbortSignal) => {
    managed(service, signal);
    actions.push({ action, service });
    if (!states.has(service)) throw refusal(manager, action, service);
    const isRunning = action !== "stop";
    set(service, {
      state: isRunning ? "active" : "inactive",
      subState: manager === "systemd" ? (isRunning ? "running" : "dead") : "",
      restarts: 0,
    });
    await reactions.get(`${action} ${service}`)?.(signal);
  };
  for (const [service, changes] of Object.entries(seed)) set(service, changes);
  return {
    actions,
    set,
    react: (action, service, reaction) => void reactions.set(`${action} ${service}`, reaction),
    manager: async () => manager,
    status: async (service, signal) => {
      managed(service, signal);
      return states.get(service)?.status ?? missing;
    },
    start: (service, signal) => act("start", service, signal),
    stop: (service, signal) => act("stop", service, signal),
    restart: (service, signal) => act("restart", service, signal),
    reloadDefinitions: async (signal) => {
      managed("", signal);
      actions.push({ action: "reload", service: "" });
      for (const service of states.keys()) set(service, { needsReload: false });
    },
    enableCommand: async (service) => {
      managed(service);
      return manager === "openrc"
        ? shell`rc-update add ${service} default`
        : shell`systemctl enable ${service}.service`;
    },
    journal: async (service, { lines, signal }) => {
      managed(service, signal);
      return manager === "systemd" ? (states.get(service)?.journal ?? []).slice(-lines) : [];
    },
  };
}

function refusal(manager: ServiceManager, action: ServiceAction, service: string): ServiceError {
  return manager === "openrc"
    ? new ServiceError(service, `exit status 1: * rc-service: service '${service}' does not exist`)
    : new ServiceError(
        service,
        `exit status 5: Failed to ${action} ${service}.service: Unit ${service}.service not found.`,
      );
}
