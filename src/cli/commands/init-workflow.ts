import { hostPathsOf, rootedHost } from "../../host/rooted.ts";
import type { InitFlags } from "../../kubeadm/apis/init-options.ts";
import { initPhases } from "../../phases/init/index.ts";
import { init } from "../../phases/init/init.ts";
import { absolutePath } from "../absolute-path.ts";
import { givenOnly } from "../given-only.ts";
import { rootfsPath } from "../rootfs.ts";
import { type InitFlagValues, type InitRequest, type InitSession, initCommand } from "./init.ts";

/** `kubeadm init`, bound to its phases. */
export const boundInitCommand = initCommand({ phases: initPhases, run: runInit });

async function runInit(request: InitRequest, { events, ports }: InitSession): Promise<void> {
  const [host, connectTransport, inspectServer, connectContainerRuntime] = await Promise.all([
    ports.openHost(),
    ports.connectTransport(),
    ports.inspectServer(),
    ports.connectContainerRuntime(),
  ]);
  const { rootfs } = request.global;
  const root = rootfs === "" ? undefined : rootfsPath(rootfs, ports);
  await init(
    {
      flags: flagsOf(request, root === undefined ? ports.workingDirectory() : "/"),
      ...(request.only === undefined ? {} : { only: request.only }),
    },
    {
      host: root === undefined ? host : rootedHost(host, root),
      connectTransport,
      inspectServer,
      connectContainerRuntime:
        root === undefined
          ? connectContainerRuntime
          : (endpoint) => connectContainerRuntime(endpoint, { locate: hostPathsOf(host.files, root) }),
      events,
      signal: ports.signal,
    },
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
  const path = (name: "config" | "kubeconfig" | "kubeconfig-dir" | "patches") => {
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
    patches: path("patches"),
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
  return { ...givenOnly(values), given: [...changed], accepted: Object.keys(flags) };
}
