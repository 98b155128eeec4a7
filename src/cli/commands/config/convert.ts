import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Host } from "../../../host/host.ts";
import { configurationText } from "../../../kubeadm/config/documents/configuration-documents.ts";
import { convertConfiguration } from "../../../kubeadm/config/documents/convert-configuration.ts";
import { maxConfigurationBytes } from "../../../kubeadm/config/join/load-join-configuration.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import type { Invocation } from "../../line/command.ts";
import { printingEvents } from "../../printing-session.ts";
import { machineOf } from "../machine.ts";
import type { MigrateInvocation, ValidateInvocation } from "./flags.ts";

/** Checks a file and prints ok. */
export async function validate(invocation: ValidateInvocation): Promise<number> {
  const { flags, ports } = invocation;
  requireFlag("config", flags.config);
  const host = await machineOf(invocation);
  await convertConfiguration(
    await readFile(flags.config, host),
    {
      file: flags.config,
      detectsCriSocket: false,
      allowsExperimental: flags["allow-experimental-api"],
      allowsDeprecated: flags["allow-deprecated-api"],
    },
    portsOf(invocation, host),
  );
  ports.stdout.write("ok\n");
  return 0;
}

/** Writes a file of an older version in the current one. */
export async function migrate(invocation: MigrateInvocation): Promise<number> {
  const { flags, ports } = invocation;
  const file = flags["old-config"];
  requireFlag("old-config", file);
  const host = await machineOf(invocation);
  const conversion = portsOf(invocation, host);
  const old = await readFile(file, host);
  const documents = await convertConfiguration(
    old,
    {
      file,
      detectsCriSocket: true,
      allowsExperimental: flags["allow-experimental-api"],
      allowsDeprecated: true,
    },
    conversion,
  );
  if (comment.test(old)) {
    conversion.events.emit("warning", { area: "config", message: `Comments of ${file} are not carried over` });
  }
  const text = documents.map((document) => document.reveal()).join("---\n");
  if (flags["new-config"] === "") ports.stdout.write(text);
  else await writeFile(flags["new-config"], text, host);
  return 0;
}

/** A line of its own, or behind something. In a text that goes over several lines it is none, which costs a needless warning. */
const comment = /^[ \t]*#|[ \t]#/m;

function requireFlag(name: string, value: string): void {
  if (value === "") throw new KubeadmError("USAGE", `the --${name} flag is mandatory`);
}

function portsOf(invocation: Invocation<Flags>, host: Host) {
  const { files, machine, network } = host;
  return { files, machine, network, events: printingEvents(invocation), signal: invocation.ports.signal };
}

async function readFile(path: string, { files }: Host): Promise<string> {
  try {
    return configurationText(await files.read(path, { maxBytes: maxConfigurationBytes }), path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new KubeadmError("CONFIG_UNREADABLE", error.message, { cause: error, details: { file: path } });
  }
}

async function writeFile(path: string, text: string, { files }: Host): Promise<void> {
  try {
    await requireDirectory(path, files);
    // Bootstrap tokens and certificate keys are for anyone who runs this, not for anyone who has put a file there before.
    await files.write(path, text, { mode: 0o644, own: true });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const message = `failed to write the new configuration to the file ${JSON.stringify(path)}: ${error.message}`;
    throw new KubeadmError("FILE_OPERATION_FAILED", message, { cause: error, details: { path } });
  }
}

/** A mistyped path must not make directories. */
async function requireDirectory(path: string, files: Host["files"]): Promise<void> {
  const slash = path.lastIndexOf("/");
  if (slash <= 0 || (await files.status(path.slice(0, slash))) !== undefined) return;
  throw new FileError("not-found", "open", path, "no such file or directory");
}
