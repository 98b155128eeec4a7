import { boolean, json, listOf, mapOf, objectOf, secret, string } from "../../go/json/schema.ts";

const extensions = json();

const cluster = objectOf("v1.Cluster", {
  server: string(),
  "tls-server-name": string(),
  "insecure-skip-tls-verify": boolean(),
  "certificate-authority": string(),
  "certificate-authority-data": string("[]uint8"),
  "proxy-url": string(),
  "disable-compression": boolean(),
  extensions,
});

const context = objectOf("v1.Context", { cluster: string(), user: string(), namespace: string(), extensions });

const exec = objectOf("v1.ExecConfig", {
  command: string(),
  args: listOf(string()),
  env: listOf(objectOf("v1.ExecEnvVar", { name: string(), value: string() })),
  apiVersion: string(),
  installHint: string(),
  provideClusterInfo: boolean(),
  interactiveMode: string("v1.ExecInteractiveMode"),
});

const user = objectOf("v1.AuthInfo", {
  "client-certificate": string(),
  "client-certificate-data": string("[]uint8"),
  "client-key": string(),
  "client-key-data": secret(),
  token: secret(),
  tokenFile: string(),
  as: string(),
  "as-uid": string(),
  "as-groups": listOf(string()),
  "as-user-extra": mapOf(listOf(string())),
  username: string(),
  password: secret(),
  "auth-provider": objectOf("v1.AuthProviderConfig", { name: string(), config: mapOf(string()) }),
  exec,
  extensions,
});

/** The wire form of the file (client-go's clientcmd/api/v1). */
export const kubeconfigSchema = objectOf("v1.Config", {
  kind: string(),
  apiVersion: string(),
  preferences: json(),
  clusters: listOf(objectOf("v1.NamedCluster", { name: string(), cluster })),
  users: listOf(objectOf("v1.NamedAuthInfo", { name: string(), user })),
  contexts: listOf(objectOf("v1.NamedContext", { name: string(), context })),
  "current-context": string(),
  extensions,
});
