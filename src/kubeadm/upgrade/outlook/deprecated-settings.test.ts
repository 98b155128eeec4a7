import { describe, expect, it } from "vitest";
import type { ComponentSettings } from "./component-settings.ts";
import { deprecatedSettings } from "./deprecated-settings.ts";

const list =
  "(https://github.com/kubernetes/kubernetes/blob/v1.37.2/test/compatibility_lifecycle/reference/feature_list.md)";

type Row = readonly [name: string, settings: Omit<ComponentSettings, "from">, minor: number, texts: readonly string[]];

const rows: readonly Row[] = [
  [
    "names a flag that will be removed, with its source",
    { component: "kube-apiserver", words: ["kube-apiserver", "--v=2", "--apiserver-count=3"] },
    37,
    [
      "it sets --apiserver-count, which is deprecated in kube-apiserver of 1.37 (https://github.com/kubernetes/kubernetes/blob/v1.37.2/cmd/kube-apiserver/app/options/options.go)",
    ],
  ],
  ["says nothing of it in another component", { component: "kube-scheduler", words: ["--apiserver-count=3"] }, 37, []],
  [
    "names gates that are stable or deprecated, however they are set",
    {
      component: "kubelet",
      words: ["--feature-gates=ImageVolume=true,KubeletSeparateDiskGC=true"],
      gates: { KubeletPodResourcesListUseActivePods: false, AllBeta: true },
    },
    37,
    [
      `it sets the feature gate ImageVolume, which a version after 1.37 removes ${list}`,
      `it sets the feature gate KubeletPodResourcesListUseActivePods, which a version after 1.37 removes ${list}`,
    ],
  ],
  [
    "leaves those that are refused to others",
    { component: "kubelet", words: [], gates: { ImageVolume: false, SidecarContainers: true } },
    37,
    [],
  ],
  [
    "does not judge a version that it does not know",
    { component: "kubelet", words: [], gates: { ImageVolume: true } },
    99,
    [],
  ],
];

describe("the settings that a new version accepts, but warns about", () => {
  it.each(rows)("%s", (_, settings, minor, texts) => {
    expect(deprecatedSettings({ ...settings, from: "it" }, minor)).toEqual(texts);
  });
});
