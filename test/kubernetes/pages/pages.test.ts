// Each guide in docs/guides, run as it is written on hosts of its own.
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Guide, readGuides } from "../../../scripts/pages/guides.ts";
import { ownLabName } from "../../support/control-plane/control-plane-lab.ts";
import { type PageLab, pageLab } from "../../support/pages/page-lab.ts";

for (const guide of readGuides()) describe(guide.page.title, () => runGuide(guide));

function runGuide({ name, page }: Guide): void {
  let lab: PageLab;
  /** Nothing is known of what comes after a failure. */
  let hasFailed = false;
  beforeAll(async () => {
    lab = await pageLab(ownLabName("pages"), page);
  });
  afterAll(() => lab?.[Symbol.asyncDispose]());

  for (const { title, steps } of page.sections) {
    test(title, async ({ skip }) => {
      if (hasFailed) skip("an earlier section failed");
      for (const step of steps) {
        try {
          await lab.run(step);
        } catch (error) {
          hasFailed = true;
          const reason = error instanceof Error ? error.message : String(error);
          throw new Error(`docs/guides/${name}.md, line ${step.line}: ${reason}`, { cause: error });
        }
      }
    });
  }
}
