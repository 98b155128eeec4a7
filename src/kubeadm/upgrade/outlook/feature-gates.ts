/** What a component of Kubernetes knows of a feature gate. */
export interface FeatureGate {
  readonly stage: "alpha" | "beta" | "stable" | "deprecated";
  /** Its value unless it is set. */
  readonly isOn: boolean;
  /** A component refuses to start if a locked gate is set to another value. */
  readonly isLocked: boolean;
}

/** The minor version whose gates these are. */
export const knownMinor = 37;

/** Where to read about the gates of that version. */
export const gatesSource =
  "https://github.com/kubernetes/kubernetes/blob/v1.37.2/test/compatibility_lifecycle/reference/feature_list.md";

/**
 * The feature gates of Kubernetes 1.37, except AllAlpha and AllBeta: a component refuses to start with any other one.
 * A program that was linked with pkg/features and the packages of staging/ that it adds has printed them, of 1.37.2.
 * test/kubernetes/refused-settings.test.ts compares them with what the components themselves say.
 */
const groups: readonly (FeatureGate & { readonly names: string })[] = [
  {
    stage: "alpha",
    isOn: false,
    isLocked: false,
    names: `
      APIServerWebhookAuthenticationToken APIServingWithRoutine AtomicWriteVolumeUserFields CBORServingAndStorage
      CPUManagerPolicyAlphaOptions CRIListStreaming CSIVolumeHealth ClientsAllowCBOR ClientsPreferCBOR
      CloudControllerManagerWatchBasedRoutesReconciliation CloudControllerManagerWebhook CompositePodGroup
      ConsistentListFromCacheSkipTimeoutFallback ContainerStopSignals ControllerManagerReleaseLeaderElectionLockOnExit
      CrossNamespaceVolumeDataSource DRADerivedAttributes DRADeviceCompatibilityGroups DRAListTypeAttributes
      DRANodeAllocatableResources DRAOptionalNodeOperations DRAPartitionableDevicesType DRAResourcePoolStatus
      DefaultPodSysctls EmptyDirVolumeMode EventedPLEG EvictionRequestAPI GRPCContainerProbeTLS H2CContainerProbe
      ImageVolumeWithDigest InPlacePodVerticalScalingExclusiveCPUs InPlacePodVerticalScalingExclusiveMemory
      InPlacePodVerticalScalingMemoryBackedVolumes InPlacePodVerticalScalingSchedulerPreemption
      InterPodAffinityHostnameFastPath KubeProxyNFTablesLocalhostNodePorts KubeletAllocatedPodsEndpoint
      LoggingAlphaOptions MutablePVNodeAffinity NodeLifecycleConditions PodGroupPreemptionPolicy
      PodLogsQuerySplitStreams QOSReserved ReduceDefaultCrashLoopBackOffDecay RuntimeClassInImageCriApi
      SchedulerPreQueueingHints ShardedListAndWatch StatefulSetRecreateStrategy StorageVersionAPI
      TaintTolerationComparisonOperators TopologyAwareWorkloadScheduling TopologyManagerPolicyAlphaOptions
      UserNamespacesHostNetworkSupport VolumeBindMountOptions WindowsCPUAndMemoryAffinity WorkloadWithJob
    `,
  },
  {
    stage: "beta",
    isOn: true,
    isLocked: false,
    names: `
      APIResponseCompression APIServerIdentity AllowParsingUserUIDFromCertAuth AllowUnsafeMalformedObjectDeletion
      AtomicFIFO AuthorizePodWebsocketUpgradeCreatePermission CPUManagerPolicyBetaOptions
      CRDObservedGenerationTracking ClearingNominatedNodeNameAfterBinding ClientsAllowCARotation
      ClientsAllowTLSCacheGC ComponentFlagz ComponentStatusz ConcurrentWatchObjectDecode ConstrainedImpersonation
      ContainerCheckpoint ContainerRestartRules ContextualLogging DRAConsumableCapacity DRADeviceBindingConditions
      DRAPartitionableDevices DRAResourceClaimGranularStatusAuthorization DRASchedulerFilterTimeout
      DeclarativeValidationBeta DeploymentReplicaSetTerminatingReplicas DetectCacheInconsistency EnvFiles
      EtcdRangeStream ExcludeAdmissionWebhookVirtualResources ExtendWebSocketsToKubelet GracefulNodeShutdown
      GracefulNodeShutdownBasedOnPodPriority HPAGeneration HPAOptimizedSelectorStore HPAScaleToZero
      HugepageAwareEviction InOrderInformersBatchProcess InPlacePodLevelResourcesVerticalScaling
      KubeletCrashLoopBackOffMax KubeletEnsureSecretPulledImages KubeletInUserNamespace KubeletSeparateDiskGC
      KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot LoggingBetaOptions
      ManifestBasedAdmissionControlConfig MatchLabelKeysInPodTopologySpread
      MatchLabelKeysInPodTopologySpreadSelectorMerge MaxUnavailableStatefulSet MemoryQoS
      MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs NFTablesNetlink NativeHistograms
      NodeControllerLeaseCircuitBreaker NominatedNodeNameForExpectation OpenAPIEnums OpportunisticBatching
      PersistentVolumeClaimUnusedSinceTime PodDeletionCost PodLevelResources PodLevelResourcesFixDefaulting
      PodLevelResourcesFixKubeletQOSClass PodTopologyLabelsAdmission PodsAPI PortForwardWebsockets
      ReloadKubeletClientCAFile ReloadKubeletServerCertificateFile RemoteRequestHeaderUID ResourceHealthStatus
      ResourceHealthStatusMessage RestartAllContainersOnContainerExits RotateKubeletServerCertificate
      SchedulerAsyncPreemption SchedulerPopFromBackoffQ ServiceAccountNodeAudienceRestriction
      SizeBasedListCostEstimate StaleControllerConsistencyDaemonSet StaleControllerConsistencyHPA
      StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet StaleControllerConsistencyStatefulSet
      StatefulSetSemanticRevisionComparison StorageCapacityScoring StorageVersionHash StrictIPCIDRValidation
      StructuredAuthenticationConfigurationEgressSelector StructuredAuthenticationConfigurationJWKSMetrics
      TokenRequestServiceAccountUIDValidation TopologyManagerPolicyBetaOptions TranslateStreamCloseWebsocketRequests
      UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy UnlockWhileProcessingFIFO
      VolumeLimitScaling WatchList WatchListClient WatchListCompression WebhookRoundTripLoadBalancing
      WindowsGracefulNodeShutdown
    `,
  },
  {
    stage: "beta",
    isOn: false,
    isLocked: false,
    names: `
      CoordinatedLeaderElection DRAFractionalCapacityRange DRAWorkloadResourceClaims GenericWorkload
      LocalStorageCapacityIsolationFSQuotaMonitoring PodAndContainerStatsFromCRI PodLevelResourceManagers
      SchedulerAsyncAPICalls
    `,
  },
  {
    stage: "stable",
    isOn: true,
    isLocked: false,
    names: `
      AllowServiceExternalIPs ClusterTrustBundle ClusterTrustBundleProjection CustomCPUCFSQuotaPeriod
      DRADeviceTaintRules DRADeviceTaints InformerResourceVersion MutatingAdmissionPolicy PodCertificateRequest
      SELinuxMount StorageVersionMigrator
    `,
  },
  {
    stage: "stable",
    isOn: true,
    isLocked: true,
    names: `
      CPUManagerPolicyOptions CRDValidationRatcheting CSIServiceAccountTokenSecrets CustomResourceFieldSelectors
      DRAAdminAccess DRAExtendedResource DRAPrioritizedList DRAResourceClaimDeviceStatus DeclarativeValidation
      DisableAllocatorDualWrite DynamicResourceAllocation ExecProbeTimeout ExternalServiceAccountTokenSigner
      HPAConfigurableTolerance HostnameOverride ImageMaximumGCAge ImageVolume InOrderInformers
      InPlacePodVerticalScaling InPlacePodVerticalScalingInitContainers JobManagedBy KubeletCgroupDriverFromCRI
      KubeletFineGrainedAuthz KubeletPSI KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletTracing
      MatchLabelKeysInPodAffinity MultiCIDRServiceAllocator MutableCSINodeAllocatableCount NFTablesProxyMode
      NodeDeclaredFeatures NodeInclusionPolicyInPodTopologySpread NodeLogQuery NodeSwap PLEGOnDemandRelist
      PodObservedGenerationTracking PodReadyToStartContainersCondition PodSchedulingReadiness
      PreferSameTrafficDistribution ProcMountType RecoverVolumeExpansionFailure RecursiveReadOnlyMounts
      RelaxedEnvironmentVariableValidation RelaxedServiceNameValidation SELinuxChangePolicy
      SELinuxMountReadWriteOncePod SeparateTaintEvictionController ServiceAccountTokenJTI
      ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo
      SupplementalGroupsPolicy SystemdWatchdog TopologyManagerPolicyOptions UserNamespacesSupport
      VolumeAttributesClass WatchCacheInitializationPostStartHook WinDSR WinOverlay
    `,
  },
  {
    stage: "deprecated",
    isOn: true,
    isLocked: false,
    names: `
      KubeProxyIPVS KubeletPodResourcesListUseActivePods ServiceCIDRStatusFieldWiping StorageNamespaceIndex
    `,
  },
  {
    stage: "deprecated",
    isOn: true,
    isLocked: true,
    names: `
      AggregatedDiscoveryRemoveBetaType DisableCPUQuotaWithExclusiveCPUs DisableNodeKubeProxyVersion
    `,
  },
  {
    stage: "deprecated",
    isOn: false,
    isLocked: false,
    names: `
      AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests ChangeContainerStatusOnKubeletRestart KMSv1
      KubeletRegistrationGetOnExistsOnly WindowsHostNetwork
    `,
  },
  {
    stage: "deprecated",
    isOn: false,
    isLocked: true,
    names: `
      AllowOverwriteTerminationGracePeriodSeconds DeclarativeValidationTakeover GitRepoVolumeDriver
      SeparateCacheWatchRPC
    `,
  },
];

export const featureGates: ReadonlyMap<string, FeatureGate> = new Map(
  groups.flatMap(({ names, ...gate }) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, gate] as const),
  ),
);

/** Those of them that a component does not have. */
export const absentGates: Readonly<Partial<Record<string, readonly string[]>>> = {
  "kube-scheduler": ["ControllerManagerReleaseLeaderElectionLockOnExit"],
};

/** The gates that each one needs: a component refuses to start if one is enabled and what it needs is not. */
export const neededGates: Readonly<Record<string, readonly string[]>> = {
  ClusterTrustBundleProjection: ["ClusterTrustBundle"],
  CompositePodGroup: ["GenericWorkload", "TopologyAwareWorkloadScheduling"],
  DRAAdminAccess: ["DynamicResourceAllocation"],
  DRAConsumableCapacity: ["DynamicResourceAllocation"],
  DRADerivedAttributes: ["DynamicResourceAllocation"],
  DRADeviceBindingConditions: ["DRAResourceClaimDeviceStatus", "DynamicResourceAllocation"],
  DRADeviceCompatibilityGroups: ["DRAPartitionableDevices", "DynamicResourceAllocation"],
  DRADeviceTaintRules: ["DRADeviceTaints"],
  DRADeviceTaints: ["DynamicResourceAllocation"],
  DRAExtendedResource: ["DynamicResourceAllocation"],
  DRAFractionalCapacityRange: ["DRAConsumableCapacity"],
  DRAListTypeAttributes: ["DynamicResourceAllocation"],
  DRANodeAllocatableResources: ["DynamicResourceAllocation"],
  DRAOptionalNodeOperations: ["DynamicResourceAllocation", "NodeDeclaredFeatures"],
  DRAPartitionableDevices: ["DynamicResourceAllocation"],
  DRAPartitionableDevicesType: ["DRAPartitionableDevices", "DRAResourcePoolStatus", "DynamicResourceAllocation"],
  DRAPrioritizedList: ["DynamicResourceAllocation"],
  DRAResourceClaimGranularStatusAuthorization: ["DRAResourceClaimDeviceStatus", "DynamicResourceAllocation"],
  DRAResourcePoolStatus: ["DynamicResourceAllocation"],
  DRASchedulerFilterTimeout: ["DynamicResourceAllocation"],
  DRAWorkloadResourceClaims: ["DynamicResourceAllocation", "GenericWorkload"],
  DeclarativeValidationBeta: ["DeclarativeValidation"],
  DeclarativeValidationTakeover: ["DeclarativeValidation"],
  DisableAllocatorDualWrite: ["MultiCIDRServiceAllocator"],
  EventedPLEG: ["PLEGOnDemandRelist"],
  ExtendWebSocketsToKubelet: ["NodeDeclaredFeatures"],
  GracefulNodeShutdownBasedOnPodPriority: ["GracefulNodeShutdown"],
  H2CContainerProbe: ["NodeDeclaredFeatures"],
  ImageVolumeWithDigest: ["ImageVolume"],
  InPlacePodLevelResourcesVerticalScaling: ["InPlacePodVerticalScaling", "NodeDeclaredFeatures", "PodLevelResources"],
  InPlacePodVerticalScalingExclusiveCPUs: ["InPlacePodVerticalScaling"],
  InPlacePodVerticalScalingExclusiveMemory: ["InPlacePodVerticalScaling"],
  InPlacePodVerticalScalingInitContainers: ["InPlacePodVerticalScaling", "NodeDeclaredFeatures"],
  InPlacePodVerticalScalingMemoryBackedVolumes: ["InPlacePodVerticalScaling", "NodeDeclaredFeatures"],
  InPlacePodVerticalScalingSchedulerPreemption: ["InPlacePodVerticalScaling"],
  KubeletAllocatedPodsEndpoint: ["InPlacePodVerticalScaling"],
  MatchLabelKeysInPodTopologySpreadSelectorMerge: ["MatchLabelKeysInPodTopologySpread"],
  NodeControllerLeaseCircuitBreaker: ["AtomicFIFO"],
  PodGroupPreemptionPolicy: ["GenericWorkload"],
  PodLevelResourceManagers: ["PodLevelResources"],
  PodLevelResourcesFixDefaulting: ["PodLevelResources"],
  PodLevelResourcesFixKubeletQOSClass: ["PodLevelResources"],
  ProcMountType: ["UserNamespacesSupport"],
  ResourceHealthStatus: ["DynamicResourceAllocation"],
  ResourceHealthStatusMessage: ["ResourceHealthStatus"],
  RestartAllContainersOnContainerExits: ["ContainerRestartRules", "NodeDeclaredFeatures"],
  ServiceAccountTokenNodeBinding: ["ServiceAccountTokenNodeBindingValidation"],
  StaleControllerConsistencyDaemonSet: ["AtomicFIFO"],
  StaleControllerConsistencyHPA: ["AtomicFIFO"],
  StaleControllerConsistencyJob: ["AtomicFIFO"],
  StaleControllerConsistencyReplicaSet: ["AtomicFIFO"],
  StaleControllerConsistencyStatefulSet: ["AtomicFIFO"],
  StorageVersionAPI: ["APIServerIdentity"],
  TopologyAwareWorkloadScheduling: ["GenericWorkload"],
  UnknownVersionInteroperabilityProxy: ["APIServerIdentity"],
  UserNamespacesHostNetworkSupport: ["NodeDeclaredFeatures", "UserNamespacesSupport"],
  WindowsGracefulNodeShutdown: ["GracefulNodeShutdown"],
  WorkloadWithJob: ["GenericWorkload"],
};
