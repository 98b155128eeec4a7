import { registry } from "../apiserver/registry/registry.ts";
import { resources } from "../apiserver/resource-names.ts";
import { namespaceContent } from "../bootstrap/system-objects.ts";
import { type Controller, type ControllerContext, reconciler } from "./reconciler.ts";

/** Adds the service account and the CA of upstream's controllers to new namespaces, and empties deleted ones. */
export function namespaceContentController(context: ControllerContext, caCertificatePem: string): Controller {
  const { storage } = context;
  return reconciler(context, {
    name: "namespace",
    watches: [resources.namespaces],
    keysOf: ({ current, previous }) => [current ?? previous].flatMap((object) => object?.metadata.name ?? []),
    initialKeys: () => storage.list(resources.namespaces).map(({ metadata }) => metadata.name),
    reconcile: async (name) => {
      if (storage.get(resources.namespaces, { name }) === undefined) empty(context, name);
      else fill(context, name, caCertificatePem);
      return undefined;
    },
  });
}

function fill({ storage }: ControllerContext, namespace: string, caCertificatePem: string): void {
  for (const object of namespaceContent(namespace, caCertificatePem)) {
    const resource = object.kind === "ConfigMap" ? resources.configMaps : resources.serviceAccounts;
    if (storage.get(resource, { namespace, name: object.metadata.name }) === undefined)
      storage.create(resource, object);
  }
}

function empty({ storage }: ControllerContext, namespace: string): void {
  for (const definition of registry.filter(({ namespaced }) => namespaced)) {
    for (const { metadata } of storage.list(definition, namespace))
      storage.delete(definition, { namespace, name: metadata.name });
  }
}
