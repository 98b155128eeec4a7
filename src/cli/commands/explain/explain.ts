import { configurationKinds, namesOf } from "../../../kubeadm/config/reference/configuration-kinds.ts";
import { explain } from "../../../kubeadm/config/reference/explain-field.ts";
import { defineCommand } from "../../line/command.ts";
import { versionFlag, versionOf } from "../config/version-flag.ts";
import { explainSummary } from "../summaries.ts";
import { explanationText, kindsText } from "./explanation-text.ts";

/** `kubeadm explain`, in the manner of `kubectl explain`. */
export const explainCommand = defineCommand({
  ...explainSummary,
  argument: "[kind[.field.path]]",
  argumentValues: namesOf(({ kind }) => kind),
  long: `Explains the fields of configuration files: type, default, what a field sets, since which version it exists, and how to change it in a running cluster.

Without an argument, it lists the kinds.`,
  example: `  kubeadm explain
  kubeadm explain InitConfiguration
  kubeadm explain ClusterConfiguration.apiServer.certSANs
  kubeadm explain JoinConfiguration.discovery.timeout --api-version v1beta3`,
  args: { kind: "at-most", count: 1 },
  flags: versionFlag,
  run: async ({ args: [path], flags, ports }) => {
    const text = path === undefined ? kindsText(configurationKinds) : explanationText(explain(path, versionOf(flags)));
    ports.stdout.write(text);
    return 0;
  },
});
