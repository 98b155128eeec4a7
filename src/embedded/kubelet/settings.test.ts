import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary/temporary-directory.ts";
import { readEnvironmentFile, wordsOf } from "./environment-file.ts";
import { rootedPath } from "./rooted-path.ts";
import { parseKubeletFlags, readSettings } from "./settings.ts";

let root: string;
beforeEach(() => {
  root = temporaryDirectory().path;
});

function settingsOf(configuration: string, argv: readonly string[] = []) {
  writeFileSync(join(root, "config.yaml"), configuration);
  const flags = parseKubeletFlags(["--config=/config.yaml", ...argv]);
  return readSettings({ flags, hostname: " W1 ", rooted: rootedPath(root) });
}
const header = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
const endpoint = "containerRuntimeEndpoint: unix:///run/c.sock\n";

describe("settings of the embedded kubelet", () => {
  test("have the kubelet's defaults", () => {
    expect(settingsOf(header + endpoint)).toMatchObject({
      nodeName: "w1",
      healthzAddress: "127.0.0.1",
      healthzPort: 10248,
      certificateDirectory: "/var/lib/kubelet/pki",
    });
  });

  test("take the last value of a flag, given either way", () => {
    const settings = settingsOf(header + endpoint, ["--hostname-override=a", "--hostname-override", "B"]);
    expect(settings.nodeName).toBe("b");
  });

  test.each([
    [
      "a flag that the kubelet does not have",
      header + endpoint,
      ["--network-plugin=cni"],
      "unknown flag: --network-plugin",
    ],
    ["a taint without an effect", header + endpoint, ["--register-with-taints=a=b"], "invalid taint spec: a=b"],
    ["no container runtime endpoint", header, [], "container runtime endpoint address was not specified or empty"],
    ["another kind of object", "apiVersion: v1\nkind: ConfigMap\n", [], 'no kind "KubeletConfiguration"'],
    ["a port that is no number", `${header}${endpoint}healthzPort: "1"\n`, [], "healthzPort is not a number"],
    ["a file that is no YAML", "a: [\n", [], "failed to decode"],
  ])("are refused with %s", (_case, configuration, argv, message) => {
    expect(() => settingsOf(configuration, argv)).toThrow(message);
  });

  test("follow links inside the root only", () => {
    mkdirSync(join(root, "var"));
    symlinkSync("/run", join(root, "var/run"));
    symlinkSync("../../../etc/passwd", join(root, "up"));
    symlinkSync("loop", join(root, "loop"));
    const rooted = rootedPath(root);
    expect(rooted("/var/run/c.sock")).toBe(join(root, "run/c.sock"));
    expect(rooted("/up")).toBe(join(root, "etc/passwd"));
    expect(rooted("/../../x")).toBe(join(root, "x"));
    expect(() => rooted("/loop")).toThrow("too many levels of symbolic links");
  });

  test("take flags from an environment file as systemd does", () => {
    writeFileSync(join(root, "env"), `# comment\nA="--a=b --c=\\"d\\""\nB='x y'\nC=plain\n`);
    const variables = readEnvironmentFile(join(root, "env"));
    expect(Object.fromEntries(variables)).toEqual({ A: '--a=b --c="d"', B: "x y", C: "plain" });
    expect(wordsOf("  --a=b   --c=d ")).toEqual(["--a=b", "--c=d"]);
    expect(readEnvironmentFile(join(root, "none")).size).toBe(0);
  });
});
