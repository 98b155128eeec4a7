import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabHost } from "./lab-host.ts";
import { waitUntil } from "./wait-until.ts";

const DROP_IN = "etc/systemd/system/kubelet.service.d/lab-aging.conf";
/** A minute of a unit with RestartSec=10. */
const FAILED_STARTS = 6;

/** Runs before the first boot: makes the kubelet, which has no configuration yet, fail quickly. */
export async function hastenAging(upper: string): Promise<void> {
  await mkdir(dirname(join(upper, DROP_IN)), { recursive: true });
  await writeFile(join(upper, DROP_IN), "[Service]\nRestartSec=100ms\n");
}

/**
 * Returns when the kubelet has failed and restarted as often as in a minute of the real unit, and the real unit is
 * active again: the state that a join finds on a machine that was set up a while before.
 */
export async function ageKubelet(host: LabHost, signal?: AbortSignal): Promise<void> {
  const show = (property: string) =>
    host.mustRun(["systemctl", "show", "kubelet", `--property=${property}`, "--value"], { signal });
  await waitUntil(
    `the kubelet of ${host.name} to have failed ${FAILED_STARTS} times`,
    async () => Number(await show("NRestarts")) >= FAILED_STARTS,
    { timeoutMs: 60_000, intervalMs: 100, signal },
  );
  await rm(host.path(`/${dirname(DROP_IN)}`), { recursive: true });
  await host.mustRun(["systemctl", "daemon-reload"], { signal });
  const pause = (await show("RestartUSec")).trim();
  if (pause !== "10s") throw new Error(`the kubelet of ${host.name} restarts after ${pause}`);
}
