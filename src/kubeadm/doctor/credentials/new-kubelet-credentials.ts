import { orElse } from "../../../async/or-else.ts";
import { FileError } from "../../../host/file-error.ts";
import { part, type ShellCommand, shell } from "../../../values/shell.ts";
import { exists } from "../../certificates/certificate-files.ts";
import {
  bootstrapKubeconfigPath,
  defaultCertificatesDirectory,
  kubeletCurrentCertificatePath,
  kubeletKubeconfigPath,
} from "../../paths.ts";
import type { DoctorFinding } from "../check.ts";
import type { Examination } from "../examination.ts";
import { type ControlPlane, controlPlane, localApiEndpoint } from "../facts/control-plane.ts";
import { nodeName } from "../facts/node-name.ts";
import { bootstrapKubeconfigOnControlPlane, restartKubelet, setAside } from "../suggested-commands.ts";

export type Advice = Required<Pick<DoctorFinding, "remedy" | "commands">>;

/** Which files of the kubelet are of no use: they are set aside, not deleted. */
export type Unusable = "kubeconfig" | "certificate";

/**
 * Returns how the kubelet gets credentials again while everything else on the machine stays: from the key of the CA, if
 * this control plane has it, and otherwise with a new bootstrap token.
 */
export async function newKubeletCredentials(unusable: Unusable, examination: Examination): Promise<Advice> {
  const plane = await planeOf(examination);
  const directory = plane?.certificatesDir ?? defaultCertificatesDirectory;
  const key = `${directory}/ca.key`;
  if (plane !== undefined && (await exists(key, examination.files)))
    return fromAuthority(unusable, directory, examination);
  return fromBootstrapToken(unusable, plane, examination);
}

async function planeOf({ once }: Examination): Promise<ControlPlane | undefined> {
  // Without root, the files of a control plane are not readable: the advice is that for any node.
  return orElse(undefined, FileError, () => once(controlPlane));
}

async function fromAuthority(unusable: Unusable, directory: string, examination: Examination): Promise<Advice> {
  const { machine, once } = examination;
  const [name, place] = await Promise.all([once(nodeName), once(localApiEndpoint)]);
  const flags = [part`--node-name ${name}`];
  if (place !== undefined) {
    flags.push(part`--apiserver-advertise-address ${place.advertiseAddress}`);
    flags.push(part`--apiserver-bind-port ${place.bindPort}`);
  }
  if (directory !== defaultCertificatesDirectory) flags.push(part`--cert-dir ${directory}`);
  // The phase takes the Node's name from the host's.
  const canFinalize = machine.hostname.trim().toLowerCase() === name;
  const paths = [kubeletKubeconfigPath, ...(unusable === "certificate" ? [kubeletCurrentCertificatePath] : [])];
  return {
    remedy: "Create a new kubeconfig with the CA's key on this machine. The kubelet then renews the certificate in it.",
    commands: [
      ...(await asideOf(paths, examination)),
      shell`kubeadm init phase kubeconfig kubelet ${flags}`,
      restartKubelet,
      ...(canFinalize ? [untilRenewed, shell`kubeadm init phase kubelet-finalize enable-client-cert-rotation`] : []),
    ],
  };
}

/** The kubelet stores its certificate within seconds after its start. */
const untilRenewed = shell`timeout 60 sh -c ${`until test -e ${kubeletCurrentCertificatePath}; do sleep 1; done`}`;

const remedyOfBootstrap =
  "Give the kubelet a bootstrap kubeconfig with a new token: it gets a certificate with it, and writes its own kubeconfig.";
const externalAuthority =
  "If no control plane has the key of the CA, `kubeadm certs generate-csr` creates a request for the CA's owner to sign.";

async function fromBootstrapToken(
  unusable: Unusable,
  plane: ControlPlane | undefined,
  examination: Examination,
): Promise<Advice> {
  const own = unusable === "certificate" ? kubeletCurrentCertificatePath : kubeletKubeconfigPath;
  const file = "bootstrap-kubelet.conf";
  return {
    remedy: plane === undefined ? remedyOfBootstrap : `${remedyOfBootstrap} ${externalAuthority}`,
    commands: [
      ...bootstrapKubeconfigOnControlPlane(file),
      ...(await asideOf([own, bootstrapKubeconfigPath], examination)),
      shell`scp ${`CONTROL-PLANE:${file}`} ${bootstrapKubeconfigPath}`,
      shell`chmod 0600 ${bootstrapKubeconfigPath}`,
      restartKubelet,
    ],
  };
}

async function asideOf(
  paths: readonly string[],
  { files }: Pick<Examination, "files">,
): Promise<readonly ShellCommand[]> {
  const there = await Promise.all(paths.map((path) => exists(path, files)));
  return paths.filter((_, index) => there[index]).map(setAside);
}
