import type { RunIdentity } from "../../journal/journal.ts";
import { type InitOptions, resolveInitOptions } from "../../kubeadm/config/init/init-options.ts";
import { type InitFlags, initFlags } from "../../kubeadm/flags/init-flags.ts";
import type { Phase } from "../../workflow/phase.ts";
import { plan } from "../../workflow/plan.ts";
import type { RunOutsidePhases } from "../../workflow/run.ts";
import { fieldDigests } from "../field-digests.ts";
import { checkServingCertificate } from "../serving-certificate.ts";
import { defineWorkflow, type WorkflowPorts, type WorkflowRequest } from "../workflow.ts";
import { addon } from "./addon.ts";
import { bootstrapToken } from "./bootstrap-token.ts";
import { certs } from "./certs.ts";
import type { InitContext } from "./context.ts";
import { controlPlane } from "./control-plane.ts";
import { etcd } from "./etcd.ts";
import { externalAuthorities, requestReader } from "./facts.ts";
import { type JoinCommands, joinCommands } from "./join-commands.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { kubeletFinalize } from "./kubelet-finalize.ts";
import { kubeletStart } from "./kubelet-start.ts";
import { markControlPlane } from "./mark-control-plane.ts";
import { preflight } from "./preflight.ts";
import { showJoinCommand } from "./show-join-command.ts";
import { uploadCerts } from "./upload-certs.ts";
import { uploadConfig } from "./upload-config.ts";
import { waitControlPlane } from "./wait-control-plane.ts";

/** The phases of init, in order. Help, --skip-phases, `init phase …` and plans are derived from this list. */
export const initPhases: readonly Phase<InitContext>[] = [
  preflight,
  certs,
  kubeconfig,
  etcd,
  controlPlane,
  kubeletStart,
  waitControlPlane,
  uploadConfig,
  uploadCerts,
  markControlPlane,
  bootstrapToken,
  kubeletFinalize,
  addon,
  showJoinCommand,
];

/** What `init` returns. */
export interface InitResult {
  /** Name of the Node. */
  readonly nodeName: string;
  /** The version of the control plane, with a leading v. */
  readonly kubernetesVersion: string;
  /** Whether nothing was changed (--dry-run). */
  readonly dryRun: boolean;
  /**
   * The commands that join other machines, one pair for each bootstrap token. They contain the secrets, even those that
   * --skip-token-print or --skip-certificate-key-print omit from the output. Empty if the phase show-join-command did not
   * run.
   */
  readonly joins: readonly JoinCommands[];
}

/** Makes the machine the first control plane of a new cluster. */
export const initWorkflow = defineWorkflow({
  name: "init",
  description: `Sets up this machine as the first control plane node of a new Kubernetes cluster.

The machine needs a container runtime, the kubelet, and the images that "kubeadm config images list" prints. For a cluster with several control plane nodes, set --control-plane-endpoint from the start: an address that reaches all of them, for example that of a load balancer.

The last lines of output show the commands that join other machines. Pods need a network addon, which you install next.`,
  args: { kind: "none" },
  flags: initFlags,
  phases: initPhases,
  resolve: resolved,
  identity,
  dryRun: ({ cluster }) => ({ certificatesDirectory: cluster.certificatesDir }),
  begin: async ({ context, events, value }) => {
    await value(externalAuthorities);
    if (context.only === undefined) events.emit("init.started", versionOf(context.options));
  },
  finish,
});

async function resolved(
  { flags, only }: WorkflowRequest<InitFlags>,
  { host, events, signal }: WorkflowPorts,
): Promise<InitOptions> {
  const options = await resolveInitOptions(flags, { ...host, events, signal });
  if (only !== undefined) return options;
  try {
    plan(initPhases, { skip: options.skipPhases });
  } catch (error) {
    // Same as upstream, prints the version before it rejects an invalid plan.
    events.emit("init.started", versionOf(options));
    throw error;
  }
  return options;
}

function versionOf({ cluster }: InitOptions) {
  return { kubernetesVersion: cluster.kubernetesVersion };
}

/** What makes two inits the same: everything that decides what is written to the machine. */
function identity({ configuration, cluster, components, ...options }: InitOptions): RunIdentity {
  const { nodeRegistration, localAPIEndpoint } = configuration;
  const { name, ignorePreflightErrors: _, ...node } = nodeRegistration;
  return {
    command: "init",
    role: "control-plane",
    nodeName: name,
    target: cluster.controlPlaneEndpoint || `${localAPIEndpoint.advertiseAddress}:${localAPIEndpoint.bindPort}`,
    configuration: fieldDigests({
      nodeRegistration: node,
      localAPIEndpoint,
      cluster,
      components,
      patches: options.patchesDirectory,
      uploadCerts: options.uploadCerts,
      kubeconfigDirectory: options.kubeconfigDirectory,
    }),
  };
}

async function finish(run: RunOutsidePhases<InitContext>): Promise<InitResult> {
  const { options, only, includes } = run.context;
  const joins = includes("show-join-command") ? await joinCommands(run) : [];
  if (only === undefined) await checkServingCertificate(requestReader, run);
  const nodeName = options.configuration.nodeRegistration.name;
  return { nodeName, ...versionOf(options), dryRun: options.dryRun, joins };
}
