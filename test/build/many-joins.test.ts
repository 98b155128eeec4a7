// examples/many-joins as it is, with fifty machines.
import { expect, test } from "vitest";
import { libraryProject } from "../support/library/library-project.ts";
import { run } from "./artifact.ts";

test("fifty machines join, eight at a time, and those that were still starting join later", async () => {
  const project = await libraryProject({}, ["@opentelemetry/api"]);
  const argv = [process.execPath, "--disable-warning=ExperimentalWarning", "examples/many-joins/main.ts"] as const;
  const { status, stdout, stderr } = run([...argv], { cwd: project, timeoutMs: 540_000 });
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
  // A busy machine may be late for another one, too: that one joins later as well.
  const later = ["w10", "w20", "w30", "w40", "w50"];
  expect(JSON.parse(stdout)).toEqual({ joined: 50, atOnce: 8, again: expect.arrayContaining(later) });
}, 600_000);
