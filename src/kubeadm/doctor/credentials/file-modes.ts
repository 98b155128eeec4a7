import { orElse } from "../../../async/or-else.ts";
import type { FileStatus, Files } from "../../../host/host.ts";
import { resolvePath } from "../../../host/resolve-path.ts";
import { shell } from "../../../values/shell.ts";
import { placeOf } from "../../certificates/certificate-files.ts";
import { authorities, leaves } from "../../certificates/certificate-table.ts";
import {
  adminKubeconfigPath,
  bootstrapKubeconfigPath,
  controllerManagerKubeconfigPath,
  defaultCertificatesDirectory,
  kubeletCurrentCertificatePath,
  kubeletKubeconfigPath,
  schedulerKubeconfigPath,
  superAdminKubeconfigPath,
} from "../../paths.ts";
import { type DoctorCheck, type DoctorFinding, found } from "../check.ts";
import { controlPlane } from "../facts/control-plane.ts";
import { isUnusable } from "../unread-file.ts";

const kubeconfigs = [
  kubeletKubeconfigPath,
  bootstrapKubeconfigPath,
  adminKubeconfigPath,
  superAdminKubeconfigPath,
  controllerManagerKubeconfigPath,
  schedulerKubeconfigPath,
];
const keys = [...Object.values(authorities), ...Object.values(leaves)].map(({ baseName }) => baseName).concat("sa");

export const fileModes: DoctorCheck = {
  name: "file-modes",
  group: "credentials",
  title: "Only root can read keys and kubeconfigs",
  look: async ({ files, once }) => {
    const directory = (await once(controlPlane))?.certificatesDir ?? defaultCertificatesDirectory;
    const ofCluster = keys.map((baseName) => placeOf(directory, baseName).key);
    const paths = [...kubeconfigs, kubeletCurrentCertificatePath, ...ofCluster];
    const findings = await Promise.all(paths.map((path) => findingOf(path, files)));
    return found(findings.filter((finding) => finding !== undefined));
  },
};

async function findingOf(name: string, files: Files): Promise<DoctorFinding | undefined> {
  const found = await regularFile(name, files);
  if (found === undefined) return undefined;
  const { path, status } = found;
  const mode = status.mode.toString(8).padStart(4, "0");
  if ((status.mode & 0o077) !== 0) {
    return {
      severity: "warning",
      finding: `${path} can be read by users other than its owner (mode ${mode}).`,
      commands: [shell`chmod 0600 ${path}`],
      fix: { what: `let only root read ${path}`, steps: [{ kind: "restrict-file", path, mode: 0o600 }] },
    };
  }
  if (status.uid === 0) return undefined;
  return {
    severity: "warning",
    finding: `${path} belongs to the user ${status.uid}, not to root.`,
    commands: [shell`chown root:root ${path}`],
  };
}

interface RegularFile {
  /** Without symlinks: commands and fixes must not take a link for the file. */
  readonly path: string;
  readonly status: FileStatus;
}

/** Returns the file that a name points to; undefined if there is none. */
async function regularFile(name: string, files: Pick<Files, "status">): Promise<RegularFile | undefined> {
  return orElse(undefined, isUnusable, async () => {
    const path = await resolvePath(name, { status: (each) => files.status(each), followLast: true });
    const status = await files.status(path);
    return status?.kind === "file" ? { path, status } : undefined;
  });
}
