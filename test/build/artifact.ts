import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

export const checkout = resolve(import.meta.dirname, "../..");

const outputs = { binary: "kubeadm", arm64: "kubeadm-arm64", library: "lib", unsealed: "kubeadm-unsealed" } as const;

/** Path of a built artifact, built now unless it is up to date. */
export function built(only: keyof typeof outputs): string {
  const { status, stderr } = spawnSync(process.execPath, [join(checkout, "scripts/build.ts"), "--only", only], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the build failed:\n${stderr}`);
  return join(checkout, "dist", outputs[only]);
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with this very environment and no other variable. */
export function run(
  argv: readonly [string, ...string[]],
  options: {
    readonly cwd?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly timeoutMs?: number;
  } = {},
): Outcome {
  const [program, ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: options.cwd ?? "/",
    env: { PATH: "/usr/bin:/bin", ...options.environment },
    encoding: "utf8",
    timeout: options.timeoutMs ?? 60_000,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}
