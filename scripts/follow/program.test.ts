import { describe, expect, it } from "vitest";
import { asOf } from "../../test/differ/of-release.ts";
import { askProgram, captureProgram, helpOf, leavesOf } from "./program.ts";
import { requiredVersion } from "./sources.ts";

const page = `Run this command.

The "reset" command executes the following phases:
\`\`\`
preflight    Run checks
\`\`\`

Usage:
  kubeadm reset [flags]
  kubeadm reset [command]

Examples:
  kubeadm reset --force

Available Commands:
  phase       Use this command to invoke single phase
  other       Another

Flags:
      --cert-dir string   The directory. (default "/etc")
  -f, --force             Reset without prompting.
      --feature-gates string   Options are:
                               A=true|false

Global Flags:
      --rootfs string   The path.

Use "kubeadm reset [command] --help" for more information about a command.
`;

describe("a page of help", () => {
  const help = helpOf(page);

  it("has its commands, usage and flags apart", () => {
    expect(help.commands).toEqual(["phase", "other"]);
    expect(help.usage).toBe("kubeadm reset [flags]\nkubeadm reset [command]");
    expect(help.flags).toEqual([
      { name: "--cert-dir", text: 'string The directory. (default "/etc")' },
      { name: "--force", text: "-f Reset without prompting." },
      { name: "--feature-gates", text: "string Options are: A=true|false" },
      { name: "--rootfs", text: "string The path." },
    ]);
  });

  it("keeps descriptions and examples", () => {
    for (const part of ["Run this command.", "preflight    Run checks", "kubeadm reset --force", 'Use "kubeadm'])
      expect(help.text).toContain(part);
    expect(help.text).not.toContain("--cert-dir");
  });
});

describe("a program", () => {
  const answer = (stdout: string) => Promise.resolve({ exitCode: 0, stdout, stderr: "", elapsedMs: 0 });
  const ask = (args: readonly string[]) => {
    if (args.includes("--help")) {
      if (args[0] === "init") return answer("Init.\n\nUsage:\n  kubeadm init [flags]\n\nFlags:\n      --a   A.\n");
      return answer("All.\n\nUsage:\n  kubeadm\n\nAvailable Commands:\n  init   Init\n");
    }
    if (args[1] === "images") return answer("registry.k8s.io/etcd:3.7.0-0\nhost:5000/kube-proxy:v1.37.2\n");
    const kind = args[2] === "init-defaults" ? "InitConfiguration" : "Other";
    return answer(`kind: ${kind}\nlist: [1, {a: x}]\nversion: 1.37.0\n---\nkind: Second\n`);
  };

  it("is asked for the help of all its commands, for defaults and images", async () => {
    const { areas } = await captureProgram(ask, "1.37.2");
    expect(areas.commands).toEqual({ kubeadm: "kubeadm", "kubeadm init": "kubeadm init [flags]" });
    expect(areas.flags).toEqual({ "kubeadm init --a": "A." });
    expect(areas.defaults).toMatchObject({
      "InitConfiguration.list[0]": "1",
      "InitConfiguration.list[1].a": '"x"',
      "InitConfiguration.version": '"<minor=1.37>.0"',
      "Second.kind": '"Second"',
    });
    expect(areas.images).toMatchObject({
      "registry.k8s.io/etcd, own": "3.7.0-0",
      "host:5000/kube-proxy, own": "v<release>",
    });
  });

  it("that fails is an error, not a version without commands", async () => {
    await expect(captureProgram(askProgram("/bin/false"), "1.37.2")).rejects.toThrow("exit code 1");
  });
});

describe("the leaves of a value", () => {
  it("are its values by path, empty lists and mappings included", () => {
    expect(leavesOf({ a: { b: [1, null] }, c: {}, d: [] })).toEqual([
      [".a.b[0]", "1"],
      [".a.b[1]", "null"],
      [".c", "{}"],
      [".d", "[]"],
    ]);
  });
});

describe("a case as written for another release", () => {
  it.each([
    ["1.36.3", "v1.37.2 and v1.36.3, stable-1.38", "v1.36.3 and v1.35.3, stable-1.37"],
    ["1.37.2", "v1.37.2 and v1.36.3", "v1.37.2 and v1.36.3"],
    ["1.38.0-beta.0", "v1.37.2-rc.0, v1.36.3", "v1.38.0-beta.0-rc.0, v1.37.3"],
    ["1.36.3", "192.0.2.10, 1.2.3.4, etcd 3.7.0", "192.0.2.10, 1.2.3.4, etcd 3.7.0"],
  ])("%s: %s", (release, text, expected) => {
    expect(asOf(text, release)).toBe(expected);
  });
});

describe("the version of a module in a go.mod", () => {
  it.each([
    ["github.com/spf13/pflag", "1.0.9"],
    ["github.com/spf13/cobra", "1.10.2"],
    ["github.com/spf13/none", undefined],
  ])("%s: %s", (module, version) => {
    const text =
      "module x\n\nrequire github.com/spf13/cobra v1.10.2\n\nrequire (\n\tgithub.com/spf13/pflag v1.0.9 // indirect\n)\n";
    expect(requiredVersion(text, module)).toBe(version);
  });
});
