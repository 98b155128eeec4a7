/** The kubelet's log: stderr, in klog's format, one line for each call. */
export interface Log {
  info(message: string, facts?: Facts): void;
  error(message: string, error: string, facts?: Facts): void;
}

type Facts = Readonly<Record<string, string>>;

export function klog(write: (line: string) => void, now: () => Date): Log {
  const line = (level: "I" | "E", message: string, facts: Facts) => {
    const pairs = Object.entries(facts).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
    write(
      `${level}${stamp(now())} ${String(process.pid).padStart(7)} kubelet.go:1] ${JSON.stringify(message)}${pairs.join("")}\n`,
    );
  };
  return {
    info: (message, facts = {}) => line("I", message, facts),
    error: (message, error, facts = {}) => line("E", message, { err: error, ...facts }),
  };
}

/** MMDD hh:mm:ss.uuuuuu, in UTC. */
function stamp(time: Date): string {
  const [date = "", clock = ""] = time.toISOString().split("T");
  return `${date.slice(5).replace("-", "")} ${clock.slice(0, -1)}000`;
}
