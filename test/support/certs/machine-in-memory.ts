// The program on a machine in memory that has the files of a control plane.
import { X509Certificate } from "node:crypto";
import { beforeAll, expect } from "vitest";
import { main } from "../../../src/cli/main.ts";
import type { ControlPlane } from "../../../src/embedded/control-plane/index.ts";
import { type MemoryHost, memoryHost } from "../../../src/host/memory.ts";
import { certificateContent } from "../../../src/pki/certificate-content.ts";
import { memoryPorts } from "../../fixtures/cli/memory-ports.ts";

export type Tree = Readonly<Record<string, string>>;

export const pki = "/etc/kubernetes/pki";
export const configuration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.0.2.10, bindPort: 6443}
nodeRegistration: {name: cp1, criSocket: unix:///run/containerd/containerd.sock}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
controlPlaneEndpoint: lb.example.com:8443
encryptionAlgorithm: ECDSA-P256
`;

export interface Setting {
  /** Contents, or targets of symlinks. */
  readonly files?: Readonly<Record<string, string | { readonly target: string }>>;
  readonly now?: string;
  readonly controlPlane?: ControlPlane;
}

export async function kubeadm(line: string, { files = {}, now = "2026-01-01T00:00:00Z", controlPlane }: Setting = {}) {
  const host: MemoryHost = memoryHost({
    files: { "/c.yaml": configuration, ...files },
    clock: { start: new Date(now), automatic: true },
  });
  const ports = memoryPorts({
    host,
    ...(controlPlane === undefined ? {} : { connectTransport: async () => controlPlane.connectInProcess }),
  });
  const status = await main(line.split(" "), ports);
  const { "/c.yaml": _, ...snapshot } = host.files.snapshot();
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text(), files: snapshot };
}

/** A control plane's files, as the phases of init make them. */
export let machine: Tree;
beforeAll(async () => {
  const certs = await kubeadm("init phase certs all --config /c.yaml");
  expect(certs).toMatchObject({ status: 0, stderr: "" });
  machine = (await kubeadm("init phase kubeconfig all --config /c.yaml", { files: certs.files })).files;
});

export const without = (...names: string[]): Tree =>
  Object.fromEntries(
    Object.entries(machine).filter(([path]) => !names.some((name) => path === `/etc/kubernetes/${name}`)),
  );

export const certificateOf = (text: string | undefined) => {
  const embedded = /client-certificate-data: (.*)/.exec(text ?? "")?.[1];
  const pem = embedded === undefined ? text : Buffer.from(embedded, "base64").toString();
  return certificateContent(new X509Certificate(pem ?? ""));
};
