import { chmodSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * The compiled program, at a place where any user can start it whatever the checkout's permissions are, and where a build
 * that runs meanwhile does not change it.
 */
export function programCopy(): Disposable & { readonly path: string } {
  const built = resolve(import.meta.dirname, "../../../dist/kubeadm");
  if (!existsSync(built)) throw new Error("dist/kubeadm is missing: run `npm run build` first");
  const directory = mkdtempSync(join(tmpdir(), "kubeadm-"));
  chmodSync(directory, 0o755);
  const path = join(directory, "kubeadm");
  copyFileSync(built, path, constants.COPYFILE_FICLONE);
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}
