import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { silentEvents } from "../../src/events/events.ts";
import { writeYaml } from "../../src/go/yaml/write-yaml.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { loadInitConfiguration } from "../../src/kubeadm/config/init/load-init-configuration.ts";

/** What upstream makes of a component's configuration on its way into the cluster. */
interface Written {
  readonly name: string;
  readonly file: string;
  readonly kind: "KubeletConfiguration" | "KubeProxyConfiguration";
  readonly written: string;
}

const recorded = JSON.parse(
  readFileSync(new URL("config/components.json", import.meta.url), "utf8"),
) as readonly Written[];

describe("a component's configuration with", () => {
  it.each(recorded.map((each) => [each.name, each.kind, each] as const))(
    "%s of a %s is written as upstream writes it",
    async (_, kind, each) => {
      const host = memoryHost({ files: { "/c.yaml": each.file } });
      const ports = { ...host, events: silentEvents, signal: new AbortController().signal };
      const { components } = await loadInitConfiguration("/c.yaml", { detectsCriSocket: false }, ports);
      const configuration = kind === "KubeletConfiguration" ? components.kubelet : components.kubeProxy;
      expect(writeYaml(configuration)).toBe(each.written);
      expect([...components.userSupplied]).toEqual([kind]);
    },
  );
});
