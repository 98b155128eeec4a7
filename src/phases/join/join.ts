import type { RunIdentity } from "../../journal/journal.ts";
import { type JoinOptions, resolveJoinOptions } from "../../kubeadm/config/join/join-options.ts";
import { type JoinFlags, joinFlags } from "../../kubeadm/flags/join-flags.ts";
import { effectiveNodeName } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { adminKubeconfigPath } from "../../kubeadm/paths.ts";
import { defined } from "../../values/defined.ts";
import { group, type Phase } from "../../workflow/phase.ts";
import type { RunOutsidePhases } from "../../workflow/run.ts";
import { fieldDigests } from "../field-digests.ts";
import { isOfUnfinishedRun } from "../recorded-run.ts";
import { checkServingCertificate } from "../serving-certificate.ts";
import { defineWorkflow, type WorkflowPorts, type WorkflowRequest } from "../workflow.ts";
import { checkEtcd } from "./check-etcd.ts";
import type { JoinContext } from "./context.ts";
import { controlPlaneCerts } from "./control-plane-certs.ts";
import { controlPlaneKubeconfigs } from "./control-plane-kubeconfigs.ts";
import { controlPlaneManifests } from "./control-plane-manifests.ts";
import { downloadCerts } from "./download-certs.ts";
import { etcdJoin } from "./etcd-join.ts";
import { clusterState, requestReader } from "./facts.ts";
import { kubeletStart } from "./kubelet-start.ts";
import { kubeletWaitBootstrap } from "./kubelet-wait-bootstrap.ts";
import { placeholderOf } from "./made-up-cluster.ts";
import { markControlPlane } from "./mark-control-plane.ts";
import { preflight } from "./preflight.ts";
import { waitControlPlane } from "./wait-control-plane.ts";

const controlPlanePrepare = group<JoinContext>(
  {
    name: "control-plane-prepare",
    summary: "Prepare the machine for serving a control plane",
    example: `  # Prepare the machine for serving a control plane
  kubeadm join phase control-plane-prepare all`,
  },
  downloadCerts,
  controlPlaneCerts,
  controlPlaneKubeconfigs,
  controlPlaneManifests,
);

const controlPlaneJoin = group<JoinContext>(
  {
    name: "control-plane-join",
    summary: "Join a machine as a control plane instance",
    // More than its one phase has: upstream kept the flags of the etcd phase that was here up to 1.35.
    flags: ["apiserver-advertise-address", "config", "control-plane", "dry-run", "node-name", "patches"],
    example: `  # Join a machine as a control plane instance
  kubeadm join phase control-plane-join all`,
  },
  markControlPlane,
);

/** The phases of join, in order. Help, --skip-phases, `join phase …` and plans are derived from this list. */
export const joinPhases: readonly Phase<JoinContext>[] = [
  preflight,
  controlPlanePrepare,
  checkEtcd,
  kubeletStart,
  etcdJoin,
  kubeletWaitBootstrap,
  controlPlaneJoin,
  waitControlPlane,
];

/** What `join` returns. */
export interface JoinResult {
  /** Name of the Node. */
  readonly nodeName: string;
  /** Whether the machine joined as a control plane. */
  readonly controlPlane: boolean;
  /** Whether nothing was changed (--dry-run). */
  readonly dryRun: boolean;
}

/** Makes the machine a worker or a control plane of the cluster. */
export const joinWorkflow = defineWorkflow({
  name: "join",
  description: `Joins this machine to an existing Kubernetes cluster.

A new node and the cluster must establish trust in both directions: the node must verify that it connects to the right cluster (discovery), and the cluster must accept the node (TLS bootstrapping).

Discovery works in one of two ways. With a token and the address of an API server, the node downloads the cluster information from that server. The token verifies that the information is authentic. --discovery-token-ca-cert-hash also verifies that the cluster has the expected CA. Always pass it: "kubeadm token create --print-join-command" prints the complete command on a control plane. To join without a hash, pass --discovery-token-unsafe-skip-ca-verification. Anyone who knows the token could then impersonate the cluster.

The other way is --discovery-file, without an API server argument: a kubeconfig file that you trust, on this machine or at an https URL. A file from a URL must not refer to files and programs on this machine, unless you pass --discovery-file-unsafe-local-access.

For TLS bootstrapping, the node authenticates with a token and receives its own client certificate. The token is --tls-bootstrap-token or, by default, the discovery token. --token sets both.`,
  args: { kind: "one", shown: "[api-server-endpoint]" },
  flags: joinFlags,
  phases: joinPhases,
  resolve: resolved,
  checksKubelet: true,
  identity,
  dryRun: ({ configuration }) => ({ placeholder: () => placeholderOf(configuration) }),
  finish,
});

async function resolved(
  { flags, args: [apiServerEndpoint] = [], only }: WorkflowRequest<JoinFlags>,
  { host, events, signal }: WorkflowPorts,
): Promise<JoinOptions> {
  const usesAdminKubeconfig = only !== undefined || !(await isOfUnfinishedRun(adminKubeconfigPath, host));
  const given = { ...flags, ...defined({ apiServerEndpoint }) };
  return resolveJoinOptions(given, { ...host, events, signal }, { usesAdminKubeconfig });
}

/**
 * What makes two joins the same: the role, the name, and everything that decides what is written to the machine. Tokens,
 * endpoints, timeouts and verbosity may differ.
 */
function identity({ configuration, patchesDirectory }: JoinOptions): RunIdentity {
  const { nodeRegistration, controlPlane, caCertPath, discovery } = configuration;
  const { name, ignorePreflightErrors: _, ...node } = nodeRegistration;
  return {
    command: "join",
    role: controlPlane === undefined ? "worker" : "control-plane",
    nodeName: effectiveNodeName(name, nodeRegistration.kubeletExtraArgs),
    target: discovery.bootstrapToken?.apiServerEndpoint ?? discovery.file?.kubeConfigPath ?? "a cluster",
    configuration: fieldDigests({
      nodeRegistration: node,
      caCertPath,
      localAPIEndpoint: controlPlane?.localAPIEndpoint,
      patches: patchesDirectory,
    }),
  };
}

async function finish(run: RunOutsidePhases<JoinContext>): Promise<JoinResult> {
  const { options, only } = run.context;
  const { nodeRegistration, controlPlane } = options.configuration;
  if (only === undefined) {
    run.events.emit("join.finished", { controlPlane: controlPlane !== undefined, etcd: await etcdOf(run) });
    await checkServingCertificate(requestReader, run);
  }
  return { nodeName: nodeRegistration.name, controlPlane: controlPlane !== undefined, dryRun: options.dryRun };
}

async function etcdOf({ context, value }: RunOutsidePhases<JoinContext>) {
  if (context.options.configuration.controlPlane === undefined) return "none";
  const { clusterConfiguration } = await value(clusterState);
  return "external" in clusterConfiguration.etcd ? "external" : "stacked";
}
