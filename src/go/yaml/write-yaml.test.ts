import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { toJson } from "./node.ts";
import { readYaml } from "./read-yaml.ts";
import { type WritableValue, writeYaml } from "./write-yaml.ts";

const golden = fileURLToPath(new URL("../../../test/golden/kubeadm", import.meta.url));

/** Output of sigs.k8s.io/yaml for these values. */
const vectors: readonly { readonly value: WritableValue; readonly text: string }[] = JSON.parse(
  readFileSync(`${golden}/yaml/write.json`, "utf8"),
);

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = `${directory}/${name}`;
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Upstream makes instance-config.yaml with a format string, and kube-proxy's kubeconfig.conf with a template. */
const writtenByHand = /(instance-config\.yaml|kubeadm-flags\.env)$/;
const files = filesBelow(`${golden}/files`).filter((path) => !writtenByHand.test(path));

describe("writeYaml", () => {
  it.each(vectors)("writes $text as Kubernetes does", ({ value, text }) => {
    expect(writeYaml(value)).toBe(text);
  });

  it.each(files.map((path) => path.slice(golden.length + 1)))("reproduces %s to the byte", (path) => {
    const text = readFileSync(`${golden}/${path}`, "utf8");
    expect(writeYaml(toJson(readYaml(text)) as WritableValue)).toBe(text);
  });

  it.each([
    ["exe.\u202etxt", '"exe.\\u202Etxt"\n'],
    ["ad\u200bmin", '"ad\\u200Bmin"\n'],
    ["a\u2028b", '"a\\Lb"\n'],
    ["a\u2066\nb\n", '"a\\u2066\\nb\\n"\n'],
  ])("escapes what hides, reorders or breaks what is next to it: %j", (text, written) => {
    expect(writeYaml(text)).toBe(written);
    expect(toJson(readYaml(written))).toBe(text);
  });

  const key = fc.string({ unit: "grapheme", maxLength: 12 });
  const value = fc.letrec<{ value: WritableValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("yes", "0x1", "1:20", " a", "a\nb\n", "\t", "2001-01-01", "~", "<<"),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    ),
  })).value;

  it("writes what it reads back unchanged", () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(toJson(readYaml(writeYaml(original)))).toEqual(JSON.parse(JSON.stringify(original)));
      }),
    );
  });

  it("writes what another YAML reader understands in the same way", () => {
    const plain = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[A-Za-z0-9 :#,'"-]{0,90}$/), {
      maxKeys: 5,
    });
    fc.assert(
      fc.property(plain, (original) => {
        expect(parse(writeYaml(original), { version: "1.1" }) ?? {}).toEqual({ ...original });
      }),
    );
  });

  it("leaves out undefined fields and sorts keys as people count", () => {
    expect(writeYaml({ item10: 1, item2: 2, none: undefined })).toBe("item2: 2\nitem10: 1\n");
  });
});
