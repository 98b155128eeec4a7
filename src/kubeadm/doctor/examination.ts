import { started } from "../../async/started.ts";
import type { Connections } from "../../cluster/connections.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import type { ConnectTransport } from "../../cluster/transport.ts";
import type { ConnectContainerRuntime } from "../../cri/container-runtime.ts";
import type { ConnectEtcd } from "../../etcd/etcd.ts";
import type { Events } from "../../events/events.ts";
import type { Host } from "../../host/host.ts";
import type { Limits } from "./bounds/limits.ts";

export interface DoctorPorts {
  /** Already rooted if another root is examined. */
  readonly host: Host;
  readonly connectTransport: ConnectTransport;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly inspectServer: InspectServer;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/** What several checks read. Loaded once, when the first of them asks. */
export type Fact<T> = (examination: Examination) => Promise<T>;

/** What a check works with. The host's ports refuse everything that would change the machine. */
export interface Examination extends Host, Omit<DoctorPorts, "host" | "connectTransport"> {
  readonly connections: Connections;
  /** For a check that leaves something out because it would take too long. */
  readonly limits: Limits;
  /** Loads a fact, or returns what an earlier call loaded; a failure is remembered like a value. */
  once<T>(fact: Fact<T>): Promise<T>;
}

/** Makes an examination in which every fact is loaded with the signal of the whole examination. */
export function examinationOf(ports: Omit<Examination, "once">): Examination {
  const values = new Map<Fact<unknown>, Promise<unknown>>();
  const examination: Examination = {
    ...ports,
    once: <T>(fact: Fact<T>): Promise<T> => {
      const known = values.get(fact);
      // A fact always maps to its own value.
      if (known !== undefined) return known as Promise<T>;
      // A check that has ended meanwhile does not ask any more.
      const loading = started(fact(examination));
      values.set(fact, loading);
      return loading;
    },
  };
  return examination;
}
