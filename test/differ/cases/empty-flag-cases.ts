// Each flag that takes a value, with an empty one: what a script passes whose variable is not set.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DifferCase } from "../case.ts";
import { words } from "./command-line-cases.ts";
import { initDocuments } from "./configuration-text.ts";
import { controlPlaneFiles, oldCluster } from "./upgrade-world.ts";

const golden = join(import.meta.dirname, "../../golden/flags.tsv");
const everywhere: readonly string[] = ["--rootfs", "--v", "--vmodule"];

interface Flag {
  readonly command: string;
  readonly flag: string;
}

/** Flags with a value; a flag of several phases of one parent only in the first of them, or where nothing is changed. */
function flags(): readonly Flag[] {
  const rows = readFileSync(golden, "utf8")
    .split("\n")
    .slice(1)
    .filter((line) => line !== "");
  const seen = new Set<string>();
  return rows.flatMap((line) => {
    const [name = "", flag = "", , type = ""] = line.split("\t");
    const command = name.replace(/^kubeadm ?/, "");
    const family = /^(init phase \S+|join phase \S+|certs renew|config print)/.exec(command)?.[1] ?? command;
    const isFirst = !seen.has(`${family} ${flag}`);
    const isWanted =
      !type.startsWith("bool") &&
      (!everywhere.includes(flag) || command === "version") &&
      (!command.startsWith("upgrade") || !command.includes(" phase ") || command.endsWith(" post-upgrade"));
    if (isWanted && isFirst) seen.add(`${family} ${flag}`);
    return isWanted && isFirst ? [{ command, flag }] : [];
  });
}

const joinFlags: Readonly<Record<string, string>> = {
  "--token": "<token>",
  "--discovery-token-ca-cert-hash": "<pin>",
};

const withoutWork = "--dry-run --ignore-preflight-errors all";

/** What is given in addition to the flag, so that the command gets to where the value counts. */
function beside(command: string, flag: string): string {
  const [first = "", second = "", third = ""] = command.split(" ");
  switch (first) {
    case "init": {
      const version = flag === "--kubernetes-version" || flag === "--config" ? "" : "--kubernetes-version v1.37.2";
      if (second === "") return `${version} --apiserver-advertise-address 192.0.2.10 ${withoutWork}`;
      return flag === "--config"
        ? ""
        : `--config c.yaml${third === "preflight" ? " --ignore-preflight-errors all" : ""}`;
    }
    case "join": {
      if (second !== "" && third.startsWith("control-plane-join")) return "";
      const others = Object.entries(joinFlags).filter(([name]) => name !== flag);
      return `<endpoint> ${others.flat().join(" ")} ${second === "" ? withoutWork : ""}`;
    }
    case "reset":
      return second === "" ? "-f --dry-run" : "";
    case "upgrade":
      return upgradeWords(second, third, flag);
    case "token":
      return second === "delete" ? "abcdef" : "";
    case "kubeconfig":
      return flag === "--client-name" ? "--config c.yaml" : "--client-name x --config c.yaml";
    case "config":
      return second === "images" && flag !== "--kubernetes-version" && flag !== "--config"
        ? "--kubernetes-version v1.37.2"
        : "";
    default:
      return "";
  }
}

/** All phases but one that changes nothing are skipped. */
const changing = "control-plane,kubelet-config,addon,post-upgrade";

function upgradeWords(command: string, next: string, flag: string): string {
  const version = command === "node" ? "" : "v1.37.2";
  if (next === "phase" || command === "diff" || command === "plan") return version;
  const others = command === "apply" ? `upload-config,bootstrap-token,${changing}` : changing;
  return `${version} ${command === "apply" ? "--yes" : ""} ${
    flag === "--skip-phases" ? "" : `--skip-phases preflight,${others}`
  }`;
}

function machineOf(command: string): Partial<DifferCase> {
  const files = { ...controlPlaneFiles, "c.yaml": initDocuments() };
  if (command.startsWith("upgrade")) return { tree: "control-plane", files, world: oldCluster(), timeoutMs: 30_000 };
  if (/^(token|certs|kubeconfig|reset)/.test(command)) return { tree: "control-plane", files, world: oldCluster() };
  if (command.startsWith("join")) return { world: { apiServer: {}, containerRuntime: {} } };
  return { files: { "c.yaml": initDocuments() }, ...(command.startsWith("init phase") ? { tree: "pki" } : {}) };
}

export function emptyFlagCases(): readonly DifferCase[] {
  return flags().map(({ command, flag }): DifferCase => {
    const line = `${command} ${beside(command, flag)}`.trim();
    return { name: `empty flag/${command} ${flag}`, args: [...words(line), flag, ""], ...machineOf(command) };
  });
}
