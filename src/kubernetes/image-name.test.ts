import { describe, expect, it } from "vitest";
import { imageRepository, imageTag, versionOfTag } from "./image-name.ts";

const digest = `sha256:${"0".repeat(64)}`;

describe("an image's name", () => {
  it.each([
    ["a tag", "registry.k8s.io/coredns/coredns:v1.14.6", "registry.k8s.io/coredns/coredns", "v1.14.6"],
    ["a tag and a digest", `example.com/kube-apiserver:v1.37.2@${digest}`, "example.com/kube-apiserver", "v1.37.2"],
    ["only a digest", `example.com/kube-apiserver@${digest}`, "example.com/kube-apiserver", ""],
    ["neither, and a port", "example.com:5000/kube-apiserver", "example.com:5000/kube-apiserver", ""],
    ["a port and a tag", "example.com:5000/a/b:1", "example.com:5000/a/b", "1"],
  ])("with %s has its parts", (_, image, repository, tag) => {
    expect([imageRepository(image), imageTag(image)]).toEqual([repository, tag]);
  });

  it("has an underscore in its tag where the version has a plus sign", () => {
    expect(versionOfTag("v1.37.2-rc.1_build.2")).toBe("v1.37.2-rc.1+build.2");
  });
});
