import { stringAt } from "../objects.ts";
import { resources } from "../resource-names.ts";
import { forbidden, notFound, quoted } from "../status.ts";
import type { Admission, AdmissionContext } from "./write.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);

/** Nothing is created in a namespace that does not exist or is being deleted, and some namespaces cannot be deleted. */
export function admitNamespace(write: Admission, { storage }: AdmissionContext): void {
  const { definition, operation, namespace, name } = write;
  if (definition.resource === "namespaces" && definition.group === "") {
    if (operation === "delete" && immortal.has(name))
      throw forbidden(definition, name, "this namespace may not be deleted");
    return;
  }
  if (operation !== "create" || namespace === "") return;
  const owner = storage.get(resources.namespaces, { name: namespace });
  if (owner === undefined) throw notFound(resources.namespaces, namespace);
  if (stringAt(owner, "status", "phase") === "Terminating") {
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(definition, name === "" ? quoted(name) : name, why);
  }
}
