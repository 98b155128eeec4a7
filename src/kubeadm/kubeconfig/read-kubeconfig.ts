import { Secret } from "../../errors/secret.ts";
import type { Files } from "../../host/host.ts";
import { type JsonObject, type JsonValue, toJson } from "../yaml/node.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import {
  type ClusterEntry,
  type ExecPlugin,
  type Kubeconfig,
  KubeconfigError,
  type NamedContext,
  type UserEntry,
} from "./kubeconfig.ts";

/** A kubeconfig is a few kilobytes; a megabyte leaves room for long CA bundles. */
const maxBytes = 1024 * 1024;

/** Reads and parses a kubeconfig file. Throws FileError, YamlError or KubeconfigError. */
export async function loadKubeconfig(files: Pick<Files, "readText">, path: string): Promise<Kubeconfig> {
  return parseKubeconfig(await files.readText(path, { maxBytes }));
}

/** Throws YamlError for what is no YAML, KubeconfigError for what is no kubeconfig. */
export function parseKubeconfig(text: string): Kubeconfig {
  const root = toJson(readYaml(text));
  if (root === null) return { clusters: [], contexts: [], users: [], currentContext: "" };
  if (!isObject(root)) throw new KubeconfigError(`couldn't get version/kind; json parse error: not an object`);
  const { apiVersion, kind } = root;
  if (apiVersion !== undefined && kind !== undefined && (apiVersion !== "v1" || kind !== "Config")) {
    throw new KubeconfigError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  }
  return {
    clusters: list(root, "clusters").map((entry) => ({
      name: textOf(entry, "name"),
      cluster: cluster(object(entry, "cluster")),
    })),
    contexts: list(root, "contexts").map((entry) => ({
      name: textOf(entry, "name"),
      context: context(object(entry, "context")),
    })),
    users: list(root, "users").map((entry) => ({ name: textOf(entry, "name"), user: user(object(entry, "user")) })),
    currentContext: textOf(root, "current-context"),
  };
}

function cluster(entry: JsonObject): ClusterEntry {
  return dropUndefined({
    server: textOf(entry, "server"),
    certificateAuthorityData: decoded(entry, "certificate-authority-data"),
    certificateAuthority: optional(entry, "certificate-authority"),
    insecureSkipTlsVerify: entry["insecure-skip-tls-verify"] === true ? true : undefined,
    tlsServerName: optional(entry, "tls-server-name"),
    proxyUrl: optional(entry, "proxy-url"),
  });
}

function context(entry: JsonObject): NamedContext["context"] {
  const namespace = optional(entry, "namespace");
  return {
    cluster: textOf(entry, "cluster"),
    user: textOf(entry, "user"),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function user(entry: JsonObject): UserEntry {
  const authProvider = object(entry, "auth-provider");
  return dropUndefined({
    token: secret(optional(entry, "token")),
    tokenFile: optional(entry, "tokenFile"),
    username: optional(entry, "username"),
    password: secret(optional(entry, "password")),
    clientCertificateData: decoded(entry, "client-certificate-data"),
    clientCertificate: optional(entry, "client-certificate"),
    clientKeyData: secret(decoded(entry, "client-key-data")),
    clientKey: optional(entry, "client-key"),
    exec: isObject(entry["exec"]) ? execPlugin(object(entry, "exec")) : undefined,
    authProvider: optional(authProvider, "name") === undefined ? undefined : { name: textOf(authProvider, "name") },
  });
}

function execPlugin(entry: JsonObject): ExecPlugin {
  const args = Array.isArray(entry["args"]) ? entry["args"].map(String) : undefined;
  return dropUndefined({
    apiVersion: textOf(entry, "apiVersion"),
    command: textOf(entry, "command"),
    args,
    env: list(entry, "env").map((pair) => ({ name: textOf(pair, "name"), value: textOf(pair, "value") })),
    installHint: optional(entry, "installHint"),
    interactiveMode: optional(entry, "interactiveMode"),
    provideClusterInfo: entry["provideClusterInfo"] === true ? true : undefined,
  });
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isObject(value) ? value : {};
}

function list(parent: JsonObject, key: string): readonly JsonObject[] {
  const value = parent[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new KubeconfigError(`json: cannot unmarshal into Config.${key}: it is no list`);
  return (value as readonly JsonValue[]).filter(isObject);
}

function optional(parent: JsonObject, key: string): string | undefined {
  const value = parent[key];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "object") throw new KubeconfigError(`json: cannot unmarshal ${key}: it is no text`);
  return String(value);
}

function textOf(parent: JsonObject, key: string): string {
  return optional(parent, key) ?? "";
}

function decoded(parent: JsonObject, key: string): string | undefined {
  const value = optional(parent, key);
  if (value === undefined) return undefined;
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) throw new KubeconfigError(`illegal base64 data in ${key}`);
  return Buffer.from(value, "base64").toString();
}

function secret(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function dropUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
