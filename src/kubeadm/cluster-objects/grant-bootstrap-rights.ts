import { inContext } from "../file-failure.ts";
import { type BootstrapRight, bootstrapPolicy } from "./bootstrap-policy.ts";
import { type ClusterWritePorts, writeObjects } from "./write-objects.ts";

/**
 * Grants the rights of the bootstrap policy, each one on its own, and says so; for `sideBySide`. `contexts`: what the error
 * begins with if a right cannot be granted.
 */
export function bootstrapGrants(
  contexts: Partial<Record<BootstrapRight, string>> = {},
): readonly ((ports: ClusterWritePorts) => Promise<void>)[] {
  return bootstrapPolicy.map(({ objects, right }) => (ports) => {
    ports.events.emit("bootstrap.right.granting", { right });
    const context = contexts[right];
    const write = () => writeObjects(objects, ports);
    return context === undefined ? write() : inContext(context, write);
  });
}
