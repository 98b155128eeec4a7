import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findUnquotedCommands } from "./find-unquoted-commands.ts";

/** Sentences, most of them upstream's, which begin as a command does. */
const sentences: ReadonlySet<string> = new Set([
  "kubelet service is not enabled, please run '…'",
  "mkdir …/freezer-test: read-only file system",
  "stat …: no such file or directory",
  "umount …: exit status …",
  "kubeadm … of this machine as … ……, and was not finished.",
  "kubeadm …",
  "kubeadm reset phase …",
  "Runs one phase of `kubeadm …` on its own.",
  "`kubeadm completion …`",
]);

describe("a command that is printed", () => {
  it("quotes every word that is not its own, wherever it is made", () => {
    const sources = globSync("src/**/*.ts").filter(
      (path) => !/\.(?:test|fixture)\.ts$|\/gen\/|^src\/embedded\//.test(path),
    );
    const found = sources.flatMap((path) =>
      findUnquotedCommands(readFileSync(path, "utf8")).map(({ line, text }) => ({ at: `${path}:${line}`, text })),
    );
    expect(sources.length).toBeGreaterThan(500);
    expect(found.filter(({ text }) => !sentences.has(text))).toEqual([]);
    expect([...sentences].filter((sentence) => !found.some(({ text }) => text === sentence))).toEqual([]);
  });

  // `§` stands for `$`: these are sources, not templates.
  it.each([
    ["a template that is a command", "const a = `crictl pull §{image}`;", 1],
    ["one between backquotes", "const a = `Try \\`crictl pull §{image}\\` manually.`;", 1],
    ["one behind another", "const a = `Run \\`echo && rm §{path}\\`.`;", 1],
    ["quotes within quotes", "const a = shell`sh -c 'rm §{path}'`;", 1],
    ["one that is made by the tag", "const a = `Try \\`§{shell`crictl pull §{image}`}\\`.`;", 0],
    ["a part of one", "const a = part`kubectl -n §{namespace} get pods`;", 0],
    ["one without a value", "const a = `Try \\`systemctl restart kubelet\\` on §{name}.`;", 0],
    ["values behind quotes", "const a = shell`curl --noproxy '*' §{url}`;", 0],
    ["a sentence", "const a = `cannot write §{path}: it is a directory`;", 0],
  ])("is distinguished from other texts: %s", (_, source, count) => {
    expect(findUnquotedCommands(source.replaceAll("§", "$"))).toHaveLength(count);
  });
});
