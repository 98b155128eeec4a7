// Each guide in docs/guides, run as it is written on hosts of its own.
import { afterAll, beforeAll, describe, test } from "vitest";
import { readGuides } from "../../../scripts/pages/guides.ts";
import { ownLabName } from "../../support/control-plane/control-plane-lab.ts";
import { type PageLab, pageLab } from "../../support/pages/page-lab.ts";

describe.each(readGuides())("$page.title", ({ name, page }) => {
  let lab: PageLab;
  beforeAll(async () => {
    lab = await pageLab(ownLabName("pages"), page);
  });
  afterAll(() => lab?.[Symbol.asyncDispose]());

  test.each(page.sections)("$title", async ({ steps }) => {
    for (const step of steps) {
      try {
        await lab.run(step);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`docs/guides/${name}.md, line ${step.line}: ${reason}`, { cause: error });
      }
    }
  });
});
