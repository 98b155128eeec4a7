import type { SystemReportLine } from "../../../events/event.ts";
import { goQuote } from "../../../go/quote.ts";
import { FileError } from "../../../host/file-error.ts";
import { CommandError, type Commands, type Files } from "../../../host/host.ts";
import type { KernelOption } from "../../../kubernetes/minors/minor-data.ts";

/** Returns the possible paths of the kernel's build configuration, best first. */
export function configurationPaths(kernelRelease: string): readonly string[] {
  return [
    "/proc/config.gz",
    `/boot/config-${kernelRelease}`,
    `/usr/src/linux-${kernelRelease}/.config`,
    "/usr/src/linux/.config",
    `/usr/lib/modules/${kernelRelease}/config`,
    `/usr/lib/ostree-boot/config-${kernelRelease}`,
    `/usr/lib/kernel/config-${kernelRelease}`,
    `/usr/src/linux-headers-${kernelRelease}/.config`,
    `/lib/modules/${kernelRelease}/build/.config`,
  ];
}

/** Thrown with upstream's message if the configuration cannot be found or read. */
export class KernelConfigurationError extends Error {
  override readonly name = "KernelConfigurationError";
}

export interface KernelConfigurationPorts {
  readonly files: Files;
  readonly commands: Commands;
  readonly signal: AbortSignal;
}

/** Returns the configuration as text; temporarily loads the module "configs" if no file has it. */
export async function readKernelConfiguration(kernelRelease: string, ports: KernelConfigurationPorts): Promise<string> {
  const paths = configurationPaths(kernelRelease);
  const found = await firstOf(paths, ports.files);
  if (found !== undefined) return found;
  await modprobe(["configs"], ports);
  try {
    const loaded = await firstOf(paths, ports.files);
    if (loaded !== undefined) return loaded;
    throw new KernelConfigurationError(`no config path in [${paths.join(" ")}] is available`);
  } finally {
    await modprobe(["-r", "configs"], ports).catch(() => undefined);
  }
}

async function firstOf(paths: readonly string[], files: Files): Promise<string | undefined> {
  for (const path of paths) {
    try {
      if (!path.endsWith(".gz")) return await files.readText(path);
      return await gunzipped(await files.read(path));
    } catch (error) {
      if (error instanceof FileError && (error.code === "not-found" || error.code === "not-a-directory")) continue;
      throw new KernelConfigurationError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
  return undefined;
}

async function gunzipped(bytes: Uint8Array): Promise<string> {
  const plain = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).text();
}

async function modprobe(argv: readonly string[], { commands, signal }: KernelConfigurationPorts): Promise<void> {
  const failed = (output: string, reason: string) =>
    new KernelConfigurationError(`unable to load kernel module: "configs", output: ${goQuote(output)}, err: ${reason}`);
  try {
    const options = { signal, timeoutMs: 30_000, readOnly: true };
    const { exitCode, stdout, stderr } = await commands.run(["modprobe", ...argv], options);
    if (exitCode !== 0) throw failed(stdout + stderr, `exit status ${exitCode}`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw failed(
      "",
      error.code === "not-found" ? `exec: "modprobe": executable file not found in $PATH` : error.message,
    );
  }
}

/**
 * Returns the value of an option: "y", "m", "n", or undefined if the configuration does not name it. Some
 * 40 options are looked up in 100 kB of text and more: a regular expression for each took 17 ms.
 */
function settingOf(configuration: string, name: string): string | undefined {
  const assignment = `CONFIG_${name}=`;
  let at = configuration.indexOf(assignment);
  while (at !== -1) {
    const indentation = configuration.slice(configuration.lastIndexOf("\n", at) + 1, at);
    const value = configuration.charAt(at + assignment.length);
    if (indentation.trim() === "" && /^[ymn]$/.test(value)) return value;
    at = configuration.indexOf(assignment, at + 1);
  }
  return undefined;
}

/** Returns one report line for each option; missing options get `ifMissing`. */
export function judgeOptions(
  configuration: string,
  options: readonly KernelOption[],
  ifMissing: "bad" | "warning",
): readonly SystemReportLine[] {
  return options.map(({ name, aliases = [], description }) => {
    const names = [name, ...aliases];
    const settings = names.map((used) => ({ used, setting: settingOf(configuration, used) }));
    // Upstream names the last alias if none is set.
    const last = settings.at(-1) ?? { used: name, setting: undefined };
    const { used, setting } = settings.find((each) => each.setting !== undefined) ?? last;
    const key = `CONFIG_${used}`;
    if (setting === "y") return { key, value: "enabled", verdict: "good" };
    if (setting === "m") return { key, value: "enabled (as module)", verdict: "good" };
    const state = setting === undefined ? "not set" : "disabled";
    return { key, value: description === undefined ? state : `${state} - ${description}`, verdict: ifMissing };
  });
}
