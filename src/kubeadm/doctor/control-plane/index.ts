import type { DoctorCheck } from "../check.ts";
import { coreDns, kubeProxy } from "./addons.ts";
import { ownAddresses } from "./addresses.ts";
import { admissionWebhooks } from "./admission-webhooks.ts";
import { anonymousAccess } from "./anonymous-access.ts";
import { apiServerHealth } from "./api-server-health.ts";
import { controlPlaneAuthorities } from "./authorities.ts";
import { clusterInfo } from "./cluster-info.ts";
import { kubeadmConfig, kubeletConfig } from "./configuration.ts";
import { controllerManager, scheduler } from "./controllers.ts";
import { etcdAlarms } from "./etcd-alarms.ts";
import { etcdClocks } from "./etcd-clocks.ts";
import { etcdDisk } from "./etcd-disk.ts";
import { etcdMembers } from "./etcd-members.ts";
import { etcdQuorum } from "./etcd-quorum.ts";
import { joinPermissions } from "./join-permissions.ts";
import { leaderLeases } from "./leader-leases.ts";
import { staticPodManifests } from "./manifests.ts";
import { servingNames } from "./serving-names.ts";
import { servingRequests } from "./serving-requests.ts";
import { apiServerPod, etcdPod } from "./static-pods.ts";
import { joinTokens, uploadedCertificates } from "./tokens.ts";
import { versionSkew } from "./version-skew.ts";

/** Static Pods, etcd and what init stores in the cluster. Skipped on workers. */
export const controlPlaneChecks: readonly DoctorCheck[] = [
  staticPodManifests,
  ownAddresses,
  controlPlaneAuthorities,
  servingNames,
  anonymousAccess,
  etcdPod,
  etcdQuorum,
  etcdAlarms,
  etcdMembers,
  etcdDisk,
  etcdClocks,
  apiServerPod,
  apiServerHealth,
  controllerManager,
  scheduler,
  leaderLeases,
  admissionWebhooks,
  versionSkew,
  kubeadmConfig,
  kubeletConfig,
  joinTokens,
  clusterInfo,
  uploadedCertificates,
  joinPermissions,
  servingRequests,
  coreDns,
  kubeProxy,
];
