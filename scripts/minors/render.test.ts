import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { minors } from "../../src/kubernetes/minors/gen/index.ts";
import { renderModule } from "./render.ts";

it.each(minors)("the file of $release is as the command writes it", (data) => {
  const [, minor = ""] = data.release.split(".");
  const file = join(import.meta.dirname, `../../src/kubernetes/minors/gen/1.${minor}.ts`);
  expect(readFileSync(file, "utf8")).toBe(renderModule(data, "MinorData", `minor${minor}`));
});
