import { errorCatalogue } from "../../../errors/catalogue.ts";
import { configurationKinds, namesOf } from "../../../kubeadm/config/reference/configuration-kinds.ts";
import { explain } from "../../../kubeadm/config/reference/explain-field.ts";
import { defineCommand } from "../../line/command.ts";
import { versionFlag, versionOf } from "../config/version-flag.ts";
import { explainSummary } from "../summaries.ts";
import { findErrorCode } from "./error-code.ts";
import { errorText, explanationText, kindsText } from "./explanation-text.ts";

/** `kubeadm explain`, in the manner of `kubectl explain`. */
export const explainCommand = defineCommand({
  ...explainSummary,
  argument: "[kind[.field.path]|error-code]",
  argumentValues: [...namesOf(({ kind }) => kind), ...Object.keys(errorCatalogue)],
  long: `Explains the fields of configuration files: type, default, what a field sets, since which version it exists, and how to change it in a running cluster.

With the code of an error, it explains what the error means and what to do.

Without an argument, it lists the kinds.`,
  example: `  kubeadm explain
  kubeadm explain InitConfiguration
  kubeadm explain ClusterConfiguration.apiServer.certSANs
  kubeadm explain DISCOVERY_UNREACHABLE
  kubeadm explain JoinConfiguration.discovery.timeout --api-version v1beta3`,
  args: { kind: "at-most", count: 1 },
  flags: versionFlag,
  run: async ({ args: [path], flags, ports }) => {
    const code = path === undefined ? undefined : findErrorCode(path);
    if (code !== undefined) ports.stdout.write(errorText(code));
    else if (path !== undefined) ports.stdout.write(explanationText(explain(path, versionOf(flags))));
    else ports.stdout.write(kindsText(configurationKinds));
    return 0;
  },
});
