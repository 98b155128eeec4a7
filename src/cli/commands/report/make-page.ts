import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Flags } from "../../../kubeadm/flags/flag.ts";
import { reportPage } from "../../../report/page.ts";
import { readEvents } from "../../../report/read-events.ts";
import type { Invocation } from "../../line/command.ts";
import { filePath, machineOf } from "../machine.ts";

/** A run has some hundred events, of a few hundred bytes each. */
const mostBytes = 16 * 1024 * 1024;

/** Writes the page to the file, or to stdout if its name is empty. */
export async function makePage(invocation: Invocation<Flags>, outputFile: string): Promise<number> {
  const { events, problems } = readEvents(await readLines(invocation));
  if (events.length === 0) {
    throw new KubeadmError("REPORT_INPUT_INVALID", `${nameOf(invocation)} has no events`);
  }
  const page = reportPage(events, problems);
  if (outputFile === "") {
    invocation.ports.stdout.write(page);
    return 0;
  }
  const { files } = await machineOf(invocation);
  await files.write(filePath(outputFile, invocation), page, { mode: 0o600, secret: true, own: true });
  return 0;
}

function nameOf({ args: [file = "-"] }: Pick<Invocation<Flags>, "args">): string {
  return file === "-" ? "the standard input" : file;
}

async function readLines(invocation: Invocation<Flags>): Promise<string> {
  const { args, ports } = invocation;
  const [file = "-"] = args;
  const bytes =
    file === "-"
      ? await ports.readInput(mostBytes, ports.signal)
      : await readFile(filePath(file, invocation), invocation);
  if (bytes !== undefined) return new TextDecoder().decode(bytes);
  throw new KubeadmError("REPORT_INPUT_INVALID", `${nameOf(invocation)} has more than ${mostBytes} bytes`);
}

/** Undefined if it is too large. */
async function readFile(path: string, invocation: Invocation<Flags>): Promise<Uint8Array | undefined> {
  const { files } = await machineOf(invocation);
  try {
    return await files.read(path, { maxBytes: mostBytes });
  } catch (error) {
    if (error instanceof FileError && error.code === "too-large") return undefined;
    throw error;
  }
}
