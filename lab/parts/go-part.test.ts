import { expect, test } from "vitest";
import { deriveModuleFile } from "./go-part.ts";

const own = `module example.org/program

go 1.26.0

require example.org/sibling v0.0.0

replace (
	example.org/sibling => ./staging/src/example.org/sibling
	example.org/forked => example.org/fork v1.2.3
)

replace example.org/other v1.0.0 => ../other
`;

test("modules taken from folders next to the part get the version that they were published with", () => {
  const part = { name: "program", module: "example.org/program", version: "1.37.2", siblingVersion: "0.37.2" };
  const text = deriveModuleFile(own, part);
  expect(text).toContain("module kubeadm-lab.invalid/program\n");
  expect(text).toContain("\texample.org/sibling => example.org/sibling v0.37.2\n");
  expect(text).toContain("replace example.org/other => example.org/other v0.37.2\n");
  expect(text).toContain("\texample.org/forked => example.org/fork v1.2.3\n");
  expect(text.endsWith("require example.org/program v1.37.2\n")).toBe(true);
});

test("without such a version the requirement stands and the replacement goes", () => {
  const text = deriveModuleFile(own, { name: "program", module: "example.org/program", version: "3.7.3" });
  expect(text).not.toContain("staging");
  expect(text).not.toContain("../other");
  expect(text).toContain("require example.org/sibling v0.0.0\n");
});

test("a module that is not served is taken in another version, or not at all", () => {
  const part = {
    ...{ name: "program", module: "example.org/program", version: "1.38.0", siblingVersion: "0.38.0" },
    substitutes: { "example.org/sibling": undefined, "example.org/merged/v7": "7.0.0" },
  };
  const text = deriveModuleFile(own, part);
  expect(text).not.toContain("example.org/sibling");
  expect(text).toContain("\nreplace example.org/merged/v7 => example.org/merged/v7 v7.0.0\n");
  expect(text).toContain("\texample.org/forked => example.org/fork v1.2.3\n");
});
