import { maskSecrets } from "../../errors/secret.ts";
import { goQuote } from "../../go/quote.ts";
import { revertibleFiles } from "../../host/revertible.ts";
import {
  makeEtcdDataDirectory,
  patchesOfEtcd,
  writeEtcdManifest,
} from "../../kubeadm/control-plane/write-etcd-manifest.ts";
import { defaultEtcdDataDirectory, etcdManifestPath, manifestsDirectory } from "../../kubeadm/paths.ts";
import { group } from "../../workflow/phase.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { controlPlaneNode, patches } from "./facts.ts";

const local = defineInitPhase({
  name: "local",
  summary: "Generate the static Pod manifest file for a local, single-node local etcd instance",
  description: `Make the data directory of an etcd that runs on this node, and write its static Pod to ${etcdManifestPath}. Does nothing where the configuration names an external etcd.`,
  example: `  # Write the static Pod of etcd, as kubeadm init does
  kubeadm init phase etcd local

  # The same with what a configuration file says
  kubeadm init phase etcd local --config config.yaml`,
  flags: ["cert-dir", "config", "dry-run", "image-repository", "patches"],
  writes: [defaultEtcdDataDirectory, etcdManifestPath],
  reads: { node: controlPlaneNode },
  async run({ node }, run) {
    const { host, options } = run.context;
    const { events } = run;
    if (!("local" in node.cluster.etcd)) {
      const message = "External etcd mode. Skipping the creation of a manifest for local etcd";
      return events.emit("log", { level: 1, area: "etcd", message });
    }
    const files = revertibleFiles(host.files);
    run.onFailure("restore what was there before", () => files.revert());
    const { dataDir } = node.cluster.etcd.local;
    if (options.dryRun) {
      const action = `ensure that ${goQuote(dataDir)} directory is present`;
      events.emit("dryrun.would", { area: "etcd", action });
    } else {
      await makeEtcdDataDirectory(node, files);
    }
    events.emit("manifest.writing", { component: "etcd", directory: manifestsDirectory });
    await writeEtcdManifest(node, { patches: await patchesOfEtcd(run.value(patches)) }, { files, events });
    if (!options.dryRun) return;
    const content = await host.files.readText(etcdManifestPath);
    events.emit("dryrun.file", { path: etcdManifestPath, content: maskSecrets(content) });
  },
});

export const etcd = group<InitContext>(
  { name: "etcd", summary: "Generate static Pod manifest file for local etcd", all: "none" },
  local,
);
