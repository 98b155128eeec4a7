// Reads an inventory from the hosts of a lab.
import type { Lab } from "../../../../lab/lab.ts";
import type { LabHost } from "../../../../lab/lab-host.ts";
import { CommandFailed } from "../../../../lab/run-command.ts";
import { etcdctl } from "../../control-plane/control-plane-lab.ts";
import { fileFacts, type Inventory, inventoryOf, lastingResources, memberFacts, objectFacts } from "./inventory.ts";

interface Hosts {
  readonly controlPlanes: readonly LabHost[];
  readonly others: readonly LabHost[];
}

/** Reads all that may not be lost, which takes an API server and an etcd that answer. */
export async function takeInventory(lab: Lab, { controlPlanes, others }: Hosts): Promise<Inventory> {
  const [objects, etcd, ...files] = await Promise.all([
    objectsOf(lab),
    etcdOf(controlPlanes),
    ...[...controlPlanes, ...others].map(filesOf),
  ]);
  return inventoryOf(objects, etcd, ...files);
}

/** Reads what lies on some hosts. */
export async function takeFileInventory(hosts: readonly LabHost[]): Promise<Inventory> {
  return inventoryOf(...(await Promise.all(hosts.map(filesOf))));
}

async function objectsOf(lab: Lab): Promise<readonly string[]> {
  const names = await must(lab, ["api-resources", "--verbs=list", "-o", "name"]);
  const resources = lastingResources(names.split("\n")).join(",");
  const { items } = JSON.parse(await must(lab, ["get", resources, "--all-namespaces", "-o", "json"])) as {
    readonly items: readonly unknown[];
  };
  return items.flatMap(objectFacts);
}

async function must(lab: Lab, argv: readonly string[]): Promise<string> {
  const result = await lab.kubectl(argv, { timeoutMs: 60_000 });
  if (result.exitCode !== 0) throw new CommandFailed(["kubectl", ...argv], result);
  return result.stdout;
}

async function etcdOf([first]: readonly LabHost[]): Promise<readonly string[]> {
  if (first === undefined) return [];
  const ask = (args: readonly string[]) => first.mustRun(etcdctl("https://127.0.0.1:2379", args));
  // A member that does not respond makes the second one fail, and is missing in what it prints.
  const [members, status] = await Promise.all([
    ask(["member", "list"]),
    first.run(etcdctl("https://127.0.0.1:2379", ["endpoint", "status", "--cluster"])),
  ]);
  return memberFacts(members, status.stdout);
}

async function filesOf(host: LabHost): Promise<readonly string[]> {
  const entries = await host.readTree(["/etc/kubernetes"]);
  // Of the kubelet's own, only the current client certificate counts: it makes its serving certificate itself.
  const current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
  const pem = await host.run(["cat", current]);
  return [
    ...entries
      .filter(({ path }) => !path.startsWith("/etc/kubernetes/tmp/"))
      .flatMap(({ path, content }) =>
        content === undefined ? [] : fileFacts(host.name, { path, content: String(content) }),
      ),
    ...(pem.exitCode === 0 ? fileFacts(host.name, { path: current, content: pem.stdout }) : []),
  ];
}
