import { chmodSync, lstatSync, mkdtempSync, readdirSync, realpathSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "./remove-tree.ts";

/** Short, because tests create unix sockets deep below it, and the path of a socket is limited to 107 bytes. */
const prefix = "kt-";
/** A socket that the run listens on. The kernel closes it, however the run ends. */
const sign = "alive";
/** A directory without the socket is being made, or its maker was killed meanwhile. */
const makingMs = 60_000;

export interface RunDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * The directory that everything temporary of one run of tests lies in. Tests that drop privileges may pass through it, not
 * write to it. Directories of runs that were killed are removed first.
 */
export async function openRunDirectory(parent = tmpdir()): Promise<RunDirectory> {
  const root = realpathSync(parent);
  await removeAbandoned(root);
  const path = mkdtempSync(join(root, prefix));
  chmodSync(path, 0o755);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(join(path, sign), resolve));
  server.unref();
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await new Promise((closed) => server.close(closed));
      removeTree(path);
    },
  };
}

async function removeAbandoned(root: string): Promise<void> {
  for (const name of readdirSync(root).filter((each) => each.startsWith(prefix))) {
    const path = join(root, name);
    try {
      if (await isAbandoned(path)) removeTree(path);
    } catch (error) {
      console.error(`a directory of an earlier run of the tests stays: ${path}: ${String(error)}`);
    }
  }
}

/** A directory of this user's whose run is over. */
async function isAbandoned(path: string): Promise<boolean> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory() || found.uid !== process.getuid?.()) return false;
  const code = await refusal(join(path, sign));
  return code === "ECONNREFUSED" || (code === "ENOENT" && Date.now() - found.mtimeMs > makingMs);
}

/** The error of a connection; undefined where someone listens. */
function refusal(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}
