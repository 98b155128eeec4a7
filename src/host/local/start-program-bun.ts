import type { StartProgram } from "./start-program.ts";

/** The subset of https://bun.com/docs/api/spawn that this program uses. */
interface BunSubprocess {
  readonly pid: number;
  /** 128 plus the signal's number if a signal terminated it. */
  readonly exited: Promise<number>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
}

declare const Bun: {
  spawn(
    argv: readonly string[],
    options: {
      readonly detached: boolean;
      readonly env: Readonly<Record<string, string>>;
      readonly stdio: readonly ["ignore" | Uint8Array, "pipe", "pipe"];
    },
  ): BunSubprocess;
};

/**
 * Starts programs through the compiled binary's runtime, without node:child_process and its streams (docs/adr/0010).
 */
export const startProgramByBun: StartProgram = async (argv, { environment, input, onOutput }) => {
  const child = Bun.spawn(argv, {
    detached: true,
    env: environment,
    stdio: [input === undefined ? "ignore" : new TextEncoder().encode(input), "pipe", "pipe"],
  });
  const outputs = (["stdout", "stderr"] as const).map((name) => {
    const reader = child[name].getReader();
    return { reader, ended: readAll(reader, (bytes) => onOutput(name, bytes)) };
  });
  return {
    pid: child.pid,
    exited: child.exited,
    drained: Promise.all(outputs.map(({ ended }) => ended)),
    release: () => {
      for (const { reader } of outputs) reader.cancel().catch(() => undefined);
    },
  };
};

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>, onBytes: (bytes: Uint8Array) => void) {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes(value);
    }
  } catch {
    // What was read until then is the output.
  }
}
