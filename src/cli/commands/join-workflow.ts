import type { JoinFlags } from "../../kubeadm/apis/join-flags.ts";
import { joinPhases } from "../../phases/join/index.ts";
import { join } from "../../phases/join/join.ts";
import { defined } from "../../values/defined.ts";
import { absolutePath } from "../absolute-path.ts";
import { type JoinFlagValues, type JoinRequest, type JoinSession, joinCommand } from "./join.ts";
import { workflowMachine } from "./machine.ts";

/** `kubeadm join`, bound to its phases. */
export const boundJoinCommand = joinCommand({ phases: joinPhases, run: runJoin });

async function runJoin(request: JoinRequest, { events, ports }: JoinSession): Promise<void> {
  const [{ workingDirectory, ...machine }, inspectServer, connectEtcd] = await Promise.all([
    workflowMachine({ global: request.global, ports }),
    ports.inspectServer(),
    ports.connectEtcd(),
  ]);
  await join(
    { flags: flagsOf(request, workingDirectory), ...defined({ only: request.only }) },
    { ...machine, inspectServer, connectEtcd, events, signal: ports.signal },
  );
}

/**
 * The words of the command line under the names of the options. Flags that were not given stay out. Relative paths are
 * those of the working directory, which after a change of root is the root.
 */
function flagsOf({ endpoint, flags, changed }: JoinRequest, directory: string): JoinFlags {
  const given = <K extends keyof JoinFlagValues & string>(name: K): JoinFlagValues[K] | undefined =>
    changed.has(name) ? flags[name] : undefined;
  const path = (name: "config" | "discovery-file") => {
    const value = given(name);
    return value === undefined ? undefined : absolutePath(value, directory);
  };
  const values = {
    apiServerEndpoint: endpoint,
    apiserverAdvertiseAddress: given("apiserver-advertise-address"),
    apiserverBindPort: given("apiserver-bind-port"),
    certificateKey: given("certificate-key"),
    config: path("config"),
    controlPlane: given("control-plane"),
    criSocket: given("cri-socket"),
    discoveryFile: path("discovery-file"),
    discoveryFileUnsafeLocalAccess: given("discovery-file-unsafe-local-access"),
    discoveryToken: given("discovery-token"),
    discoveryTokenCaCertHash: given("discovery-token-ca-cert-hash"),
    discoveryTokenUnsafeSkipCaVerification: given("discovery-token-unsafe-skip-ca-verification"),
    dryRun: given("dry-run"),
    ignorePreflightErrors: given("ignore-preflight-errors"),
    nodeName: given("node-name"),
    patches: given("patches"),
    workingDirectory: directory,
    skipPhases: given("skip-phases"),
    tlsBootstrapToken: given("tls-bootstrap-token"),
    token: given("token"),
  };
  return { ...defined(values), given: [...changed], accepted: Object.keys(flags) };
}
