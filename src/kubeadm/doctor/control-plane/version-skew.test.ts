import { describe, expect, it } from "vitest";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { type RunningVersion, skewFindings } from "./version-skew.ts";

type Given = readonly [component: RunningVersion["component"], node: string, version: string];

function running([component, node, text]: Given): RunningVersion {
  const version = parseSemanticVersion(text);
  if (version === undefined) throw new Error(`${text} is not a version`);
  return { component, node, version };
}

const server: Given = ["kube-apiserver", "cp1", "v1.37.2"];

const rows: readonly (readonly [string, readonly Given[], readonly RegExp[]])[] = [
  ["the same version everywhere", [server, ["kubelet", "w1", "v1.37.2"]], []],
  ["a kubelet three minor versions older", [server, ["kubelet", "w1", "v1.34.0"]], []],
  [
    "a kubelet four minor versions older",
    [server, ["kubelet", "w1", "v1.33.9"]],
    [/kubelet v1\.33\.9 on w1 is more than 3/],
  ],
  ["a kubelet newer than the API server", [server, ["kubelet", "w1", "v1.38.0"]], [/kubelet v1\.38\.0 on w1 is newer/]],
  ["a kubelet with a newer patch version", [server, ["kubelet", "w1", "v1.37.9"]], []],
  ["a scheduler one minor version older", [server, ["kube-scheduler", "cp1", "v1.36.4"]], []],
  [
    "a scheduler two minor versions older",
    [server, ["kube-scheduler", "cp1", "v1.35.4"]],
    [/kube-scheduler .* more than one minor/],
  ],
  ["API servers one minor version apart", [server, ["kube-apiserver", "cp2", "v1.36.0"]], []],
  [
    "API servers two minor versions apart",
    [server, ["kube-apiserver", "cp2", "v1.35.0"]],
    [/API servers are 2 minor versions apart/],
  ],
  [
    "a kubelet that fits the newer API server only",
    [server, ["kube-apiserver", "cp2", "v1.36.0"], ["kubelet", "w1", "v1.37.0"]],
    [/kubelet v1\.37\.0 on w1 is newer than the API server \(kube-apiserver v1\.36\.0 on cp2\)/],
  ],
  [
    "two old kubelets",
    [server, ["kubelet", "w1", "v1.32.0"], ["kubelet", "w2", "v1.32.1"]],
    [/2 of kubelet are more than 3/],
  ],
  ["no API server", [["kubelet", "w1", "v1.20.0"]], []],
];

describe("version skew", () => {
  it.each(rows)("%s", (_what, given, wanted) => {
    const findings = skewFindings(given.map(running)).map(({ finding }) => finding);
    expect(findings).toHaveLength(wanted.length);
    for (const [index, words] of wanted.entries()) expect(findings[index]).toMatch(words);
  });
});
