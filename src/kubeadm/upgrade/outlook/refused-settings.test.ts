import { describe, expect, it } from "vitest";
import type { ComponentSettings } from "./component-settings.ts";
import { refusedSettings } from "./refused-settings.ts";

const list =
  "(https://github.com/kubernetes/kubernetes/blob/v1.37.2/test/compatibility_lifecycle/reference/feature_list.md)";

type Row = readonly [
  name: string,
  settings: Omit<ComponentSettings, "from">,
  minor: number,
  refused: readonly string[],
];

const rows: readonly Row[] = [
  ["accepts what components have", { component: "kube-apiserver", words: ["kube-apiserver", "--v=2"] }, 37, []],
  [
    "names a flag that was removed, with its source",
    { component: "kube-controller-manager", words: ["--concurrent-service-syncs=3"] },
    37,
    [
      "it sets --concurrent-service-syncs, which kube-controller-manager does not have since 1.37 (https://github.com/kubernetes/kubernetes/pull/138002)",
    ],
  ],
  [
    "accepts it for a version that has it",
    { component: "kube-controller-manager", words: ["--concurrent-service-syncs=3"] },
    36,
    [],
  ],
  [
    "accepts it for another component",
    { component: "kube-scheduler", words: ["--concurrent-service-syncs=3"] },
    37,
    [],
  ],
  [
    "names a flag that an earlier version has removed",
    { component: "kubelet", words: ["--containerd", "a"] },
    38,
    [
      "it sets --containerd, which kubelet does not have since 1.37 (https://github.com/kubernetes/kubernetes/pull/139870)",
    ],
  ],
  ["does not take part of a name for a flag", { component: "kubelet", words: ["--containerd-x=1"] }, 37, []],
  [
    "names feature gates that are not known, and those that cannot be disabled",
    {
      component: "kube-apiserver",
      words: ["--feature-gates=SidecarContainers=true,HostnameOverride=false,AllAlpha=false,DRADeviceTaints=true"],
    },
    37,
    [
      `it sets the feature gate SidecarContainers, which kube-apiserver of 1.37 does not know ${list}`,
      `it disables the feature gate HostnameOverride, which is permanently enabled in kube-apiserver of 1.37 ${list}`,
    ],
  ],
  [
    "names those of a configuration file",
    { component: "kubelet", words: [], gates: { PreventStaticPodAPIReferences: false, ImageVolume: true } },
    37,
    [`it sets the feature gate PreventStaticPodAPIReferences, which kubelet of 1.37 does not know ${list}`],
  ],
  [
    "names those that cannot be enabled, not those that may be disabled",
    {
      component: "kubelet",
      words: ["--feature-gates=GitRepoVolumeDriver=true,SeparateCacheWatchRPC=false"],
      gates: { DRADeviceTaintRules: false },
    },
    37,
    [`it enables the feature gate GitRepoVolumeDriver, which is permanently disabled in kubelet of 1.37 ${list}`],
  ],
  [
    "names those that are enabled without another one that they need",
    { component: "kubelet", words: [], gates: { DRADeviceTaints: false } },
    37,
    [
      `it sets feature gates so that DRADeviceTaintRules is enabled without DRADeviceTaints, which it needs in kubelet of 1.37 ${list}`,
    ],
  ],
  [
    "accepts a gate that is disabled with those that need it",
    { component: "kubelet", words: [], gates: { DRADeviceTaints: false, DRADeviceTaintRules: "F" } },
    37,
    [],
  ],
  [
    "lets AllAlpha and AllBeta count for gates that are not set themselves",
    {
      component: "kube-scheduler",
      words: [
        "--feature-gates=AllBeta=false,AllAlpha=true,kube:GenericWorkload=true",
        "--feature_gates=AllAlpha=false",
      ],
    },
    37,
    [],
  ],
  [
    "counts the last value of a gate",
    { component: "kubelet", words: ["--feature-gates=ImageVolume=false", "--feature-gates=ImageVolume=true"] },
    37,
    [],
  ],
  [
    "knows that a component lacks a gate",
    {
      component: "kube-scheduler",
      words: ["--feature-gates=kube:ControllerManagerReleaseLeaderElectionLockOnExit=true"],
    },
    37,
    [
      `it sets the feature gate ControllerManagerReleaseLeaderElectionLockOnExit, which kube-scheduler of 1.37 does not know ${list}`,
    ],
  ],
  [
    "accepts it in a component that has it, with the name that the control plane gives itself",
    {
      component: "kube-controller-manager",
      words: ["--feature-gates=kube:ControllerManagerReleaseLeaderElectionLockOnExit=true"],
    },
    37,
    [],
  ],
  [
    "names flags that etcd has lost, however many dashes they have",
    {
      component: "etcd",
      words: ["etcd", "--experimental-memory-mlock=true", "-discovery=x", "--feature-gates=Mine=true"],
    },
    7,
    [
      "it sets --experimental-memory-mlock, which etcd does not have since 3.7 (https://github.com/etcd-io/etcd/pull/19959)",
      "it sets --discovery, which etcd does not have since 3.7 (https://github.com/etcd-io/etcd/pull/20109)",
    ],
  ],
  [
    "accepts them for the etcd of an image that has them",
    { component: "etcd", words: ["--experimental-memory-mlock=true"] },
    6,
    [],
  ],
  [
    "does not judge the gates of a version that it does not know",
    { component: "kubelet", words: ["--feature-gates=Mine=true"] },
    99,
    [],
  ],
  [
    "judges the gates of the version before by that version",
    { component: "kubelet", words: ["--feature-gates=Mine=true,HostnameOverride=false"] },
    36,
    [
      "it sets the feature gate Mine, which kubelet of 1.36 does not know (https://github.com/kubernetes/kubernetes/blob/v1.36.3/test/compatibility_lifecycle/reference/feature_list.md)",
    ],
  ],
];

describe("the settings that a new version refuses", () => {
  it.each(rows)("%s", (_, settings, minor, refused) => {
    expect(refusedSettings({ ...settings, from: "it" }, minor)).toEqual(refused);
  });
});
