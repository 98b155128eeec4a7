import type { KubernetesObject } from "../../cluster/cluster.ts";
import type { Connections } from "../../cluster/connections.ts";
import { dryRunConnections } from "../../cluster/dry-run.ts";
import { maskSecrets } from "../../errors/secret.ts";
import type { Events } from "../../events/events.ts";
import { dryRunHost, flatBelow } from "../../host/dry-run.ts";
import type { Files, Host } from "../../host/host.ts";
import type { JoinOptions } from "../../kubeadm/apis/join-options.ts";
import {
  defaultCertificatesDirectory,
  kubeletConfigurationPath,
  kubeletEnvironmentPath,
  temporaryDirectory,
} from "../../kubeadm/paths.ts";
import { type WritableValue, writeYaml } from "../../kubeadm/yaml/write-yaml.ts";

/** Names the directory for what a dry run would write; upstream's variable. */
const directoryVariable = "KUBEADM_JOIN_DRYRUN_DIR";

export interface JoinMachine {
  readonly host: Host;
  readonly observed: (connections: Connections) => Connections;
  readonly dryRunDirectory?: string;
}

/** The machine and the cluster as a join may change them: in a dry run, not at all. */
export async function machineFor(options: JoinOptions, host: Host, events: Events): Promise<JoinMachine> {
  if (!options.needsDryRunDirectory) return { host, observed: (connections) => connections };
  const dryRunDirectory = await makeDryRunDirectory(host, events);
  if (!options.dryRun) return { host, observed: (connections) => connections, dryRunDirectory };
  return {
    host: dryRunHost(host, { directory: dryRunDirectory, redirect: flatBelow(defaultCertificatesDirectory) }),
    observed: (connections) => dryRunConnections(connections, events, showObject),
    dryRunDirectory,
  };
}

async function makeDryRunDirectory(host: Host, events: Events): Promise<string> {
  const given = host.machine.environment[directoryVariable];
  if (given !== undefined && given !== "") {
    await host.files.makeDirectory(given, { mode: 0o700 });
    return given;
  }
  const random = String(Math.floor(Math.random() * 4e9));
  const path = `${temporaryDirectory}/kubeadm-join-dryrun${random}`;
  await host.files.makeDirectory(path, { mode: 0o700 });
  events.emit("dryrun.directory", { path, variable: directoryVariable });
  return path;
}

function showObject(object: KubernetesObject): string {
  return maskSecrets(writeYaml(object as WritableValue));
}

/** What upstream shows at the end of kubelet-start: where everything went, and the files that hold no secret. */
export async function tellWrittenFiles(files: Files, directory: string, events: Events): Promise<void> {
  events.emit("dryrun.written", { directory, what: "certificates and kubeconfig files" });
  for (const path of [kubeletConfigurationPath, kubeletEnvironmentPath]) {
    events.emit("dryrun.file", { path, content: maskSecrets(await files.readText(path)) });
  }
}
