import type { Host } from "../../../host/host.ts";
import { authorities } from "../../../kubeadm/certificates/certificate-table.ts";
import {
  prepareRenewals,
  type RenewalOutcome,
  renewCertificate,
} from "../../../kubeadm/certificates/renew-certificate.ts";
import { type Renewable, renewables, renewablesOf } from "../../../kubeadm/certificates/renewable-certificates.ts";
import type { ClusterConfiguration } from "../../../kubeadm/config/cluster/cluster-configuration.ts";
import { newIssuance } from "../../../phases/issuance.ts";
import { printingEvents } from "../../printing-session.ts";
import { machineOf } from "../machine.ts";
import { certsConfiguration } from "./configuration.ts";
import type { RenewInvocation } from "./flags.ts";

const done =
  "Done renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.";

/** Renews all certificates in the order of their names; the first failure ends it. */
export async function renewAll(invocation: RenewInvocation): Promise<number> {
  await renew(invocation, (cluster) => renewablesOf(cluster));
  invocation.ports.stdout.write(`\n${done}\n`);
  return 0;
}

export async function renewOne(renewable: Renewable, invocation: RenewInvocation): Promise<number> {
  await renew(invocation, () => renewables.filter(({ name }) => name === renewable.name));
  return 0;
}

async function renew(
  invocation: RenewInvocation,
  choose: (cluster: ClusterConfiguration) => readonly Renewable[],
): Promise<void> {
  const { stdout, signal } = invocation.ports;
  const host: Host = await machineOf(invocation);
  const events = printingEvents(invocation);
  const print = (line: string) => stdout.write(`${line}\n`);
  const cluster = await certsConfiguration("renew", invocation, { host, events, print });
  const ports = { ...newIssuance({ cluster }, host, signal), files: host.files, events };
  const wanted = choose(cluster);
  await prepareRenewals(wanted, cluster, ports);
  for (const renewable of wanted) print(lineFor(renewable, await renewCertificate(renewable, cluster, ports)));
}

function lineFor({ longName, authority }: Renewable, outcome: RenewalOutcome): string {
  switch (outcome) {
    case "renewed":
      return `${longName} renewed`;
    case "missing":
      return `MISSING! ${longName}`;
    case "external":
      return `Detected external ${authorities[authority].baseName}, ${longName} can't be renewed`;
  }
}
