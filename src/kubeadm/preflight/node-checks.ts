import { ownMinor } from "../../kubernetes/minors/minors.ts";
import { kubeletPort } from "../component-ports.ts";
import type { Check, Look } from "./check.ts";
import {
  containerRuntime,
  containerRuntimeVersion,
  lookAtContainerRuntime,
  type RuntimeFindings,
} from "./container-runtime.ts";
import { programInPath, programWanted } from "./files.ts";
import { type KubeletVersion, kubeletVersion, readKubeletVersion } from "./kubelet-version.ts";
import { swap } from "./machine.ts";
import { hostname } from "./network.ts";
import { portAvailable } from "./ports.ts";
import { kubeletService, lookAtKubeletService } from "./services.ts";
import { systemVerification } from "./system-verification/system-verification.ts";

/** What the checks of every node depend on. */
export interface NodeToCheck {
  readonly nodeName: string;
  readonly criSocket: string;
  /** "v1.37.2" */
  readonly kubeadmVersion: string;
  /** The cluster's version, if it is known: the kubelet's minor version must not be newer. */
  readonly kubernetesVersion?: string;
  /** Shares the findings with other code. */
  readonly runtime?: Look<RuntimeFindings>;
  /** The same of the installed kubelet. */
  readonly kubelet?: Look<KubeletVersion>;
}

/** Returns the checks of every node, in upstream's order. */
export function nodeChecks(node: NodeToCheck): readonly Check[] {
  const { criSocket, nodeName, runtime = lookAtContainerRuntime(criSocket) } = node;
  const version = node.kubelet ?? readKubeletVersion();
  const service = lookAtKubeletService();
  return [
    containerRuntime(criSocket, runtime),
    containerRuntimeVersion(criSocket, runtime),
    swap,
    programInPath("losetup"),
    programInPath("mount"),
    ...(ownMinor.rules.looksForGetent ? [programWanted("getent", getentPackages)] : []),
    programInPath("cp"),
    systemVerification(version),
    hostname(nodeName),
    kubeletVersion(version, node),
    kubeletService(service),
    portAvailable(kubeletPort, { kubelet: service }),
  ];
}

/** The kubelet finds its ranges of IDs for user namespaces with it: without it, it silently takes the usual ones. */
const getentPackages = "install the package that provides getent, usually glibc or libc-bin";
