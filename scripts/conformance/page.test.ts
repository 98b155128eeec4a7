import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary/temporary-directory.ts";
import type { RunResult } from "../results/result.ts";
import { conformancePage } from "./page.ts";
import { conformanceRuns } from "./runs.ts";
import { collectResults, storedResults } from "./stored-results.ts";

const scale: RunResult = {
  name: "scale",
  command: "npm run scale",
  version: "1.0.0, as kubeadm 1.37.2",
  commit: "01234567",
  seed: 7,
  date: "2026-11-29T12:00:00.000Z",
  durationSeconds: 300,
  figures: [
    { what: "Nodes", value: 5000 },
    { what: "doctor | all", value: 1.5, unit: "s", goal: "≤ 3 s", holds: true },
    { what: "memory", value: "1.4", goal: "≤ 1.1", holds: false },
  ],
  skipped: [{ what: "real API server", why: "needs root" }],
};
const runs = conformanceRuns.filter(({ name }) => name === "scale" || name === "storm");

describe("the page of conformance", () => {
  const page = conformancePage(runs, new Map([["scale", scale]]));

  it("lists each run, also one that has no result", () => {
    expect(page).toContain("| [`npm run scale`](#scale) | 2026-11-29 | 1 |");
    expect(page).toContain("| `npm run storm` | no result yet |  |");
  });

  it("shows figures with their goals, and what was not run with its reason", () => {
    expect(page).toContain("| Nodes | 5,000 |  |  |");
    expect(page).toContain("| doctor \\| all | 1.5 s | ≤ 3 s | met |");
    expect(page).toContain("| memory | 1.4 | ≤ 1.1 | missed |");
    expect(page).toContain("- real API server: needs root");
    expect(page).toContain(
      "`npm run scale`, 2026-11-29, 5 min, version 1.0.0, as kubeadm 1.37.2, commit 01234567, seed 7.",
    );
  });
});

it("every run of the page is a command of this repository", () => {
  const root = new URL("../../", import.meta.url);
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const unknown = conformanceRuns.filter(({ command }) => {
    const [, name] = /^npm run (\S+)/.exec(command) ?? [];
    return name === undefined ? !existsSync(new URL(command, root)) : scripts[name] === undefined;
  });
  expect(unknown).toEqual([]);
});

describe("results", () => {
  it("are collected where they are newer than the stored ones", () => {
    using directory = temporaryDirectory();
    const [from, to] = ["from", "to"].map((name) => join(directory.path, name)) as [string, string];
    const put = (folder: string, result: RunResult) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${result.name}.json`), JSON.stringify(result));
    };
    put(from, scale);
    put(from, { ...scale, name: "storm", date: "2026-01-01T00:00:00.000Z" });
    put(from, { ...scale, name: "other" });
    put(to, { ...scale, name: "storm" });
    expect(collectResults(from, to)).toEqual({ collected: ["scale"], unknown: ["other.json"] });
    expect(storedResults(to).get("storm")?.date).toBe(scale.date);
    expect(JSON.parse(readFileSync(join(to, "scale.json"), "utf8"))).toEqual(scale);
  });
});
