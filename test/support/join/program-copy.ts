import { chmodSync, constants, copyFileSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { temporaryDirectory } from "../temporary/temporary-directory.ts";

/**
 * The compiled program, at a place where any user can start it whatever the checkout's permissions are, and where a build
 * that runs meanwhile does not change it.
 */
export function programCopy(name = "kubeadm"): Disposable & { readonly path: string } {
  const built = resolve(import.meta.dirname, "../../../dist", name);
  if (!existsSync(built)) throw new Error(`dist/${name} is missing: build it with scripts/build.ts first`);
  const directory = temporaryDirectory();
  chmodSync(directory.path, 0o755);
  const path = join(directory.path, "kubeadm");
  copyFileSync(built, path, constants.COPYFILE_FICLONE);
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => directory[Symbol.dispose]() };
}
