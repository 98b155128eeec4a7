import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { kubernetesVersion, programName, programVersion } from "../../kubeadm/version.ts";
import { versionText } from "./version.ts";

const build = {
  gitCommit: "0123456789abcdef0123456789abcdef01234567",
  gitTreeState: "clean",
  buildDate: "2026-01-02T03:04:05Z",
  runtimeVersion: "bun1.0.0",
  compiler: "bun",
  platform: "linux/arm64",
};
const implementation = { name: programName, version: programVersion };

describe("version", () => {
  it("is one line in upstream's form, which ends as upstream's does", () => {
    const text = versionText("", build);
    expect(text).toMatch(/^kubeadm version: &version\.Info\{Major:"1", Minor:"37", .*, Platform:"linux\/arm64"\}\n$/);
    // How provisioning tools read it.
    expect(/GitVersion:"([^"]+)"/.exec(text)?.[1]).toBe(kubernetesVersion);
    expect(/Platform:"([^"]+)"/.exec(text)?.[1]).toBe("linux/arm64");
  });

  it("is only the version with -o short", () => {
    expect(versionText("short", build)).toBe(`${kubernetesVersion}\n`);
  });

  it("is the same object as JSON and as YAML", () => {
    const expected = {
      clientVersion: {
        major: "1",
        minor: "37",
        gitVersion: kubernetesVersion,
        gitCommit: build.gitCommit,
        gitTreeState: "clean",
        buildDate: build.buildDate,
        goVersion: "bun1.0.0",
        compiler: "bun",
        platform: "linux/arm64",
      },
      implementation,
    };
    expect(JSON.parse(versionText("json", build))).toEqual(expected);
    expect(parse(versionText("yaml", build))).toEqual(expected);
  });

  it("refuses another form", () => {
    expect(() => versionText("xml", build)).toThrow("invalid output format: xml");
  });
});

describe("the program's own version", () => {
  it("is the package's", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
    expect({ name: manifest.name, version: manifest.version }).toEqual(implementation);
  });
});
