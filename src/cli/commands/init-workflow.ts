import type { InitFlags } from "../../kubeadm/apis/init-options.ts";
import { initPhases } from "../../phases/init/index.ts";
import { init } from "../../phases/init/init.ts";
import { defined } from "../../values/defined.ts";
import { absolutePath } from "../absolute-path.ts";
import { type InitFlagValues, type InitRequest, type InitSession, initCommand } from "./init.ts";
import { workflowMachine } from "./machine.ts";

/** `kubeadm init`, bound to its phases. */
export const boundInitCommand = initCommand({ phases: initPhases, run: runInit });

async function runInit(request: InitRequest, { events, ports }: InitSession): Promise<void> {
  const [{ workingDirectory, ...machine }, inspectServer] = await Promise.all([
    workflowMachine({ global: request.global, ports }),
    ports.inspectServer(),
  ]);
  await init(
    { flags: flagsOf(request, workingDirectory), ...defined({ only: request.only }) },
    { ...machine, inspectServer, events, signal: ports.signal },
  );
}

/**
 * The words of the command line under the names of the options. Flags that were not given stay out. Relative paths are
 * those of the working directory, which after a change of root is the root; certificatesDir, which is kept in the
 * cluster, has to be absolute by itself.
 */
function flagsOf({ flags, changed }: InitRequest, directory: string): InitFlags {
  const given = <K extends keyof InitFlagValues & string>(name: K): InitFlagValues[K] | undefined =>
    changed.has(name) ? flags[name] : undefined;
  const path = (name: "config" | "kubeconfig" | "kubeconfig-dir") => {
    const value = given(name);
    return value === undefined ? undefined : absolutePath(value, directory);
  };
  const values = {
    apiserverAdvertiseAddress: given("apiserver-advertise-address"),
    apiserverBindPort: given("apiserver-bind-port"),
    apiserverCertExtraSans: given("apiserver-cert-extra-sans"),
    certDir: given("cert-dir"),
    certificateKey: given("certificate-key"),
    config: path("config"),
    controlPlaneEndpoint: given("control-plane-endpoint"),
    criSocket: given("cri-socket"),
    dryRun: given("dry-run"),
    featureGates: given("feature-gates"),
    ignorePreflightErrors: given("ignore-preflight-errors"),
    imageRepository: given("image-repository"),
    kubeconfig: path("kubeconfig"),
    kubeconfigDir: path("kubeconfig-dir"),
    kubernetesVersion: given("kubernetes-version"),
    nodeName: given("node-name"),
    patches: given("patches"),
    workingDirectory: directory,
    podNetworkCidr: given("pod-network-cidr"),
    serviceCidr: given("service-cidr"),
    serviceDnsDomain: given("service-dns-domain"),
    skipCertificateKeyPrint: given("skip-certificate-key-print"),
    skipPhases: given("skip-phases"),
    skipTokenPrint: given("skip-token-print"),
    token: given("token"),
    tokenTtl: given("token-ttl"),
    uploadCerts: given("upload-certs"),
    printManifest: given("print-manifest"),
    apiserverExtraArgs: given("apiserver-extra-args"),
    controllerManagerExtraArgs: given("controller-manager-extra-args"),
    schedulerExtraArgs: given("scheduler-extra-args"),
  };
  return { ...defined(values), given: [...changed], accepted: Object.keys(flags) };
}
