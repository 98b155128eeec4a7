import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import { decode } from "../../go/json/decode.ts";
import type { Decoded } from "../../go/json/schema.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { YamlError } from "../../go/yaml/yaml-error.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { CaBundle } from "../../pki/ca-bundle.ts";
import { type ClusterEntry, type ExecPlugin, type Kubeconfig, KubeconfigError, type UserEntry } from "./kubeconfig.ts";
import { kubeconfigSchema } from "./kubeconfig-schema.ts";

/** A kubeconfig is a few kilobytes; a megabyte leaves room for long CA bundles. */
const maxBytes = 1024 * 1024;

type Wire = Decoded<typeof kubeconfigSchema>;
type WireCluster = NonNullable<NonNullable<Wire["clusters"]>[number]["cluster"]>;
type WireUser = NonNullable<NonNullable<Wire["users"]>[number]["user"]>;

/** Reads and parses a kubeconfig file. Throws FileError or KubeconfigError. */
export async function loadKubeconfig(files: Pick<Files, "readText">, path: string): Promise<Kubeconfig> {
  // Below another root, an empty path would be that root.
  if (path === "") throw new FileError("not-found", "open", path, "no such file or directory");
  const text = await files.readText(path, { maxBytes });
  try {
    return parseKubeconfig(text);
  } catch (error) {
    if (error instanceof YamlError) throw new KubeconfigError(error.message, { cause: error });
    throw error;
  }
}

/** The same for a file that a command cannot work without. Throws KUBECONFIG_INVALID. */
export async function requireKubeconfig(files: Pick<Files, "readText">, path: string): Promise<Kubeconfig> {
  try {
    return await loadKubeconfig(files, path);
  } catch (error) {
    if (!(error instanceof FileError || error instanceof KubeconfigError)) throw error;
    throw new KubeadmError("KUBECONFIG_INVALID", error.message, {
      cause: error,
      details: { path },
      remedy: `Correct ${path}. \`kubeadm doctor\` shows whether this machine's kubelet can use it.`,
    });
  }
}

/**
 * Parses a kubeconfig. Throws YamlError for invalid YAML, KubeconfigError for an invalid kubeconfig. Unknown fields are
 * dropped; of entries with the same name the first is used, as in client-go.
 */
export function parseKubeconfig(text: string): Kubeconfig {
  const { value: wire = {}, problems } = decode(readYaml(text), kubeconfigSchema);
  const [problem] = problems;
  if (problem !== undefined) throw new KubeconfigError(withExpectedKind(problem.message));
  checkType(wire);
  return dropUndefined({
    clusters: firstOfEachName(wire.clusters).map(({ name = "", cluster = {} }) => ({
      name,
      cluster: clusterFrom(cluster),
    })),
    contexts: firstOfEachName(wire.contexts).map(({ name = "", context = {} }) => ({
      name,
      context: { ...withoutEmpty(context), cluster: context.cluster ?? "", user: context.user ?? "" },
    })),
    users: firstOfEachName(wire.users).map(({ name = "", user = {} }) => ({ name, user: userFrom(user) })),
    currentContext: wire["current-context"] ?? "",
    extensions: wire.extensions,
  });
}

/** Upstream first reads the version and kind of a file; anything that is not an object fails there. */
function withExpectedKind(message: string): string {
  const ofWholeFile = / into Go value of type v1\.Config$/;
  if (!ofWholeFile.test(message)) return message;
  const member = (field: string, name: string) => `${field} string "json:\\"${name},omitempty\\""`;
  const type = `struct { ${member("APIVersion", "apiVersion")}; ${member("Kind", "kind")} }`;
  return `couldn't get version/kind; json parse error: ${message.replace(ofWholeFile, "")} into Go value of type ${type}`;
}

/** Checks apiVersion and kind, which may be missing, as in client-go. */
function checkType({ apiVersion, kind }: Wire): void {
  if (apiVersion === undefined || kind === undefined || (apiVersion === "v1" && kind === "Config")) return;
  throw new KubeconfigError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
}

function firstOfEachName<T extends { readonly name?: string }>(entries: readonly T[] | undefined): readonly T[] {
  const byName = new Map<string, T>();
  for (const entry of entries ?? []) if (!byName.has(entry.name ?? "")) byName.set(entry.name ?? "", entry);
  return [...byName.values()];
}

function clusterFrom(wire: WireCluster): ClusterEntry {
  const authority = decoded(wire["certificate-authority-data"], "certificate-authority-data");
  return {
    server: wire.server ?? "",
    ...withoutEmpty({
      certificateAuthorityData: authority === undefined || authority === "" ? undefined : CaBundle.parse(authority),
      certificateAuthority: wire["certificate-authority"],
      insecureSkipTlsVerify: wire["insecure-skip-tls-verify"],
      tlsServerName: wire["tls-server-name"],
      proxyUrl: wire["proxy-url"],
      disableCompression: wire["disable-compression"],
      extensions: wire.extensions,
    }),
  };
}

function userFrom(wire: WireUser): UserEntry {
  const { name: provider, config } = wire["auth-provider"] ?? {};
  return withoutEmpty({
    token: secret(wire.token?.reveal()),
    tokenFile: wire.tokenFile,
    username: wire.username,
    password: secret(wire.password?.reveal()),
    clientCertificateData: decoded(wire["client-certificate-data"], "client-certificate-data"),
    clientCertificate: wire["client-certificate"],
    clientKeyData: secret(decoded(wire["client-key-data"]?.reveal(), "client-key-data")),
    clientKey: wire["client-key"],
    as: wire.as,
    asUid: wire["as-uid"],
    asGroups: wire["as-groups"],
    asUserExtra: wire["as-user-extra"],
    exec: wire.exec === undefined ? undefined : execPlugin(wire.exec),
    authProvider: provider === undefined ? undefined : dropUndefined({ name: provider, config }),
    extensions: wire.extensions,
  });
}

/** Versions in which interactiveMode is optional (client-go: SetDefaults_ExecConfig). */
const mayLeaveModeOut = ["client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1alpha1"];

function execPlugin(wire: NonNullable<WireUser["exec"]>): ExecPlugin {
  return {
    apiVersion: wire.apiVersion ?? "",
    command: wire.command ?? "",
    ...withoutEmpty({
      args: wire.args,
      env: (wire.env ?? []).map(({ name = "", value = "" }) => ({ name, value })),
      installHint: wire.installHint,
      interactiveMode: wire.interactiveMode || (mayLeaveModeOut.includes(wire.apiVersion ?? "") ? "IfAvailable" : ""),
      provideClusterInfo: wire.provideClusterInfo,
    }),
  };
}

function decoded(value: string | undefined, field: string): string | undefined {
  if (value === undefined) return undefined;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value.replace(/\s/g, "")))
    throw new KubeconfigError(`illegal base64 data in ${field}`);
  return Buffer.from(value, "base64").toString();
}

function secret(text: string | undefined): Secret | undefined {
  return text === undefined || text === "" ? undefined : new Secret(text);
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function dropUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}

/** Returns the object without empty fields: "" and false mean the same as absent. */
function withoutEmpty<T extends object>(value: T): Defined<T> {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined && field !== "" && field !== false);
  return Object.fromEntries(fields) as Defined<T>;
}
