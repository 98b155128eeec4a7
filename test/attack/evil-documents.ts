// Kubeconfigs and discovery documents that an attacker has written, and the cluster that they lead to.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import {
  type Authorities,
  clusterInfoAnswer,
  type FalseServer,
  falseCluster,
  falseServer,
  serverIdentity,
  twoAuthorities,
} from "./false-cluster.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Scene {
  readonly authorities: Authorities;
  /** Answers as the cluster, under the attacker's CA. */
  readonly server: FalseServer;
  /** A program of the machine, that leaves a trace when it is run. */
  readonly plugin: string;
  readonly trace: string;
}

/** What the kubeconfig says of cluster and user; the server is the attacker's unless it says another. */
export interface Document {
  readonly cluster?: Fields;
  readonly user?: Fields;
}

/** On the machine, and in what the plugin prints. */
export const secret = "s3cr3t-of-the-machine";
export const base64 = (text: string) => Buffer.from(text).toString("base64");

export function kubeconfig({ cluster = {}, user = {} }: Document, endpoint: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: `https://${endpoint}`, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

export async function withScene<T>(work: (scene: Scene) => Promise<T>): Promise<T> {
  using made = temporaryDirectory();
  const directory = made.path;
  // The plugin runs as the program's user.
  chmodSync(directory, 0o777);
  const trace = join(directory, "trace");
  const plugin = join(directory, "plugin");
  const credential = {
    kind: "ExecCredential",
    apiVersion: "client.authentication.k8s.io/v1",
    status: { token: secret },
  };
  writeFileSync(plugin, `#!/bin/sh\necho run >> ${trace}\necho '${JSON.stringify(credential)}'\n`, { mode: 0o755 });
  const authorities = await twoAuthorities();
  const info = clusterInfoAnswer(
    kubeconfig({ cluster: { "certificate-authority-data": base64(authorities.evil.certificatePem) } }, "127.0.0.1:1"),
  );
  await using server = await falseServer(await serverIdentity(authorities.evil), falseCluster(info));
  return await work({ authorities, server, plugin, trace });
}
