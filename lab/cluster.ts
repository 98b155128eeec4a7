import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { type AddressFamilies, joinHostPort } from "./addresses.ts";
import { readHierarchies } from "./cgroups.ts";
import { type ExtraConfig, ignoredChecks, initConfig } from "./cluster-config.ts";
import { SHARED_NAME } from "./host-files.ts";
import type { LabHost } from "./lab-host.ts";
import type { ClusterState } from "./lab-state.ts";
import { type Argv, CommandFailed, type CommandResult, type RunOptions } from "./run-command.ts";

export const UPSTREAM = "/usr/local/bin/kubeadm-upstream";
/** On the first control plane. */
export const CONFIG_FILE = "/root/lab-init.yaml";

export interface InitOptions {
  /** The program that creates the cluster. Default: upstream's. */
  readonly kubeadm?: string | undefined;
  /** The endpoint is a name whose address `Lab.moveEndpoint` assigns to another control plane. Default false. */
  readonly sharedEndpoint?: boolean | undefined;
  /** Default true; impossible if the key of the CA is elsewhere. */
  readonly uploadCerts?: boolean | undefined;
  /** Default true. */
  readonly auditLog?: boolean | undefined;
  readonly extraConfig?: ExtraConfig | undefined;
  readonly extraArguments?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Runs init on the host. `result` contains the program's output. */
export async function runInit(
  host: LabHost,
  { kubernetes, families = "ipv4" }: { readonly kubernetes: string; readonly families?: AddressFamilies | undefined },
  options: InitOptions,
): Promise<{ cluster: ClusterState; result: CommandResult }> {
  const {
    kubeadm = UPSTREAM,
    sharedEndpoint: shared = false,
    uploadCerts = true,
    auditLog = true,
    extraConfig = {},
    extraArguments = [],
    signal,
    timeoutMs = 300_000,
  } = options;
  const { token, certificateKey } = clusterSecrets();
  const sharedConfig = { controlPlaneEndpoint: `${SHARED_NAME}:6443` };
  const { text, endpoint, certificatesDirectory } = initConfig({
    kubernetes,
    hostName: host.name,
    address: host.address,
    families,
    token,
    certificateKey,
    auditLog,
    cgroupVersion: cgroupVersion(),
    extra: shared ? { ...extraConfig, cluster: { ...sharedConfig, ...extraConfig.cluster } } : extraConfig,
  });
  await host.writeFile(CONFIG_FILE, text, 0o600);
  const argv: Argv = [
    kubeadm,
    "init",
    "--config",
    CONFIG_FILE,
    ...(uploadCerts ? ["--upload-certs"] : []),
    ...extraArguments,
  ];
  const result = await host.run(argv, { signal, timeoutMs });
  if (result.exitCode !== 0) throw new CommandFailed([`${host.name}:`, ...argv], result);
  const caCertHash = await caCertHashOf(host, certificatesDirectory);
  return { cluster: { controlPlane: host.name, endpoint, shared, token, caCertHash, certificateKey }, result };
}

/** Returns a new token and certificate key, in the form that init accepts. */
export function clusterSecrets(): Pick<ClusterState, "token" | "certificateKey"> {
  return {
    token: `${randomBytes(3).toString("hex")}.${randomBytes(8).toString("hex")}`,
    certificateKey: randomBytes(32).toString("hex"),
  };
}

/** Returns the hash of the key of the cluster's CA, in the form that join accepts. */
export async function caCertHashOf(host: LabHost, certificatesDirectory: string): Promise<string> {
  const ca = new X509Certificate(await host.readFile(`${certificatesDirectory}/ca.crt`));
  const key = ca.publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/**
 * The control group version of the hosts' kubelets and checks: version 2 only if no version 1 controller is mounted.
 */
export function cgroupVersion(): 1 | 2 {
  return readHierarchies().some(({ version }) => version === 1) ? 1 : 2;
}

/** Arguments that both programs accept, after `join`. */
export function joinArguments(
  cluster: ClusterState,
  { controlPlane = false }: { controlPlane?: boolean } = {},
): string[] {
  const ignored = ignoredChecks(cgroupVersion());
  return [
    ...[cluster.endpoint, "--token", cluster.token, "--discovery-token-ca-cert-hash", cluster.caCertHash],
    ...(controlPlane ? ["--control-plane", "--certificate-key", cluster.certificateKey] : []),
    ...(ignored.length > 0 ? ["--ignore-preflight-errors", ignored.join(",")] : []),
  ];
}

/**
 * Copies the administrator's kubeconfig to the machine, readable for its owner only. The machine cannot resolve the
 * name of the shared address.
 */
export async function exportKubeconfig(host: LabHost, file: string, shared: string): Promise<void> {
  const text = (await host.readFile("/etc/kubernetes/admin.conf")).toString("utf8");
  const server = new RegExp(`^( +)server: https://${SHARED_NAME}:(\\d+)$`, "m");
  const reachable = text.replace(server, (_line, indent: string, port: string) =>
    [`server: https://${joinHostPort(shared, Number(port))}`, `tls-server-name: ${SHARED_NAME}`]
      .map((line) => indent + line)
      .join("\n"),
  );
  writeFileSync(file, reachable, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** Moves a static pod's manifest away or back, which stops or starts a component of the control plane. */
export async function moveManifest(
  host: LabHost,
  component: string,
  direction: "away" | "back",
  options: RunOptions = {},
): Promise<void> {
  const active = `/etc/kubernetes/manifests/${component}.yaml`;
  const aside = `/etc/kubernetes/lab-stopped-${component}.yaml`;
  await host.mustRun(direction === "away" ? ["mv", active, aside] : ["mv", aside, active], options);
}
