import { group, type Phase } from "../../workflow/phase.ts";
import { checkEtcd } from "./check-etcd.ts";
import type { JoinContext } from "./context.ts";
import { controlPlaneCerts } from "./control-plane-certs.ts";
import { controlPlaneKubeconfigs } from "./control-plane-kubeconfigs.ts";
import { controlPlaneManifests } from "./control-plane-manifests.ts";
import { downloadCerts } from "./download-certs.ts";
import { etcdJoin } from "./etcd-join.ts";
import { kubeletStart } from "./kubelet-start.ts";
import { kubeletWaitBootstrap } from "./kubelet-wait-bootstrap.ts";
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
