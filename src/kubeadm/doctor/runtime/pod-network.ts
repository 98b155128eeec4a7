import type { Files } from "../../../host/host.ts";
import { shell } from "../../../values/shell.ts";
import { type DoctorCheck, failed, passed, skipped } from "../check.ts";
import { cniConfigurationDirectory, cniConfigurations } from "../facts/cni-configurations.ts";
import { membership } from "../facts/membership.ts";
import { runtimeFindings } from "../facts/runtime.ts";
import { listed } from "../listed.ts";

const pluginDirectories = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

export const podNetwork: DoctorCheck = {
  name: "pod-network",
  group: "runtime",
  title: "A CNI plugin sets up the Pod network",
  after: ["runtime-answers", "runtime-ready"],
  look: async ({ files, once }) => {
    const [{ status }, { role }] = await Promise.all([once(runtimeFindings), once(membership)]);
    if ("error" in status) return skipped("the container runtime does not respond");
    const network = status.value.conditions.find(({ type }) => type === "NetworkReady");
    if (role === "none" && network?.status !== true) return skipped("the network add-on comes after the join");
    const [configurations, plugins] = await Promise.all([once(cniConfigurations), installedPlugins(files)]);
    const broken = configurations.find(({ problem }) => problem !== undefined);
    const missing = configurations
      .slice(0, 1)
      .flatMap((each) =>
        each.plugins.filter((name) => plugins.size > 0 && !plugins.has(name)).map((name) => ({ ...each, name })),
      );
    const [absent] = missing;
    if (network?.status !== false && absent === undefined) return passed(configurations[0]?.path);
    const evidence = network?.status === false ? [`${network.reason}: ${network.message}`] : [];
    const commands = [shell`ls -l ${cniConfigurationDirectory}`, shell`crictl info`];
    if (broken !== undefined) {
      return failed(`The CNI configuration ${broken.path} is broken: ${broken.problem}`, {
        evidence,
        remedy: "Correct the file, or restart the Pod of the network add-on on this node, which writes it.",
        commands,
      });
    }
    if (absent !== undefined) {
      return failed(`The CNI plugin ${absent.name}, which ${absent.path} names, is not installed: no Pod starts.`, {
        evidence: [...evidence, `installed: ${[...plugins].sort().join(" ")}`],
        remedy:
          "Install the CNI plugins (package kubernetes-cni or containernetworking-plugins), or the network add-on again.",
        commands,
      });
    }
    if (configurations.length === 0) {
      return failed(
        `No CNI configuration is in ${cniConfigurationDirectory}: Pods get no network, and the Node stays NotReady.`,
        {
          evidence,
          remedy: "Install the cluster's network add-on, or find out why its Pod isn't running on this node.",
          commands: [shell`kubectl -n kube-system get pods -o wide`, ...commands],
        },
      );
    }
    return failed("The container runtime reports that the Pod network is not ready.", {
      evidence: [...evidence, ...configurations.map(({ path }) => path)],
      commands,
    });
  },
};

async function installedPlugins(files: Pick<Files, "list">): Promise<ReadonlySet<string>> {
  const lists = await Promise.all(pluginDirectories.map((directory) => listed(directory, files)));
  return new Set(lists.flat());
}
