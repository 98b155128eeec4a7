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
  const [outcome] = await renew(invocation, () => renewables.filter(({ name }) => name === renewable.name));
  const next = nextSteps[renewable.name];
  // On stderr, because upstream prints nothing more.
  if (outcome === "renewed" && next !== undefined) invocation.ports.stderr.write(`[renew] ${next}\n`);
  return 0;
}

const copies = "Copies of this file, such as ~/.kube/config, still have the old certificate: copy it again.";

/** What to do before a renewed certificate is used. The certificate for etcd's health check is loaded for each check. */
const nextSteps: Readonly<Partial<Record<Renewable["name"], string>>> = {
  apiserver: restart("kube-apiserver"),
  "apiserver-etcd-client": restart("kube-apiserver"),
  "apiserver-kubelet-client": restart("kube-apiserver"),
  "front-proxy-client": restart("kube-apiserver"),
  "etcd-server": restart("etcd"),
  "etcd-peer": restart("etcd"),
  "controller-manager.conf": restart("kube-controller-manager"),
  "scheduler.conf": restart("kube-scheduler"),
  "admin.conf": copies,
  "super-admin.conf": copies,
};

function restart(component: string): string {
  return `Restart ${component}, so that it uses the new certificate.`;
}

async function renew(
  invocation: RenewInvocation,
  choose: (cluster: ClusterConfiguration) => readonly Renewable[],
): Promise<readonly RenewalOutcome[]> {
  const { stdout, signal } = invocation.ports;
  const host: Host = await machineOf(invocation);
  const events = printingEvents(invocation);
  const print = (line: string) => stdout.write(`${line}\n`);
  const cluster = await certsConfiguration("renew", invocation, { host, events, print });
  const ports = { ...newIssuance({ cluster }, host, signal), files: host.files, events };
  const wanted = choose(cluster);
  await prepareRenewals(wanted, cluster, ports);
  const outcomes: RenewalOutcome[] = [];
  for (const renewable of wanted) {
    const outcome = await renewCertificate(renewable, cluster, ports);
    print(lineFor(renewable, outcome));
    outcomes.push(outcome);
  }
  return outcomes;
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
