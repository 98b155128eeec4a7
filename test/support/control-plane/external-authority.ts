// A CA whose key is not on the cluster's machines: what it has signed is there before init.
import type { LabHost } from "../../../lab/lab-host.ts";
import { DEFAULT_VERSION } from "../../../lab/versions.ts";
import { programs } from "./control-plane-lab.ts";

const pki = "/etc/kubernetes/pki";

/** Certificates and kubeconfigs come from upstream's phases on `authority`, and are copied to the control plane. */
export async function prepareExternalAuthority(
  authority: LabHost,
  controlPlane: LabHost,
  { version = DEFAULT_VERSION }: { readonly version?: string } = {},
): Promise<void> {
  const documents = [
    {
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: controlPlane.address },
      nodeRegistration: { name: controlPlane.name },
    },
    { kind: "ClusterConfiguration", kubernetesVersion: `v${version}`, controlPlaneEndpoint: "endpoint.lab:6443" },
  ].map((document) => JSON.stringify({ apiVersion: "kubeadm.k8s.io/v1beta4", ...document }));
  await authority.writeFile("/root/init.yaml", documents.join("\n---\n"));
  const phases = ["certs ca", "certs apiserver", "certs apiserver-kubelet-client", "certs sa", "kubeconfig all"];
  for (const phase of phases) {
    const words = phase.split(" ");
    await authority.mustRun([programs.upstream, "init", "phase", ...words, "--config", "/root/init.yaml"]);
  }
  const pairs = ["apiserver", "apiserver-kubelet-client"].flatMap((name) => [`${name}.crt`, `${name}.key`]);
  // With an external CA, init makes no service account keys either, as upstream does not.
  await copyFiles(authority, controlPlane, ["ca.crt", ...pairs, "sa.key", "sa.pub"]);
  const kubeconfigs = ["admin", "super-admin", "controller-manager", "scheduler", "kubelet"];
  for (const path of kubeconfigs.map((name) => `/etc/kubernetes/${name}.conf`)) {
    await controlPlane.writeFile(path, await authority.readFile(path), 0o600);
  }
}

/** Copies files below the directory of certificates from host to host. */
export async function copyFiles(from: LabHost, to: LabHost, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const mode = file.endsWith(".key") ? 0o600 : 0o644;
    await to.writeFile(`${pki}/${file}`, await from.readFile(`${pki}/${file}`), mode);
  }
}
