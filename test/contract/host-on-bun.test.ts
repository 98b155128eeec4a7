import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { bunOfCheckout } from "../../scripts/pinned-bun.ts";

it("the contracts of commands and network hold inside the compiled program's runtime too", () => {
  const bun = bunOfCheckout();
  const script = fileURLToPath(new URL("host.on-bun.ts", import.meta.url));
  const { status, stderr } = spawnSync(bun, ["test", script], { encoding: "utf8" });
  expect(stderr).toMatch(/\n 2[0-9] pass\n 0 fail\n/);
  expect(status).toBe(0);
}, 30_000);
