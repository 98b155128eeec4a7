import { eventsTo } from "../../../events/events.ts";
import type { Host } from "../../../host/host.ts";
import { lockForRun } from "../../../journal/open-run.ts";

export interface LockOptions {
  /** "doctor --fix" or "doctor --undo". */
  readonly command: string;
  /** Milliseconds to wait for another run on this machine to end. */
  readonly waitMs: number;
  /** Called once if another run has to be waited for; `command` is that one's. */
  readonly onWaiting: (other: { readonly command: string; readonly pid: number }) => void;
}

/** Runs `action` while no other run changes the machine. Throws RUN_ACTIVE, JOURNAL_UNWRITABLE, and what `action` throws. */
export async function withLockedMachine<T>(
  { command, waitMs, onWaiting }: LockOptions,
  { host, signal }: { readonly host: Host; readonly signal: AbortSignal },
  action: () => Promise<T>,
): Promise<T> {
  const events = eventsTo(
    (event) => {
      if (event.type === "run.waiting") onWaiting(event);
    },
    () => host.clock.now(),
  );
  const lock = await lockForRun(command, waitMs, { host, events, signal });
  try {
    return await action();
  } finally {
    await lock?.release();
  }
}
