import { cp, link, mkdir, readdir, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { mustRun } from "../run-command.ts";
import type { ImageSource } from "./image-archive.ts";

/** Where to find the content of the images: the folder of each part's programs, and the hosts' root file system. */
export interface ImageParts {
  readonly bin: (part: string) => string;
  readonly debianRoot: string;
}

/** Creates the folder that becomes the image's layer. The last path element of the reference identifies the image. */
export async function makeImageRoot(reference: string, root: string, parts: ImageParts): Promise<ImageSource> {
  const name = basename(reference.slice(0, reference.lastIndexOf(":")));
  await mkdir(join(root, "tmp"), { recursive: true });
  switch (name) {
    case "kube-apiserver":
    case "kube-controller-manager":
    case "kube-scheduler":
      await place(parts, name, name, root, "usr/local/bin");
      return { reference, root, entrypoint: [name] };
    case "kube-proxy":
      await place(parts, name, name, root, "usr/local/bin");
      await addPacketFilter(parts.debianRoot, root);
      return { reference, root, entrypoint: [name] };
    case "etcd":
      await place(parts, "etcd", "etcd", root, "usr/local/bin");
      await place(parts, "etcdctl", "etcdctl", root, "usr/local/bin");
      return { reference, root, entrypoint: ["etcd"] };
    case "coredns":
    case "pause":
      await place(parts, name, name, root, "");
      return { reference, root, entrypoint: [`/${name}`] };
    default:
      throw new Error(`the lab has no part for the image ${reference}`);
  }
}

async function place(parts: ImageParts, part: string, program: string, root: string, folder: string): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  await link(join(parts.bin(part), program), join(root, folder, program));
}

const FILTER_PROGRAMS = ["usr/sbin/xtables-nft-multi", "usr/sbin/conntrack"];
const FILTER_NAMES = ["", "-save", "-restore"].flatMap((suffix) => [`iptables${suffix}`, `ip6tables${suffix}`]);

const FILTER_EXTENSIONS = "usr/lib/x86_64-linux-gnu/xtables";

/** kube-proxy's image needs iptables with its extensions, conntrack, and the libraries of all of them, from Debian. */
async function addPacketFilter(debianRoot: string, root: string): Promise<void> {
  const extensions = (await readdir(join(debianRoot, FILTER_EXTENSIONS))).map((name) => join(FILTER_EXTENSIONS, name));
  const linked = [...FILTER_PROGRAMS, ...extensions].map((path) => `/${path}`);
  const loaded = await mustRun(["chroot", debianRoot, "ldd", ...linked]);
  const libraries = [...loaded.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map((match) => match[1] ?? "");
  // The programs refer to the libraries in /lib and /lib64, which Debian has as links to the same names below /usr.
  const files = new Set([...FILTER_PROGRAMS, ...libraries.map((path) => `usr${path.replace(/^\/usr/, "")}`)]);
  for (const file of files) {
    await mkdir(join(root, dirname(file)), { recursive: true });
    await cp(join(debianRoot, file), join(root, file), { dereference: true });
  }
  await cp(join(debianRoot, FILTER_EXTENSIONS), join(root, FILTER_EXTENSIONS), {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const folder of ["lib", "lib64", "sbin", "bin"]) {
    await mkdir(join(root, "usr", folder), { recursive: true });
    await symlink(`usr/${folder}`, join(root, folder));
  }
  for (const name of FILTER_NAMES) await symlink("xtables-nft-multi", join(root, "usr/sbin", name));
  await mkdir(join(root, "run"));
}
