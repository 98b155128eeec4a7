import { bootstrapPolicy } from "./bootstrap-policy.ts";
import { type ClusterWritePorts, writeObjects } from "./write-objects.ts";

/** Grants the rights of the bootstrap policy, each one on its own, and says so; for `sideBySide`. */
export const bootstrapGrants: readonly ((ports: ClusterWritePorts) => Promise<void>)[] = bootstrapPolicy.map(
  ({ objects, right }) =>
    (ports) => {
      ports.events.emit("bootstrap.right.granting", { right });
      return writeObjects(objects, ports);
    },
);
