import { readFileSync } from "node:fs";
import { Secret } from "../../errors/secret.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import type { WritableMap } from "../../go/yaml/write-yaml.ts";
import { defined } from "../../values/defined.ts";
import type { RootedPath } from "./rooted-path.ts";

/** The content of a kubeconfig file's current context. */
export interface Credentials {
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  /** As in the cluster entry, for the kubeconfig that is written from it. */
  readonly cluster: WritableMap;
  readonly token?: Secret;
  readonly clientCertificate?: string;
  readonly clientKey?: Secret;
}

interface Entries {
  readonly [kind: string]: readonly { readonly name?: string; readonly [entry: string]: unknown }[] | undefined;
}

/** Throws if the file, its current context, or a file that it points to is missing. */
export function readCredentials(path: string, rooted: RootedPath): Credentials {
  const config = toJson(readYaml(readFileSync(rooted(path), "utf8"))) as unknown as Entries & {
    readonly "current-context"?: string;
  };
  const find = (kind: "cluster" | "context" | "user", name: string | undefined) => {
    const entry = config[`${kind}s`]?.find((candidate) => candidate.name === name)?.[kind];
    if (entry === undefined) throw new Error(`${kind} ${JSON.stringify(name)} does not exist in ${path}`);
    return entry as Readonly<Record<string, string | undefined>>;
  };
  const context = find("context", config["current-context"]);
  const cluster = find("cluster", context["cluster"]);
  const user = find("user", context["user"]);
  const pem = (entry: typeof user, field: string) => {
    const inline = entry[`${field}-data`];
    if (inline !== undefined) return Buffer.from(inline, "base64").toString();
    const file = entry[field];
    return file === undefined ? undefined : readFileSync(rooted(file), "utf8");
  };
  const certificate = pem(user, "client-certificate");
  const key = pem(user, "client-key");
  return {
    server: cluster["server"] ?? "",
    certificateAuthority: pem(cluster, "certificate-authority") ?? "",
    cluster,
    ...(user["token"] === undefined ? {} : { token: new Secret(user["token"]) }),
    ...defined({ clientCertificate: certificate }),
    ...(key === undefined ? {} : { clientKey: new Secret(key) }),
  };
}
