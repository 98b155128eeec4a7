import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorCatalogue } from "../../src/errors/catalogue.ts";
import { lastResort, remedyBefore } from "../../src/errors/decision.ts";
import { mentions, provenSteps } from "./destructive-steps.ts";
import { findDestructiveWords } from "./find-destructive-words.ts";

const sources = globSync("src/**/*.ts").filter((path) => !/\.test\.ts$|\/gen\/|^src\/embedded\//.test(path));
const found = sources.map((path) => ({ path, ...findDestructiveWords(readFileSync(path, "utf8")) }));

describe("advice that destroys", () => {
  it("is in the table with its proof, and the table has nothing else", () => {
    expect(sources.length).toBeGreaterThan(500);
    const ids = new Set(found.flatMap((each) => each.ids));
    expect([...ids].toSorted()).toEqual(Object.keys(provenSteps).toSorted());
    for (const proof of Object.values(provenSteps)) expect(proof.length).toBeGreaterThan(20);
  });

  it("stands nowhere but in a step that names its proof and its loss", () => {
    const isKnown = (path: string, text: string) =>
      mentions.some(([file, beginning]) => file === path && text.startsWith(beginning));
    const plain = found.flatMap(({ path, plain: words }) => words.map((each) => ({ path, ...each })));
    expect(plain.filter(({ path, text }) => !isKnown(path, text))).toEqual([]);
    const unused = mentions.filter(
      ([file, beginning]) => !plain.some(({ path, text }) => path === file && text.startsWith(beginning)),
    );
    expect(unused).toEqual([]);
  });

  it("never comes first in the remedy of an error, and says what is lost", () => {
    for (const [code, { remedy }] of Object.entries(errorCatalogue)) {
      expect(remedy, code).not.toMatch(/^(?:Only if|Because)/);
      if (remedy.includes("Only if")) expect(remedy, code).toMatch(/Only if [^:]+: .+ This loses .+\.$/);
    }
  });

  it("is worded in one place: proof, step, loss", () => {
    const step = { id: "x", proof: { decided: "it is gone" }, act: "delete it", lost: "its labels" };
    expect(lastResort(step)).toBe("Only if it is gone: delete it. This loses its labels.");
    expect(lastResort({ ...step, proof: { seen: "it is gone" } })).toMatch(/^Because it is gone: /);
    expect(remedyBefore("Try again.", step)).toBe("Try again. Only if it is gone: delete it. This loses its labels.");
  });

  // `§` stands for `$`: these are sources, not templates.
  it.each([
    ["a command", 'const commands = ["kubeadm reset"];', 1, 0],
    ["a sentence", 'const remedy = "Delete the Node, and join again.";', 1, 0],
    ["a template", "const a = `etcdctl member remove §{id}`;", 1, 0],
    ["a tagged one", "const a = shell`kubectl delete node §{name}`;", 1, 0],
    ["a step", 'lastResort({ id: "a", proof: { decided: "b" }, act: "run `kubeadm reset`", lost: "c" });', 0, 1],
    ["a step without a loss", 'lastResort({ id: "a", proof: { decided: "b" }, act: "run `kubeadm reset`" });', 1, 0],
    ["a step of a function", 'removingMember({ id: "a", when: "b", command: "etcdctl member remove ID" });', 0, 1],
    ["what moves a file away", 'const a = "mv --backup=numbered a a.old";', 0, 0],
  ])("is found: %s", (_what, source, plain, ids) => {
    const words = findDestructiveWords(source.replaceAll("§", "$"));
    expect({ plain: words.plain.length, ids: words.ids.length }).toEqual({ plain, ids });
  });
});

describe("a document that shows how to destroy", () => {
  const isGenerated = (path: string) => /docs\/(?:errors|join-failures)\.md$/.test(path);
  const command = /(?:kubeadm reset|kubectl delete|kubectl drain|member remove|rm -r)/;
  /** Where the subject is the end of a machine's membership, or a file of this repository. */
  const known: readonly string[] = ["README.md: sudo kubeadm reset"];

  it("says it only where a machine leaves its cluster", () => {
    const documents = ["README.md", ...globSync("docs/*.md")].filter((path) => !isGenerated(path));
    const lines = documents.flatMap((path) =>
      codeBlocks(readFileSync(path, "utf8"))
        .filter((line) => command.test(line))
        .map((line) => `${path}: ${line}`),
    );
    expect(lines).toEqual(known);
  });
});

/** Lines to type: those of fenced blocks. */
function codeBlocks(text: string): readonly string[] {
  return [...text.matchAll(/^```\w*\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.split("\n"));
}
