import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryPorts } from "../fixtures/cli/memory-ports.ts";

// Recorded of upstream's 1.37.2, the name of the machine aside.
it.each([
  ["init-defaults --component-configs KubeletConfiguration,KubeProxyConfiguration", "init-defaults-with-components"],
  ["join-defaults", "join-defaults"],
  ["reset-defaults", "reset-defaults"],
  ["upgrade-defaults", "upgrade-defaults"],
])("config print %s prints what upstream's prints", async (line, file) => {
  const ports = memoryPorts();
  expect(await main(["config", "print", ...line.split(" ")], ports)).toBe(0);
  expect(ports.stdout.text()).toBe(readFileSync(new URL(`config/${file}.yaml`, import.meta.url), "utf8"));
});
