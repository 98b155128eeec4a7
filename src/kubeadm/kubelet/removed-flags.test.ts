import { describe, expect, it } from "vitest";
import { withoutRemovedFlags } from "./removed-flags.ts";

describe("kubeadm-flags.env", () => {
  it.each([
    [
      "loses a flag that the kubelet no longer has",
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///a --pod-infra-container-image=registry.k8s.io/pause:3.9 --v=2"\n',
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///a --v=2"\n',
    ],
    [
      "loses it at the end",
      'KUBELET_KUBEADM_ARGS="--v=2 --pod-infra-container-image=registry.k8s.io/pause:3.9"\n',
      'KUBELET_KUBEADM_ARGS="--v=2"\n',
    ],
    ["loses it if it is alone", 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=a"\n', 'KUBELET_KUBEADM_ARGS=""\n'],
    ["loses it without quotes", "KUBELET_KUBEADM_ARGS=--pod-infra-container-image=a\n", "KUBELET_KUBEADM_ARGS=\n"],
    [
      "loses it with its value as the next word",
      'KUBELET_KUBEADM_ARGS="--pod-infra-container-image a:1 --v=2"\n',
      'KUBELET_KUBEADM_ARGS="--v=2"\n',
    ],
    [
      "loses it with no value, and keeps the next flag",
      'KUBELET_KUBEADM_ARGS="--pod-infra-container-image --v=2"\n',
      'KUBELET_KUBEADM_ARGS="--v=2"\n',
    ],
    [
      "loses it as often as it is there",
      'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=a --v=2 --pod-infra-container-image=b"\n',
      'KUBELET_KUBEADM_ARGS="--v=2"\n',
    ],
  ])("%s", (_, before, after) => {
    expect(withoutRemovedFlags(before)).toEqual({ content: after, removed: ["pod-infra-container-image"] });
  });

  it.each([
    ["flags that the kubelet has", 'KUBELET_KUBEADM_ARGS="--hostname-override=a  --v=2 "\n'],
    ["a flag whose name only begins in the same way", 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image-x=a"\n'],
    ["a value that has the name in it", 'KUBELET_KUBEADM_ARGS="--root-dir=/a--pod-infra-container-image=b"\n'],
    ["other variables and comments", '# --pod-infra-container-image=a\nEXTRA="--pod-infra-container-image=a"\n'],
    ["an empty file", ""],
  ])("keeps %s", (_, content) => {
    expect(withoutRemovedFlags(content)).toEqual({ content, removed: [] });
  });
});
