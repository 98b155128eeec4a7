import { boolean, float, integer, listOf, mapOf, string, time } from "../../go/json/schema.ts";
import { always, goStruct, nested, optional, optionalSpan, pointer, span } from "../../go/json/struct.ts";
import { quantity } from "../../kubernetes/quantity-schema.ts";
import { logging, named } from "../config/components/common-fields.ts";

const webhook = { enabled: pointer(boolean()), cacheTTL: span() };

const authentication = goStruct("v1beta1.KubeletAuthentication", {
  x509: nested(goStruct("v1beta1.KubeletX509Authentication", { clientCAFile: optional(string()) })),
  webhook: nested(goStruct("v1beta1.KubeletWebhookAuthentication", webhook)),
  anonymous: nested(goStruct("v1beta1.KubeletAnonymousAuthentication", { enabled: pointer(boolean()) })),
});

const authorization = goStruct("v1beta1.KubeletAuthorization", {
  mode: optional(string("v1beta1.KubeletAuthorizationMode")),
  webhook: nested(
    goStruct("v1beta1.KubeletWebhookAuthorization", { cacheAuthorizedTTL: span(), cacheUnauthorizedTTL: span() }),
  ),
});

const taint = goStruct("v1.Taint", {
  key: always(string(), ""),
  value: optional(string()),
  effect: always(string("v1.TaintEffect"), ""),
  timeAdded: pointer(time()),
});

/**
 * kubelet.config.k8s.io/v1beta1 KubeletConfiguration: every field that Kubernetes 1.37 knows. It detects mistyped
 * fields in a user's file, and converts the file to the form that is stored in the cluster.
 */
export const kubeletFields = goStruct("v1beta1.KubeletConfiguration", {
  ...named("apiVersion kind", optional(string())),
  ...named(
    "staticPodPath podLogsDir staticPodURL address tlsCertFile tlsPrivateKeyFile tlsMinVersion " +
      "healthzBindAddress clusterDomain kubeletCgroups systemCgroups cgroupRoot cgroupDriver cpuManagerPolicy " +
      "memoryManagerPolicy topologyManagerPolicy topologyManagerScope hairpinMode podCIDR contentType " +
      "containerLogMaxSize reservedSystemCPUs showHiddenMetricsForVersion systemReservedCgroup kubeReservedCgroup " +
      "volumePluginDir providerID imageServiceEndpoint",
    optional(string()),
  ),
  imagePullCredentialsVerificationPolicy: optional(string("v1beta1.ImagePullCredentialsVerificationPolicy")),
  configMapAndSecretChangeDetectionStrategy: optional(string("v1beta1.ResourceChangeDetectionStrategy")),
  memoryReservationPolicy: optional(string("v1beta1.MemoryReservationPolicy")),
  containerRuntimeEndpoint: always(string(), ""),
  resolvConf: pointer(string()),
  ...named(
    "rotateCertificates serverTLSBootstrap enableContentionProfiling runOnce protectKernelDefaults kernelMemcgNotification",
    optional(boolean()),
  ),
  ...named(
    "enableServer enableDebuggingHandlers cgroupsPerQOS singleProcessOOMKill cpuCFSQuota serializeImagePulls " +
      "mergeDefaultEvictionSettings enableControllerAttachDetach makeIPTablesUtilChains failSwapOn " +
      "enableSystemLogHandler enableSystemLogQuery enableProfilingHandler enableDebugFlagsHandler seccompDefault " +
      "registerNode localStorageCapacityIsolation failCgroupV1",
    pointer(boolean()),
  ),
  ...named(
    "port readOnlyPort registryBurst eventBurst nodeLeaseDurationSeconds maxPods kubeAPIBurst evictionMaxPodGracePeriod podsPerCore",
    optional(integer()),
  ),
  ...named(
    "registryPullQPS eventRecordQPS healthzPort oomScoreAdj imageGCHighThresholdPercent imageGCLowThresholdPercent " +
      "nodeStatusMaxImages kubeAPIQPS maxParallelImagePulls iptablesMasqueradeBit iptablesDropBit containerLogMaxFiles " +
      "containerLogMaxWorkers",
    pointer(integer()),
  ),
  maxOpenFiles: optional(integer("int64")),
  podPidsLimit: pointer(integer("int64")),
  memoryThrottlingFactor: pointer(float("float64")),
  ...named(
    "syncFrequency fileCheckFrequency httpCheckFrequency streamingConnectionIdleTimeout nodeStatusUpdateFrequency " +
      "nodeStatusReportFrequency imageMinimumGCAge imageMaximumGCAge volumeStatsAggPeriod cpuManagerReconcilePeriod " +
      "runtimeRequestTimeout evictionPressureTransitionPeriod shutdownGracePeriod shutdownGracePeriodCriticalPods",
    span(),
  ),
  ...named("cpuCFSQuotaPeriod containerLogMonitorInterval", optionalSpan()),
  ...named(
    "tlsCipherSuites preloadedImagesVerificationAllowlist enforceNodeAllocatable allowedUnsafeSysctls",
    optional(listOf(string())),
  ),
  // An absent list and an empty one differ here.
  clusterDNS: pointer(listOf(string())),
  tlsCurvePreferences: optional(listOf(integer())),
  ...named(
    "cpuManagerPolicyOptions topologyManagerPolicyOptions qosReserved evictionHard evictionSoft " +
      "evictionSoftGracePeriod evictionMinimumReclaim systemReserved kubeReserved defaultPodSysctls",
    optional(mapOf(string())),
  ),
  staticPodURLHeader: optional(mapOf(listOf(string()))),
  featureGates: optional(mapOf(boolean())),
  authentication: nested(authentication),
  authorization: nested(authorization),
  memorySwap: nested(goStruct("v1beta1.MemorySwapConfiguration", { swapBehavior: optional(string()) })),
  crashLoopBackOff: nested(goStruct("v1beta1.CrashLoopBackOffConfig", { maxContainerRestartPeriod: optionalSpan() })),
  logging: nested(logging),
  shutdownGracePeriodByPodPriority: optional(
    listOf(
      goStruct("v1beta1.ShutdownGracePeriodByPodPriority", {
        priority: always(integer(), 0),
        shutdownGracePeriodSeconds: always(integer("int64"), 0),
      }),
    ),
  ),
  reservedMemory: optional(
    listOf(
      goStruct("v1beta1.MemoryReservation", {
        numaNode: always(integer(), 0),
        limits: always(mapOf(quantity()), null),
      }),
    ),
  ),
  registerWithTaints: optional(listOf(taint)),
  tracing: pointer(
    goStruct("v1.TracingConfiguration", {
      endpoint: pointer(string()),
      samplingRatePerMillion: pointer(integer()),
    }),
  ),
  userNamespaces: pointer(goStruct("v1beta1.UserNamespaces", { idsPerPod: pointer(integer("int64")) })),
});
