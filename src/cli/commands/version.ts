import { KubeadmError } from "../../errors/kubeadm-error.ts";
import {
  kubernetesMajor,
  kubernetesMinor,
  kubernetesVersion,
  programName,
  programVersion,
} from "../../kubeadm/version.ts";
import { defineCommand } from "../line/command.ts";
import type { BuildInformation } from "../ports.ts";

export const versionCommand = defineCommand({
  name: "version",
  short: "Print the version of kubeadm",
  args: { kind: "none" },
  flags: {
    output: {
      type: "string",
      shorthand: "o",
      usage: "Output format: yaml, json or short.",
      offers: ["yaml", "json", "short"],
    },
  },
  run: async ({ flags, ports }) => {
    ports.stdout.write(versionText(flags.output, ports.build));
    return 0;
  },
});

/** Returns upstream's version in upstream's format, which scripts match to its end; this program's own is in JSON and YAML. */
export function versionText(output: string, build: BuildInformation): string {
  switch (output) {
    case "":
      return `kubeadm version: &version.Info{${goFields(build)}}\n`;
    case "short":
      return `${kubernetesVersion}\n`;
    case "json":
      return `${JSON.stringify(versionObject(build), null, 2)}\n`;
    case "yaml":
      return `${yamlText(versionObject(build))}\n`;
    default:
      throw new KubeadmError("USAGE", `invalid output format: ${output}`, {
        remedy: "Use -o yaml, -o json or -o short, or omit -o.",
      });
  }
}

/** The fields are in upstream's order. */
function clientVersion({ gitCommit, gitTreeState, buildDate, runtimeVersion, compiler, platform }: BuildInformation) {
  return {
    major: String(kubernetesMajor),
    minor: String(kubernetesMinor),
    gitVersion: kubernetesVersion,
    gitCommit,
    gitTreeState,
    buildDate,
    goVersion: runtimeVersion,
    compiler,
    platform,
  };
}

function versionObject(build: BuildInformation) {
  return {
    clientVersion: clientVersion(build),
    implementation: { name: programName, version: programVersion },
  };
}

function goFields(build: BuildInformation): string {
  const version = clientVersion(build);
  const fields = [
    ["Major", version.major],
    ["Minor", version.minor],
    ["EmulationMajor", ""],
    ["EmulationMinor", ""],
    ["MinCompatibilityMajor", ""],
    ["MinCompatibilityMinor", ""],
    ["GitVersion", version.gitVersion],
    ["GitCommit", version.gitCommit],
    ["GitTreeState", version.gitTreeState],
    ["BuildDate", version.buildDate],
    ["GoVersion", version.goVersion],
    ["Compiler", version.compiler],
    ["Platform", version.platform],
  ];
  return fields.map(([name, value]) => `${name}:${JSON.stringify(value)}`).join(", ");
}

/** Returns two levels of strings; the inner level is sorted, as in upstream. Strings that YAML reads as another type are quoted. */
function yamlText(object: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return Object.entries(object)
    .map(([key, fields]) => {
      const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
      const lines = sorted.map(([name, value]) => `  ${name}: ${yamlString(value)}\n`);
      return `${key}:\n${lines.join("")}`;
    })
    .join("");
}

function yamlString(value: string): string {
  return /^[a-z][\w./-]*$/.test(value) ? value : JSON.stringify(value);
}
