import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { asPart, inOrder, part, shell } from "./shell.ts";

it.each([
  ["a word", shell`crictl pull ${"registry.k8s.io/pause:3.10"}`, "crictl pull registry.k8s.io/pause:3.10"],
  ["what would run", shell`crictl pull ${"x;touch /EVIL"}`, "crictl pull 'x;touch /EVIL'"],
  ["what would expand", shell`findmnt --target ${`/a;touch\${IFS}/EVIL;`}`, `findmnt --target '/a;touch\${IFS}/EVIL;'`],
  ["a quote", shell`rm ${"it's"}`, "rm 'it'\\''s'"],
  ["each word of a list", shell`rm -rf ${["/a", "/b c", "$(x)"]}`, "rm -rf /a '/b c' '$(x)'"],
  ["a part of a word", shell`rm -rf ${"/a b"}/*`, "rm -rf '/a b'/*"],
  ["a number", shell`ps -fp ${7}`, "ps -fp 7"],
  ["an endpoint of IPv6", shell`kubeadm join ${"[fd00::1]:6443"}`, "kubeadm join [fd00::1]:6443"],
  ["a pattern", shell`rm ${"/a[bc]/d"}`, "rm '/a[bc]/d'"],
  ["what would be an option", shell`kubectl delete csr ${"--all"}`, "kubectl delete csr ./--all"],
  ["what would be one among others", shell`rm ${["a", "-rf", "-"]} ${"-x y"}`, "rm a ./-rf ./- './-x y'"],
  [
    "what would be one of a program within",
    shell`crictl logs "$(crictl ps ${"-a"})"`,
    'crictl logs "$(crictl ps ./-a)"',
  ],
  ["a negative number", shell`kill ${-1}`, "kill ./-1"],
  ["a dash within a word", shell`kubectl --name=${"-a"} etcd-${"-b"}`, "kubectl --name=-a etcd--b"],
  ["options of our own", shell`rm ${part`-rf`} ${[part`--`, "-x"]}`, "rm -rf -- ./-x"],
  ["a word in an option of our own", shell`rm ${part`--x ${"-y"} --z=${"a b"}`}`, "rm --x ./-y --z='a b'"],
  ["a command within another", shell`${asPart(shell`cat ${"-"}`)} > ${"a b"}`, "cat ./- > 'a b'"],
  ["commands in their order", inOrder([shell`test -s ${"a"}`, shell`rm ${"-a"}`]), "test -s a && rm ./-a"],
])("%s is one word of a command", (_, command, printed) => expect(command).toBe(printed));

it("a shell reads each value as the word that it is", () => {
  const word = fc
    .string({ unit: fc.oneof(fc.constantFrom("-", "'"), fc.string({ unit: "grapheme", maxLength: 1 })), maxLength: 20 })
    .filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 10 }), (words) => {
      const { stdout } = spawnSync("sh", ["-c", shell`printf '%s\\0' ${["", ...words]}`], { encoding: "utf8" });
      const read = words.map((each) => each.toWellFormed());
      expect(stdout.split("\0").slice(1, -1)).toEqual(read.map((each) => (each.startsWith("-") ? `./${each}` : each)));
    }),
    { numRuns: 30 },
  );
});
