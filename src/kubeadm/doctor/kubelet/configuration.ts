import { decode } from "../../../go/json/decode.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { shell } from "../../../values/shell.ts";
import { kubeletFields } from "../../config/components/common-fields.ts";
import { restrictedLabels } from "../../kubelet/restricted-labels.ts";
import { kubeletConfigurationPath } from "../../paths.ts";
import { type DoctorCheck, type DoctorFinding, failed, found, passed } from "../check.ts";
import { kubeletKubeconfig } from "../facts/kubeconfig.ts";
import { kubeletConfiguration, kubeletFlags, kubeletLog } from "../facts/kubelet.ts";
import { nodeName } from "../facts/node-name.ts";

export const kubeletConfigurationValid: DoctorCheck = {
  name: "kubelet-configuration",
  group: "kubelet",
  title: "The kubelet's configuration is valid",
  after: ["unfinished-run", "kubelet-kubeconfig"],
  look: async ({ once }) => {
    const [configured, own] = await Promise.all([once(kubeletConfiguration), once(kubeletKubeconfig)]);
    switch (configured.state) {
      case "not-readable":
        throw configured.error;
      case "missing":
        return failed(
          `The kubelet's configuration ${kubeletConfigurationPath} is missing: the kubelet does not start.`,
          {
            remedy:
              own.state === "loaded"
                ? "Recreate it from the cluster's kubelet-config, then start the kubelet."
                : "The join writes it: run the same join again.",
            commands:
              own.state === "loaded"
                ? [shell`kubeadm upgrade node phase kubelet-config`, shell`systemctl restart kubelet`]
                : [shell`kubeadm join …`],
          },
        );
      case "invalid":
        return failed(`The kubelet cannot read its configuration: ${configured.error.message}.`, {
          evidence: [kubeletConfigurationPath],
          remedy: "Correct the file, then restart the kubelet.",
          commands: [shell`systemctl restart kubelet`],
        });
      case "loaded":
    }
    const lines = configured.text.split("\n");
    const lineOf = (line: number) => (lines[line - 1] ?? "").trim();
    const { problems, unknownFields } = decode(readYaml(configured.text), kubeletFields);
    const findings: DoctorFinding[] = problems.map(({ line, path, message }) => ({
      severity: "error",
      finding: `The kubelet cannot use ${path === "" ? "its configuration" : `the field ${path} of its configuration`}: ${message}.`,
      evidence: [`${kubeletConfigurationPath} line ${line}: ${lineOf(line)}`],
      remedy: "Correct the field, then restart the kubelet.",
      commands: [shell`systemctl restart kubelet`],
    }));
    for (const { line, path, suggestion } of unknownFields) {
      const meant = suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`;
      findings.push({
        severity: "warning",
        finding: `The kubelet ignores the unknown field ${path} of its configuration${meant}.`,
        evidence: [`${kubeletConfigurationPath} line ${line}: ${lineOf(line)}`],
        remedy: "Correct or remove the field, then restart the kubelet.",
        commands: [shell`systemctl restart kubelet`],
      });
    }
    return found(findings);
  },
};

/** The kubelet's log when it does not know a flag, or refuses the value of one; klog escapes the quotation marks. */
const refusedFlag =
  /(unknown (?:shorthand )?flag: ["'-]*([\w-]+)|invalid argument .* for \\?["'](?:-\w, )?--?([\w-]+)\\?["'] flag)/;
const recentLines = 60;

export const kubeletFlagsAccepted: DoctorCheck = {
  name: "kubelet-flags",
  group: "kubelet",
  title: "The kubelet accepts its flags",
  look: async ({ once }) => {
    const [flags, log, name] = await Promise.all([once(kubeletFlags), once(kubeletLog), once(nodeName)]);
    const labels = flags.find("node-labels");
    const restricted = restrictedLabels(labels?.value ?? "");
    const findings: DoctorFinding[] = [];
    if (labels !== undefined && restricted.length > 0) {
      findings.push({
        severity: "error",
        finding: `The kubelet refuses to start with labels that it may not set on its own Node: ${restricted.join(", ")}.`,
        evidence: [`${labels.path}: --node-labels=${labels.value}`],
        remedy: `Remove them from ${labels.path}, and set them when the Node has registered.`,
        commands: [shell`kubectl label node ${[name, ...restricted]}`, shell`systemctl restart kubelet`],
      });
    }
    const line = log.slice(-recentLines).findLast((each) => refusedFlag.test(each));
    const match = refusedFlag.exec(line ?? "");
    const refused = match?.[2] ?? match?.[3];
    const flag = refused === undefined ? undefined : flags.find(refused);
    // A line of the log may be older than the flags.
    if (line !== undefined && flag !== undefined) {
      findings.push({
        severity: "error",
        finding: `The kubelet refuses its flag --${flag.name}: ${match?.[1] ?? ""}.`,
        evidence: [`${flag.path}: --${flag.name}=${flag.value}`, line],
        remedy: `Correct it in ${flag.path}, or remove it, then restart the kubelet.`,
        commands: [shell`systemctl restart kubelet`],
      });
    }
    return findings.length === 0 ? passed() : found(findings);
  },
};
