import { describe, expect, it } from "vitest";
import { type ComponentSettings, refusedSettings } from "./refused-settings.ts";

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
      "it sets the feature gate SidecarContainers, which kube-apiserver of 1.37 does not know",
      "it disables the feature gate HostnameOverride, which is enabled for good in kube-apiserver of 1.37",
    ],
  ],
  [
    "names those of a configuration file",
    { component: "kubelet", words: [], gates: { PreventStaticPodAPIReferences: false, ImageVolume: true } },
    37,
    ["it sets the feature gate PreventStaticPodAPIReferences, which kubelet of 1.37 does not know"],
  ],
  [
    "does not judge the gates of a version whose table it does not have",
    { component: "kubelet", words: ["--feature-gates=Mine=true"] },
    36,
    [],
  ],
];

describe("the settings that a new version refuses", () => {
  it.each(rows)("%s", (_, settings, minor, refused) => {
    expect(refusedSettings({ ...settings, from: "it" }, minor)).toEqual(refused);
  });
});
