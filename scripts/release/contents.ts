import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { installedSchema } from "../../src/cli/commands/config/flags.ts";
import { type Architecture, architectures } from "./architectures.ts";
import type { Family } from "./family.ts";
import { kubeletDropIn } from "./kubelet-drop-in.ts";
import { type Release, reproducible, workDirectory } from "./release.ts";
import { run } from "./run.ts";
import type { PackagedFile } from "./staged-files.ts";

/** Shell → where a distribution looks for its completions. PowerShell has no such place: its users load the file themselves. */
const completions = {
  debian: {
    bash: "/usr/share/bash-completion/completions/kubeadm",
    fish: "/usr/share/fish/vendor_completions.d/kubeadm.fish",
    powershell: "/usr/share/kubeadm/completion.ps1",
    zsh: "/usr/share/zsh/vendor-completions/_kubeadm",
  },
  rpm: {
    bash: "/usr/share/bash-completion/completions/kubeadm",
    fish: "/usr/share/fish/vendor_completions.d/kubeadm.fish",
    powershell: "/usr/share/kubeadm/completion.ps1",
    zsh: "/usr/share/zsh/site-functions/_kubeadm",
  },
} as const satisfies Record<Family, Readonly<Record<string, string>>>;

/** What packages of all kinds and tarballs contain beside the program: made once. */
export interface Documents {
  readonly manPages: readonly { readonly name: string; readonly text: string }[];
  readonly completions: ReadonlyMap<string, string>;
  /** The JSON Schema of all kinds of configuration. */
  readonly schema: string;
  readonly changelog: string;
  readonly license: string;
}

export async function makeDocuments(release: Release): Promise<Documents> {
  const directory = workDirectory(release, "man");
  const { root } = release;
  await run([process.execPath, join(root, "scripts/man.ts"), directory], { env: reproducible(release) });
  // This machine's: the scripts are the same for every architecture.
  const program = join(root, architectures.amd64.program);
  const scripts = await Promise.all(
    Object.keys(completions.debian).map(async (shell) => [shell, await run([program, "completion", shell])] as const),
  );
  return {
    manPages: readdirSync(directory)
      .toSorted()
      .map((name) => ({ name, text: readFileSync(join(directory, name), "utf8") })),
    completions: new Map(scripts),
    schema: await run([program, "config", "schema"]),
    changelog: readFileSync(join(root, "CHANGELOG.md"), "utf8"),
    license: readFileSync(join(root, "LICENSE"), "utf8"),
  };
}

/** The files that both kinds of package install, without their documentation. */
export function packagedFiles(
  { root }: Release,
  { manPages, completions: scripts, schema }: Documents,
  { family, architecture }: { readonly family: Family; readonly architecture: Architecture },
): readonly PackagedFile[] {
  const text = (path: string, content: string | Uint8Array) => ({ path, mode: 0o644, content }) as const;
  return [
    { path: "/usr/bin/kubeadm", mode: 0o755, content: { copyOf: join(root, architectures[architecture].program) } },
    text("/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", kubeletDropIn(family)),
    ...manPages.map((page) => text(`/usr/share/man/man1/${page.name}.gz`, gzipped(page.text))),
    text(installedSchema, schema),
    ...Object.entries(completions[family]).map(([shell, path]) => text(path, scripts.get(shell) ?? "")),
  ];
}

/** Without a name and a time. */
export function gzipped(content: string | Uint8Array): Uint8Array {
  return gzipSync(content, { level: 9 });
}
