import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Links to follow before a path counts as a loop, as in the kernel. */
const maxLinks = 40;

/** Converts a path of the node to one of this machine, for a node whose file system is below `root`. */
export type RootedPath = (path: string) => string;

/**
 * Symlinks are followed as a process in a chroot would follow them: an absolute target starts at the root again. The
 * last component may be missing; with a link as last component the target's path results.
 */
export function rootedPath(root: string): RootedPath {
  const base = resolve(root);
  return (path) => {
    let links = 0;
    let inside = "/";
    const pending = path.split("/").filter((part) => part !== "");
    for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
      const next = join(inside, part);
      const target = linkTarget(join(base, next));
      if (target === undefined) {
        inside = next;
        continue;
      }
      if (++links > maxLinks) throw new Error(`too many levels of symbolic links: ${path}`);
      pending.unshift(
        ...resolve(dirname(next), target)
          .split("/")
          .filter((name) => name !== ""),
      );
      inside = "/";
    }
    return join(base, inside);
  };
}

function linkTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}
