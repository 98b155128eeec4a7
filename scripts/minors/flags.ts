// Reads the flags of the components, and of etcd, from the files that declare them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GoFile, goFiles, itemsFrom, stated } from "./go-source.ts";
import type { Component } from "./sources.ts";

/** Where each component declares its own flags: a module without k8s.io/, and a folder in it. */
const ownPlaces: Readonly<Record<Component, readonly string[]>> = {
  "kube-apiserver": [
    ...["kubernetes:cmd/kube-apiserver/app", "kubernetes:pkg/controlplane/apiserver/options"],
    "kubernetes:pkg/kubeapiserver/options",
  ],
  "kube-controller-manager": ["kubernetes:cmd/kube-controller-manager/app"],
  "kube-scheduler": ["kubernetes:cmd/kube-scheduler/app"],
  "kube-proxy": ["kubernetes:cmd/kube-proxy/app"],
  kubelet: ["kubernetes:cmd/kubelet/app", "kubernetes:pkg/kubelet/config"],
};

/** Where options are declared that several components may have. */
const sharedPlaces = [
  ...["apiserver:pkg/server/options", "apiserver:pkg/util/compatibility", "cloud-provider:options", "component-base:"],
  ...["controller-manager:options", "controller-manager:pkg/leadermigration"],
] as const;

/** The modules that declare flags, without k8s.io/. */
export const flagModules = [
  "kubernetes",
  "apiserver",
  "cloud-provider",
  "component-base",
  "controller-manager",
] as const;

export interface DeclaredFlags {
  readonly all: readonly string[];
  /**
   * All texts in the files that could be names, and what constants of other packages are likely to stand for: anything else
   * is no flag, however flags are declared.
   */
  readonly mentioned: ReadonlySet<string>;
  /** The deprecated ones by the file of Kubernetes' repository that says so. */
  readonly deprecated: Readonly<Record<string, readonly string[]>>;
}

/** Returns the flags that a component declares. `directories`: the folder of each module. */
export function declaredFlags(directories: ReadonlyMap<string, string>, component: Component): DeclaredFlags {
  const all = new Set<string>();
  const deprecated: Record<string, readonly string[]> = {};
  const files = componentFiles(directories, component);
  const constants = constantsIn(files.map(({ text }) => text).join("\n"));
  for (const file of files) {
    for (const name of flagsIn(file, constants)) all.add(name);
    const marked = [...file.text.matchAll(/\.MarkDeprecated\(\s*"([^"]+)"/g)].map(([, name = ""]) => name);
    if (marked.length > 0) deprecated[file.pathInRepository] = marked.toSorted();
  }
  const texts = files.flatMap(({ text }) => [...text.matchAll(/"([a-z][a-z0-9_-]*)"|\b[a-z]+\.([A-Z]\w+)/g)]);
  const mentioned = new Set(texts.map(([, text, constant = ""]) => nameOf(text ?? hyphenated(constant))));
  return { all: [...all].toSorted(), mentioned, deprecated };
}

interface PlacedFile extends GoFile {
  readonly pathInRepository: string;
}

/** The files of a component, and the shared ones whose options it names, or that declare flags in plain functions. */
function componentFiles(directories: ReadonlyMap<string, string>, component: Component): readonly PlacedFile[] {
  const filesIn = (places: readonly string[]) =>
    places.flatMap((place): readonly PlacedFile[] => {
      const [module = "", path = ""] = place.split(":");
      const directory = stated(directories.get(module), `the module ${module}`);
      const root = module === "kubernetes" ? "" : `staging/src/k8s.io/${module}/`;
      return goFiles(join(directory, path)).map((file) => ({
        ...file,
        pathInRepository: `${root}${file.path.slice(directory.length).replace(/^\//, "")}`,
      }));
    });
  const found = [...filesIn(ownPlaces[component])];
  const shared = new Set(filesIn(sharedPlaces));
  for (let isComplete = false; !isComplete; ) {
    const words = new Set(found.flatMap(({ text }) => text.match(/\b[A-Z]\w+/g) ?? []));
    const named = [...shared].filter(({ text }) => {
      const types = [...text.matchAll(/^func \(\w+ \*?(\w+)\) \w*Flags\w*\(/gm)].map(([, type = ""]) => type);
      return types.length === 0 || types.some((type) => words.has(type));
    });
    for (const file of named) shared.delete(file);
    found.push(...named);
    isComplete = named.length === 0;
  }
  return found;
}

const types =
  "Bool|Count|Duration|Float32|Float64|IP|IPNet|Int|Int32|Int64|String|StringArray|StringSlice|Uint|Uint32|Uint64";
const declaration = new RegExp(
  `\\.(?:(?:${types}|StringToString)?(?:Var|VarP|VarPF|P)|${types})\\(|\\bregister(?:Deprecated)?\\(`,
  "g",
);

/**
 * The name of a flag is the first text among the arguments of the call that declares it, or the constant of one. Names that
 * are put together are not found: those of the API server's audit.
 */
function flagsIn({ text }: GoFile, constants = constantsIn(text)): readonly string[] {
  return [...text.matchAll(declaration)].flatMap(({ 0: call, index }) => {
    const names = itemsFrom(text, index + call.length).flatMap((item) => {
      const name = /^"(.+)"$/.exec(item)?.[1] ?? constants.get(item.replace(/^\w+\./, ""));
      return name !== undefined && /^[a-z][a-z0-9_-]*$/.test(name) ? [nameOf(name)] : [];
    });
    return names.slice(0, 1);
  });
}

/** Flags of other libraries have underscores, which the components replace. */
function nameOf(flag: string): string {
  return flag.replaceAll("_", "-");
}

/** HousekeepingInterval is the name of a constant for housekeeping-interval. */
function hyphenated(constant: string): string {
  return constant.replace(/(?!^)[A-Z]/g, "-$&").toLowerCase();
}

function constantsIn(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/^\s*(?:const\s+)?(\w+)(?:\s+string)?\s*=\s*"([^"]*)"/gm);
  return new Map([...found].map(([, name = "", value = ""]) => [name, value]));
}

/** Returns the flags that etcd declares, and those that it ignores. */
export function etcdFlags(server: string): readonly string[] {
  const main = readFileSync(join(server, "etcdmain/config.go"), "utf8");
  const files = ["etcdmain/config.go", "embed/config.go"].flatMap((file) => goFiles(join(server, file)));
  const ignored = stated(/\bignored = \[\]string\{([^}]*)\}/.exec(main)?.[1], "the flags that etcd ignores");
  const names = [
    ...files.flatMap((file) => flagsIn(file)),
    ...[...ignored.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name),
  ];
  if (names.length < 100) throw new Error(`the sources of etcd declare only ${names.length} flags`);
  return [...new Set(names)].toSorted();
}
