import type { Dependency } from "./dependencies.ts";
import type { Runtime } from "./runtime.ts";

/**
 * The file in the form of https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/: the program's license, and those
 * of what is compiled into it, whose texts have to go with it.
 */
export function copyrightFile(
  projectLicense: string,
  { dependencies, runtime }: { readonly dependencies: readonly Dependency[]; readonly runtime: Runtime },
): string {
  const parts = runtime.parts.map(({ name, version }) => `${name} ${version}`).join(", ");
  return [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: kubeadm-ts",
    "",
    "Files: *",
    "Copyright: The kubeadm-ts authors",
    "License: Apache-2.0",
    "Comment: usr/bin/kubeadm contains the packages and the runtime that are listed below.",
    "",
    ...dependencies.flatMap((dependency) => stanza(dependency)),
    `Files: usr/bin/kubeadm#${runtime.name}`,
    `Copyright: The authors of Bun ${runtime.version} and of its parts`,
    "License: Expat and LGPL-2.1 and others",
    ` Bun is licensed under the Expat (MIT) license, and contains WebKit's JavaScriptCore, which is licensed under the GNU`,
    " Lesser General Public License; on Debian systems, /usr/share/common-licenses/LGPL-2.1 has its text. The license of each",
    " other part is in the sources of that part:",
    ` ${parts}.`,
    "",
    "License: Apache-2.0",
    " On Debian systems, the full text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.",
    " .",
    ...indented(projectLicense.slice(projectLicense.indexOf("   Licensed under the Apache License"))),
    "",
  ].join("\n");
}

function stanza({ name, version, license, licenseText }: Dependency): readonly string[] {
  const holders = [...(licenseText ?? "").matchAll(/^\s*Copyright[ ,:].*$/gim)].map(([line]) => line.trim());
  return [
    `Files: usr/bin/kubeadm#${name}`,
    `Copyright: ${holders[0] ?? `The authors of ${name}`}`,
    // A name of its own for each, because the texts differ by their first lines.
    `License: ${license.replaceAll(/[()]/g, "")}-${name.replaceAll(/[^a-z0-9]+/gi, "-").replace(/^-/, "")}`,
    ...indented(licenseText ?? `${name} ${version} is licensed under ${license}.`),
    "",
  ];
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (line.trim() === "" ? " ." : ` ${line.trimEnd()}`));
}
