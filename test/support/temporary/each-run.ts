// vitest's globalSetup: what is temporary lies in one directory for each run, which is gone with it.
import { openRunDirectory } from "./run-directory.ts";

export async function setup(): Promise<() => Promise<void>> {
  const directory = await openRunDirectory();
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = directory.path;
  return async () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    await directory[Symbol.asyncDispose]();
  };
}
