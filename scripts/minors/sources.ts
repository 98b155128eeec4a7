// Reads what Kubernetes states in its sources. Every function throws if the sources do not look as it expects.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildEnvironment } from "../../lab/parts/go-part.ts";
import { mustRun } from "../../lab/run-command.ts";
import { entriesOf, goText, itemsFrom, stated } from "./go-source.ts";

export const components = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
] as const;
export type Component = (typeof components)[number];

/** Returns the folder of a module in Go's module cache; downloads it if it is not there. */
export async function moduleDirectory(module: string, version: string): Promise<string> {
  const text = await mustRun(["go", "mod", "download", "-json", `${module}@v${version}`], {
    timeoutMs: 10 * 60_000,
    env: buildEnvironment(),
    cwd: "/",
  });
  const answer: unknown = JSON.parse(text);
  if (typeof answer === "object" && answer !== null && "Dir" in answer && typeof answer.Dir === "string")
    return answer.Dir;
  throw new Error(`go mod download named no folder for ${module}@v${version}`);
}

/** The release of Go that Kubernetes is built with. */
export function goRelease(kubernetes: string): string {
  return `go${readFileSync(join(kubernetes, ".go-version"), "utf8").trim()}`;
}

/** The versions of kubeadm's configuration that it names only to say who converts them. */
export function lastReaders(kubernetes: string): Readonly<Record<string, string>> {
  const text = readFileSync(join(kubernetes, "cmd/kubeadm/app/util/config/common.go"), "utf8");
  const body = /oldKnownAPIVersions := map\[string\]string\{([^}]*)\}/.exec(text)?.[1];
  const pairs = stated(body, "kubeadm's old versions of the configuration").matchAll(/"([^"]+)":\s*"([^"]+)"/g);
  return Object.fromEntries([...pairs].map(([, version = "", release = ""]) => [version, release]));
}

/** A call that makes a client for an account; since 1.38 also of a builder of its own, with other limits. */
const madeClient =
  /(?:\.(?:NewClient|NewClientConfig|ClientOrDie|ConfigOrDie)|[cC]lientBuilder\.(?:Metadata)?Client)\(([^)]+)\)/g;

/** kubeadm sets --controllers=*,bootstrapsigner,tokencleaner. */
const enabledByKubeadm = ["bootstrapsigner", "tokencleaner"];

/**
 * Returns the ServiceAccounts of the controllers that run with kubeadm's flags. A controller's constructor names its
 * account where it makes its client, after returning nothing if a gate is off.
 */
export function controllerAccounts(kubernetes: string, isOn: (gate: string) => boolean): readonly string[] {
  const app = goText(join(kubernetes, "cmd/kube-controller-manager/app"));
  const names = goText(join(kubernetes, "cmd/kube-controller-manager/names"));
  const nameOf = (expression: string) => {
    const constant = /^names\.(\w+)$/.exec(expression)?.[1];
    const name =
      constant === undefined ? /^"(.+)"$/.exec(expression) : new RegExp(`\\b${constant}\\s*=\\s*"([^"]+)"`).exec(names);
    return stated(name?.[1], `the name ${expression}`);
  };
  const accounts = [...app.matchAll(/&ControllerDescriptor\{/g)].flatMap(({ 0: opening, index }) => {
    const fields = new Map(entriesOf(itemsFrom(app, index + opening.length)));
    // Those of a cloud provider do nothing without one.
    if (fields.get("isCloudProviderController") === "true") return [];
    const name = nameOf(stated(fields.get("name"), "the name of a controller"));
    const aliases = [...(fields.get("aliases") ?? "").matchAll(/"([^"]+)"/g)].map(([, alias = ""]) => alias);
    const required = fields.get("requiredFeatureGates") ?? "{}";
    const gates = itemsFrom(required, required.indexOf("{") + 1).map((gate) => gate.replace(/^\w+\./, ""));
    const isDisabled = fields.get("isDisabledByDefault") === "true";
    if (isDisabled && ![name, ...aliases].some((each) => enabledByKubeadm.includes(each))) return [];
    const made = stated(fields.get("constructor") ?? fields.get("initFunc"), `the constructor of ${name}`);
    const body = new RegExp(`^func ${made}\\([\\s\\S]*?^\\}`, "m").exec(app)?.[0];
    // The one of service account tokens is made in another way, without an account.
    if (body === undefined) return [];
    const ends = [...body.matchAll(/if ([^{}]*) \{[^{}]*return nil, (?:false, )?nil\s*\}/g)].flatMap(
      ([, condition = ""]) => [...condition.matchAll(/!\w+(?:\.\w+)*(?:\(\))?\.Enabled\(\w+\.(\w+)\)/g)],
    );
    if (![...gates, ...ends.map(([, gate = ""]) => gate)].every(isOn)) return [];
    return [...body.matchAll(madeClient)].map(([, argument = ""]) =>
      argument === "controllerName" ? name : nameOf(argument),
    );
  });
  return [...new Set(accounts)].toSorted();
}
