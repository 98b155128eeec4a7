import { afterEach } from "vitest";
import { ndjsonRenderer } from "../../../src/cli/render/ndjson.ts";
import { redactor } from "../../../src/cli/render/redact.ts";
import { textRenderer } from "../../../src/cli/render/text.ts";
import { type GroupResource, resources } from "../../../src/embedded/control-plane/index.ts";
import type { Event } from "../../../src/events/event.ts";
import { addon } from "../../../src/phases/init/addon.ts";
import { bootstrapToken } from "../../../src/phases/init/bootstrap-token.ts";
import { markControlPlane } from "../../../src/phases/init/mark-control-plane.ts";
import { showJoinCommand } from "../../../src/phases/init/show-join-command.ts";
import { uploadCerts } from "../../../src/phases/init/upload-certs.ts";
import { uploadConfig } from "../../../src/phases/init/upload-config.ts";
import { memoryPorts } from "../../fixtures/cli/memory-ports.ts";
import { type Initializing, type InitSetting, startInit } from "./cluster-phases.ts";

let open: Initializing | undefined;
afterEach(() => open?.controlPlane.close());

export async function start(setting: InitSetting = {}): Promise<Initializing> {
  open = await startInit(setting);
  const metadata = { name: "cp1", labels: { "kubernetes.io/hostname": "cp1" } };
  open.controlPlane.storage.create(resources.nodes, { apiVersion: "v1", kind: "Node", metadata, spec: {} });
  return open;
}

export const all = [uploadConfig, uploadCerts, markControlPlane, bootstrapToken, addon, showJoinCommand];
export const key = "0123456789abcdef".repeat(4);
export const token = "abcdef.0123456789abcdef";

/** What a user sees on stdout. */
export function stdoutOf(told: readonly Event[], format: "text" | "json" = "text"): string {
  const ports = memoryPorts();
  const common = { ...ports, redact: redactor([]) };
  const verbosity = { level: 0, areas: [] };
  const renderer = format === "json" ? ndjsonRenderer(common) : textRenderer({ ...common, verbosity });
  for (const event of told) renderer.event(event);
  return ports.stdout.text();
}

export function stored(init: Initializing, resource: GroupResource, name: string, namespace = "kube-system") {
  return init.controlPlane.storage.get(resource, { name, namespace });
}

export const requestsOf = ({ controlPlane }: Initializing) =>
  controlPlane.requests.all.map(
    ({ verb, path, code, user }) =>
      `${verb} ${path.replace(/^.*\/v1\/(namespaces\/[^/]+\/)?|\?.*$/g, "")} ${code} ${user}`,
  );
