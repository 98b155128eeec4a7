// An editor with a YAML language server completes, explains and underlines by the schema that the program prints.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built } from "../build/artifact.ts";
import {
  type EditedFile,
  type LanguageServer,
  startLanguageServer,
} from "../support/language-server/language-server.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";

const binary = process.env["KUBEADM_BINARY"] ?? built("binary");
const directory = temporaryDirectory().path;
const schema = join(directory, "kubeadm.schema.json");

let server: LanguageServer;
let opened = 0;

beforeAll(async () => {
  writeFileSync(schema, execFileSync(binary, ["config", "schema"]));
  server = await startLanguageServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function print(...args: readonly string[]): string {
  const comment = `--schema-comment=${pathToFileURL(schema).href}`;
  return execFileSync(binary, ["config", "print", ...args, comment], { encoding: "utf8" });
}

function open(text: string): EditedFile {
  opened += 1;
  return server.open(pathToFileURL(join(directory, `${opened}.yaml`)).href, text);
}

/** A file that begins as `config print --schema-comment` begins it. */
function edit(...lines: readonly string[]): EditedFile {
  const [comment = ""] = print("join-defaults").split("\n");
  return open([comment, ...lines].join("\n"));
}

const cluster = ["apiVersion: kubeadm.k8s.io/v1beta4", "kind: ClusterConfiguration"];

describe("a YAML language server", () => {
  it.each<[string, readonly string[], readonly [message: RegExp, line: number][]]>([
    ["nothing in a file as it should be", [...cluster, "kubernetesVersion: v1.37.2"], []],
    ["a misspelled field", [...cluster, "networking:", "  podSubnett: 10.244.0.0/16"], [[/podSubnett/, 4]]],
    ["a value of the wrong type", [...cluster, "certificatesDir: 7"], [[/Incorrect type/, 3]]],
    [
      "a word that a list does not have",
      [...cluster, "encryptionAlgorithm: RSA-512"],
      [[/not accepted|valid values/i, 3]],
    ],
  ])("underlines %s", async (_name, lines, expected) => {
    const found = await edit(...lines).diagnostics();
    expect(found.map(({ range }) => range.start.line)).toEqual(expected.map(([, line]) => line));
    for (const [index, [message]] of expected.entries()) expect(found[index]?.message).toMatch(message);
  });

  it("checks each document of printed defaults by its own kind", async () => {
    const defaults = print("init-defaults", "--component-configs", "KubeletConfiguration,KubeProxyConfiguration");
    expect(await open(defaults).diagnostics()).toEqual([]);
    const broken = defaults.replace(/^clusterDNS:$/m, "maxPods: many\nclusterDNS:").replace(/^mode: .*$/m, "mode: 7");
    const found = await open(broken).diagnostics();
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining("Incorrect type"),
      expect.stringContaining("Incorrect type"),
    ]);
    const lines = found.map(({ range }) => broken.split("\n")[range.start.line]);
    expect(lines).toEqual(["maxPods: many", "mode: 7"]);
  });

  it("completes the fields of the kind of a file, and of an object in it", async () => {
    const file = edit(...cluster, "networking:", "  ", "");
    expect(await file.completions({ line: 4, character: 2 })).toEqual(
      expect.arrayContaining(["dnsDomain", "podSubnet", "serviceSubnet"]),
    );
    const top = await edit(...cluster, "").completions({ line: 3, character: 0 });
    expect(top).toEqual(expect.arrayContaining(["controlPlaneEndpoint", "kubernetesVersion"]));
    expect(top).not.toContain("discovery");
  });

  it("shows what a field is, its default, and how it can be changed later", async () => {
    const file = edit(...cluster, "controlPlaneEndpoint: lb.example.org:6443");
    const shown = await file.hover({ line: 3, character: 5 });
    expect(shown).toMatch(/load balancer/);
    expect(shown).toMatch(/Default: advertiseAddress and bindPort/);
    expect(shown).toMatch(/To change it later/);
  });
});
