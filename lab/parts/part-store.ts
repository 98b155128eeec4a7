import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { withLock } from "../lock.ts";
import { formatElapsed, type Say } from "../progress.ts";

/** The context for building a part. */
export interface BuildContext {
  /** The folder of everything that the lab keeps between runs. */
  readonly cache: string;
  readonly say: Say;
  readonly signal?: AbortSignal | undefined;
}

export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const own = env["KUBEADM_LAB_CACHE"];
  const common = env["XDG_CACHE_HOME"];
  const directory = own || join(common || join(homedir(), ".cache"), "kubeadm-lab");
  if (!isAbsolute(directory)) throw new Error(`KUBEADM_LAB_CACHE has to be an absolute path, not ${directory}`);
  // Such paths would need escaping in the options of overlay mounts, and twice for systemd-nspawn.
  if (/[:,\\\s]/.test(directory))
    throw new Error(`no blank, comma, colon or backslash may be in the path ${directory}`);
  return directory;
}

/**
 * Returns the part's folder, which `build` fills once and which then never changes. An interrupted build only leaves
 * its unfinished folder, which the next one removes; if two runs want the same part, one of them builds it.
 */
export async function ensurePart(
  context: BuildContext,
  id: string,
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(context.cache, "parts", id);
  if (existsSync(directory)) return directory;
  const lock = {
    timeoutMs: 60 * 60_000,
    signal: context.signal,
    onWait: ({ pid }: { pid: number }) => context.say(`${id}: waiting for process ${pid}, which is building it`),
  };
  await withLock(join(context.cache, "locks", `${id}.lock`), lock, async () => {
    if (existsSync(directory)) return;
    const unfinished = join(context.cache, "unfinished", id);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await mkdir(join(context.cache, "parts"), { recursive: true });
    const started = performance.now();
    context.say(`${id}: building …`);
    await build(unfinished);
    await rename(unfinished, directory);
    context.say(`${id}: built in ${formatElapsed(performance.now() - started)}`);
  });
  return directory;
}
