import { expect, it } from "vitest";
import { parseBootstrapToken } from "../../../kubeadm/config/fields/bootstrap-token.ts";
import { tokenTable } from "./table.ts";

const now = new Date("2026-05-01T10:00:00Z");
const token = parseBootstrapToken("abcdef.0123456789abcdef");

it.each([
  [-3, "<invalid>"],
  [-1.5, "0s"],
  [0, "0s"],
  [59.9, "59s"],
  [60, "1m"],
  [3_599, "59m"],
  [86_399, "23h"],
  [86_400, "1d"],
  [364 * 86_400, "364d"],
  [2 * 365 * 86_400, "2y"],
])("a token that expires in %d s has the time to live %s", (seconds, shown) => {
  const expires = new Date(now.getTime() + seconds * 1000);
  const rows = tokenTable(now)({ token, description: "", expires, usages: [], groups: [] });
  expect(rows.split("\n")[1]?.split(/\s{2,}/)[1]).toBe(shown);
});

it("the headings stand before the first row only", () => {
  const table = tokenTable(now);
  const row = { token, description: "", usages: [], groups: [] };
  expect(table(row).split("\n")).toHaveLength(3);
  expect(table(row)).toBe(
    `abcdef.0123456789abcdef   <forever>   <never>   <none>                   ${"<none>".padEnd(59)}<none>\n`,
  );
});
