// An etcd outside of the cluster: one member on its own host, run by systemd.
import type { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { programs } from "./control-plane-lab.ts";

const pki = "/etc/kubernetes/pki";

/** What `etcd.external` of a ClusterConfiguration says about it. */
export interface ExternalEtcd {
  readonly endpoints: readonly string[];
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Certificates come from upstream's phases, as its documentation has it. The files that an API server needs are copied
 * to `clients`.
 */
export async function runExternalEtcd(lab: Lab, host: LabHost, clients: readonly LabHost[]): Promise<ExternalEtcd> {
  for (const phase of ["etcd-ca", "etcd-server", "etcd-peer", "apiserver-etcd-client"]) {
    await host.mustRun([programs.upstream, "init", "phase", "certs", phase]);
  }
  await host.copyIn(lab.parts.etcd, "/usr/local/bin/etcd", 0o755);
  const url = `https://${host.address}`;
  const tls = (kind: string, file: string) => [
    `--${kind}cert-file=${pki}/etcd/${file}.crt`,
    `--${kind}key-file=${pki}/etcd/${file}.key`,
    `--${kind}trusted-ca-file=${pki}/etcd/ca.crt`,
    `--${kind}client-cert-auth`,
  ];
  const member = [
    ...[`--name=${host.name}`, "--data-dir=/var/lib/etcd/data", `--initial-cluster=${host.name}=${url}:2380`],
    ...[`--listen-client-urls=${url}:2379`, `--advertise-client-urls=${url}:2379`],
    ...[`--listen-peer-urls=${url}:2380`, `--initial-advertise-peer-urls=${url}:2380`],
    ...[...tls("", "server"), ...tls("peer-", "peer")],
  ];
  // Type "notify": systemd-run returns when the member serves.
  const unit = ["systemd-run", "--unit=etcd", "--service-type=notify", "/usr/local/bin/etcd"] as const;
  await host.mustRun([...unit, ...member]);
  for (const client of clients) {
    for (const file of ["etcd/ca.crt", "apiserver-etcd-client.crt", "apiserver-etcd-client.key"]) {
      await client.writeFile(
        `${pki}/${file}`,
        await host.readFile(`${pki}/${file}`),
        file.endsWith("key") ? 0o600 : 0o644,
      );
    }
  }
  return {
    endpoints: [`${url}:2379`],
    caFile: `${pki}/etcd/ca.crt`,
    certFile: `${pki}/apiserver-etcd-client.crt`,
    keyFile: `${pki}/apiserver-etcd-client.key`,
  };
}
