import { maskSecrets } from "../../errors/mask-secrets.ts";
import { goQuote } from "../../go/quote.ts";
import type { Files } from "../../host/host.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import type { ControlPlaneNode } from "../../kubeadm/control-plane/control-plane-node.ts";
import {
  makeEtcdDataDirectory,
  patchesOfEtcd,
  writeEtcdManifest,
} from "../../kubeadm/control-plane/write-etcd-manifest.ts";
import { defaultEtcdDataDirectory, etcdManifestPath, manifestsDirectory } from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { group } from "../../workflow/phase.ts";
import { patches } from "../patches.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { controlPlaneNode } from "./facts.ts";

const local = defineInitPhase({
  name: "local",
  summary: "Generate the static Pod manifest file for a local, single-node local etcd instance",
  description: `Create the data directory of a local etcd, and write its static Pod manifest to ${etcdManifestPath}. Does nothing if the configuration has an external etcd.`,
  example: `  # Write the static Pod manifest of etcd, as kubeadm init does
  kubeadm init phase etcd local

  # Do the same with a configuration file
  kubeadm init phase etcd local --config config.yaml`,
  flags: ["cert-dir", "config", "dry-run", "image-repository", "patches"],
  writes: [defaultEtcdDataDirectory, etcdManifestPath],
  reads: { node: controlPlaneNode },
  async run({ node }, run) {
    if ("external" in node.cluster.etcd) return logExternal(run);
    const files = revertibleFiles(run.context.host.files);
    run.onFailure("restore the files that were there before", () => files.revert());
    await makeEtcdDataDirectory(node, files);
    await writePod(node, files, run);
  },
  async dryRun({ node }, run) {
    const { etcd } = node.cluster;
    if ("external" in etcd) return logExternal(run);
    const { files } = run.context.host;
    const action = `ensure that ${goQuote(etcd.local.dataDir)} directory is present`;
    run.events.emit("dryrun.would", { area: "etcd", action });
    await writePod(node, files, run);
    const content = await files.readText(etcdManifestPath);
    run.events.emit("dryrun.file", { path: etcdManifestPath, content: maskSecrets(content) });
  },
});

function logExternal({ events }: Run<InitContext>): void {
  const message = "External etcd mode. Skipping the creation of a manifest for local etcd";
  events.emit("log", { level: 1, area: "etcd", message });
}

async function writePod(node: ControlPlaneNode, files: Files, run: Run<InitContext>): Promise<void> {
  const { events } = run;
  events.emit("manifest.writing", { component: "etcd", directory: manifestsDirectory });
  await writeEtcdManifest(node, { patches: await patchesOfEtcd(run.value(patches)) }, { files, events });
}

export const etcd = group<InitContext>(
  { name: "etcd", summary: "Generate static Pod manifest file for local etcd", all: "none" },
  local,
);
