import { configurationKinds, requireKind } from "../../../kubeadm/config/reference/configuration-kinds.ts";
import { configurationSchema, schemaOfAllKinds } from "../../../kubeadm/config/reference/configuration-schema.ts";
import type { SchemaInvocation } from "./flags.ts";
import { versionOf } from "./version-flag.ts";

/** Prints the JSON Schema of a kind, or of every kind. */
export async function printSchema({ args: [name], flags, ports }: SchemaInvocation): Promise<number> {
  const schema =
    name === undefined
      ? schemaOfAllKinds(configurationKinds)
      : configurationSchema(requireKind(name, versionOf(flags)));
  ports.stdout.write(`${JSON.stringify(schema, undefined, 2)}\n`);
  return 0;
}
