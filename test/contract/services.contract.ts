import { expect } from "vitest";
import { ServiceError, type Services } from "../../src/host/service-manager.ts";
import { contract } from "./contract.ts";

/** "kubelet" is installed, enabled and stopped; "other" is installed, not enabled; nothing else exists. */
export interface ServicesSubject {
  readonly services: Services;
  readonly manager: "systemd" | "openrc";
  /** The service's definition has changed on disk. */
  edit(service: string): void;
  /** The service ends on its own and is to be started again, for the `times`th time; undefined where no one counts. */
  readonly fails?: (service: string, times: number) => void;
}

async function failure(promise: Promise<unknown>): Promise<ServiceError> {
  const error = await promise.then(
    (value) => new Error(`resolved with ${String(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}

const signal = new AbortController().signal;
const withoutReload = { restarts: 0, needsReload: false };

export const servicesContract = contract<ServicesSubject>("services", {
  "the manager is known": async ({ services, manager }) => {
    expect(await services.manager()).toBe(manager);
  },
  "an installed service exists, enabled or not": async ({ services }) => {
    expect(await services.status("kubelet", signal)).toMatchObject({ exists: true, enabled: true, state: "inactive" });
    expect(await services.status("other", signal)).toMatchObject({ exists: true, enabled: false });
  },
  "a service that is not installed does not exist, and that is no error": async ({ services }) => {
    expect(await services.status("none", signal)).toMatchObject({ exists: false, enabled: false, state: "inactive" });
  },
  "start, restart and stop change the state": async ({ services, manager }) => {
    await services.start("kubelet", signal);
    expect(await services.status("kubelet", signal)).toMatchObject({ state: "active", ...withoutReload });
    await services.restart("kubelet", signal);
    expect((await services.status("kubelet", signal)).subState).toBe(manager === "systemd" ? "running" : "");
    await services.stop("kubelet", signal);
    expect((await services.status("kubelet", signal)).state).toBe("inactive");
  },
  "an action on a service that does not exist is refused, with what the manager said": async ({ services }) => {
    for (const action of [services.start, services.restart]) {
      const error = await failure(action("none", signal));
      expect(error.service).toBe("none");
      expect(error.message).toMatch(/^exit status [0-9]+: .*none/);
    }
  },
  "changed definitions are known until they are read again": async ({ services, edit }) => {
    edit("kubelet");
    expect((await services.status("kubelet", signal)).needsReload).toBe(true);
    await services.reloadDefinitions(signal);
    expect((await services.status("kubelet", signal)).needsReload).toBe(false);
  },
  "the command to enable a service is the manager's": async ({ services, manager }) => {
    const command = { systemd: "systemctl enable kubelet.service", openrc: "rc-update add kubelet default" };
    expect(await services.enableCommand("kubelet")).toBe(command[manager]);
  },
  "the journal has the last lines since the latest start": async ({ services }) => {
    await services.start("kubelet", signal);
    expect(await services.journal("kubelet", { lines: 2, signal })).toEqual(["line 2", "line 3"]);
    expect(await services.journal("none", { lines: 2, signal })).toEqual([]);
  },
  "automatic starts are counted from the last start that was asked for": async ({ services, fails }) => {
    await services.start("kubelet", signal);
    fails?.("kubelet", 7);
    await services.status("kubelet", signal);
    await services.stop("kubelet", signal);
    await services.restart("kubelet", signal);
    expect((await services.status("kubelet", signal)).restarts).toBe(0);
    fails?.("kubelet", 2);
    expect((await services.status("kubelet", signal)).restarts).toBe(fails === undefined ? 0 : 2);
  },
  "an aborted signal ends every call with its reason": async ({ services }) => {
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    await expect(services.status("kubelet", aborted)).rejects.toBe(reason);
    await expect(services.start("kubelet", aborted)).rejects.toBe(reason);
    await expect(services.stop("kubelet", aborted)).rejects.toBe(reason);
  },
});

/** What every adapter does on a machine without a service manager. */
export const noServicesContract = contract<Pick<ServicesSubject, "services">>("services without a manager", {
  "the manager is none, every other call is refused": async ({ services }) => {
    expect(await services.manager()).toBe("none");
    const calls = [
      services.status("kubelet", signal),
      services.start("kubelet", signal),
      services.stop("kubelet", signal),
      services.restart("kubelet", signal),
      services.reloadDefinitions(signal),
      services.enableCommand("kubelet"),
      services.journal("kubelet", { lines: 1, signal }),
    ];
    for (const call of calls) expect((await failure(call)).message).toBe("no supported init system detected");
  },
});
