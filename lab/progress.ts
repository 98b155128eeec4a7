/** Receives progress lines; a test passes its own function or none. */
export type Say = (line: string) => void;

export const silent: Say = () => undefined;

export function formatElapsed(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** Reports what is about to happen and, when it has, how long it took. */
export async function step<T>(say: Say, title: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  say(`${title} …`);
  try {
    const result = await work();
    say(`${title}: done in ${formatElapsed(performance.now() - started)}`);
    return result;
  } catch (error) {
    say(`${title}: failed after ${formatElapsed(performance.now() - started)}`);
    throw error;
  }
}
