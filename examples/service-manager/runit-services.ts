// The service manager of a machine that has neither systemd nor OpenRC: runit, as on Void Linux.
import {
  CommandError,
  type CommandResult,
  type Commands,
  FileError,
  type Files,
  ServiceError,
  type ServiceState,
  type Services,
  shell,
} from "kubeadm-ts";

/** Seconds that `sv` waits until a service is up or down, and milliseconds for the program itself. */
const waitSeconds = 30;
const timeoutMs = (waitSeconds + 5) * 1000;

/** Services by runit's `sv`: those whose directory is linked in /var/service are enabled. */
export function runitServices({ commands, files }: { readonly commands: Commands; readonly files: Files }): Services {
  const sv = async (words: readonly string[], service: string, signal: AbortSignal, readOnly = false) => {
    try {
      return await commands.run(["sv", ...words, service], { signal, timeoutMs, readOnly });
    } catch (error) {
      // The one error that this port may throw; the caller's own kind of error would count as a defect.
      if (error instanceof CommandError) throw new ServiceError(service, error.message, error);
      throw error;
    }
  };
  const act = async (verb: "start" | "stop" | "restart", service: string, signal: AbortSignal) => {
    const { exitCode, stdout } = await sv(["-w", String(waitSeconds), verb], service, signal);
    if (exitCode !== 0) throw new ServiceError(service, `exit status ${exitCode}: ${stdout.trim()}`);
  };
  return {
    manager: async () => "other",
    status: async (service, signal) => {
      const { exists, state } = readStatus(await sv(["status"], service, signal, true));
      const isHeldDown = (await files.status(`/var/service/${service}/down`)) !== undefined;
      // runit does not count restarts, and reads its scripts each time.
      return { exists, state, enabled: exists && !isHeldDown, subState: "", restarts: 0, needsReload: false };
    },
    start: (service, signal) => act("start", service, signal),
    stop: (service, signal) => act("stop", service, signal),
    restart: (service, signal) => act("restart", service, signal),
    reloadDefinitions: async () => undefined,
    enableCommand: async (service) => shell`ln -s ${`/etc/sv/${service}`} /var/service/`,
    journal: async (service, { lines }) => {
      try {
        const log = await files.readText(`/var/log/${service}/current`, { maxBytes: 64 * 1024, fromEnd: true });
        return log.trimEnd().split("\n").slice(-lines);
      } catch (error) {
        if (error instanceof FileError) return [];
        throw error;
      }
    },
  };
}

/** Reads "run: kubelet: (pid 42) 7s", "down: kubelet: 1s, normally up", "fail: kubelet: unable to change to …". */
function readStatus({ stdout }: CommandResult): { readonly exists: boolean; readonly state: ServiceState } {
  if (stdout.startsWith("run:")) return { exists: true, state: "active" };
  if (stdout.startsWith("finish:")) return { exists: true, state: "activating" };
  if (stdout.startsWith("down:")) return { exists: true, state: "inactive" };
  return { exists: false, state: "unknown" };
}
