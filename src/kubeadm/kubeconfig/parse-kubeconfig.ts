import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import { decode } from "../yaml/decode.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import type { Decoded } from "../yaml/schema.ts";
import { YamlError } from "../yaml/yaml-error.ts";
import type { Kubeconfig, KubeconfigCluster, KubeconfigUser } from "./kubeconfig.ts";
import { kubeconfigSchema } from "./kubeconfig-schema.ts";
import { withoutUndefined } from "./without-undefined.ts";

type WireConfig = Decoded<typeof kubeconfigSchema>;
type WireCluster = NonNullable<NonNullable<WireConfig["clusters"]>[number]["cluster"]>;
type WireUser = NonNullable<NonNullable<WireConfig["users"]>[number]["user"]>;

/** Reads a kubeconfig (YAML or JSON); throws KUBECONFIG_INVALID. Of entries with the same name the first counts. */
export function parseKubeconfig(text: string): Kubeconfig {
  const wire = decodeConfig(text);
  const extensions = wire.extensions;
  return {
    clusters: firstOfEachName(wire.clusters).map(({ name = "", cluster = {} }) => ({
      name,
      cluster: clusterFromWire(cluster),
    })),
    contexts: firstOfEachName(wire.contexts).map(({ name = "", context = {} }) => ({
      name,
      context: { ...context, cluster: context.cluster ?? "", user: context.user ?? "" },
    })),
    users: firstOfEachName(wire.users).map(({ name = "", user = {} }) => ({ name, user: userFromWire(user) })),
    currentContext: wire["current-context"] ?? "",
    ...(extensions === undefined ? {} : { extensions }),
  };
}

function decodeConfig(text: string): WireConfig {
  try {
    const { value, problems } = decode(readYaml(text), kubeconfigSchema);
    const [problem] = problems;
    if (problem !== undefined) throw invalid(problem.message, problem.line);
    checkVersion(value?.apiVersion, value?.kind);
    return value ?? {};
  } catch (error) {
    if (error instanceof YamlError) throw invalid(`error converting YAML to JSON: ${error.message}`, error.line);
    throw error;
  }
}

/** Both may be missing, as client-go has it; what is given must fit. */
function checkVersion(apiVersion = "v1", kind = "Config"): void {
  if (apiVersion === "v1" && kind === "Config") return;
  throw invalid(`no kind "${kind}" is registered for version "${apiVersion}"`, 1);
}

function firstOfEachName<T extends { readonly name?: string }>(entries: readonly T[] | undefined): readonly T[] {
  const seen = new Set<string>();
  return (entries ?? []).filter(({ name = "" }) => !seen.has(name) && seen.add(name) !== undefined);
}

function clusterFromWire(wire: WireCluster): KubeconfigCluster {
  return withoutUndefined({
    server: wire.server,
    tlsServerName: wire["tls-server-name"],
    insecureSkipTlsVerify: wire["insecure-skip-tls-verify"],
    certificateAuthority: wire["certificate-authority"],
    certificateAuthorityData: decodeBase64(wire["certificate-authority-data"], "certificate-authority-data"),
    proxyUrl: wire["proxy-url"],
    disableCompression: wire["disable-compression"],
    extensions: wire.extensions,
  });
}

function userFromWire(wire: WireUser): KubeconfigUser {
  const key = decodeBase64(wire["client-key-data"]?.reveal(), "client-key-data");
  const { exec } = wire;
  const provider = wire["auth-provider"];
  return withoutUndefined({
    clientCertificate: wire["client-certificate"],
    clientCertificateData: decodeBase64(wire["client-certificate-data"], "client-certificate-data"),
    clientKey: wire["client-key"],
    clientKeyData: key === undefined ? undefined : new Secret(key),
    token: wire.token,
    tokenFile: wire.tokenFile,
    username: wire.username,
    password: wire.password,
    as: wire.as,
    asUid: wire["as-uid"],
    asGroups: wire["as-groups"],
    asUserExtra: wire["as-user-extra"],
    authProvider: provider === undefined ? undefined : { ...provider, name: provider.name ?? "" },
    exec:
      exec === undefined
        ? undefined
        : withoutUndefined({
            ...exec,
            command: exec.command ?? "",
            env: exec.env?.map(({ name = "", value = "" }) => ({ name, value })),
          }),
    extensions: wire.extensions,
  }) as KubeconfigUser;
}

function decodeBase64(text: string | undefined, field: string): string | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    const bytes = Uint8Array.from(atob(text.replace(/[\r\n]/g, "")), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    throw new KubeadmError("KUBECONFIG_INVALID", `illegal base64 data in ${field}`, { details: { field } });
  }
}

function invalid(message: string, line: number): KubeadmError {
  return new KubeadmError("KUBECONFIG_INVALID", message, { details: { line } });
}
