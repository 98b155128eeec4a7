import { listAt, type StoredObject, stringAt } from "../apiserver/objects.ts";
import { registry } from "../apiserver/registry/registry.ts";
import { type Controller, type ControllerContext, reconciler } from "./reconciler.ts";

/** Deletes objects whose owners are all deleted: for example kubeadm-certs, with the token that limits its lifetime. */
export function garbageCollector(context: ControllerContext): Controller {
  const { storage } = context;
  const uids = () =>
    new Set(registry.flatMap((definition) => storage.list(definition).map(({ metadata }) => metadata.uid)));
  return reconciler(context, {
    name: "garbagecollector",
    watches: registry,
    keysOf: ({ current, previous }) =>
      current === undefined && previous?.metadata.uid !== undefined ? [previous.metadata.uid] : [],
    initialKeys: () => [],
    reconcile: async (uid) => {
      const living = uids();
      for (const definition of registry) {
        for (const object of storage.list(definition).filter((candidate) => ownersOf(candidate).includes(uid))) {
          if (ownersOf(object).some((owner) => living.has(owner))) continue;
          const { name, namespace } = object.metadata;
          storage.delete(definition, { name, namespace }, { uid: object.metadata.uid });
        }
      }
      return undefined;
    },
  });
}

function ownersOf({ metadata }: StoredObject): readonly string[] {
  return listAt(metadata, "ownerReferences").flatMap((reference) => stringAt(reference, "uid") ?? []);
}
