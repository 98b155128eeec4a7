import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { shell } from "./shell.ts";

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
])("%s is one word of a command", (_, command, printed) => expect(command).toBe(printed));

it("a shell reads each value as the word that it is", () => {
  const word = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 10 }), (words) => {
      const { stdout } = spawnSync("sh", ["-c", shell`printf '%s\\0' ${["", ...words]}`], { encoding: "utf8" });
      expect(stdout.split("\0").slice(1, -1)).toEqual(words.map((each) => each.toWellFormed()));
    }),
    { numRuns: 30 },
  );
});
