// k/k:pkg/controller/bootstrap/tokencleaner.go
import { isTokenExpired, secretValue } from "../apiserver/authentication.ts";
import type { StoredObject } from "../apiserver/objects.ts";
import { resources } from "../apiserver/resource-names.ts";
import { type Controller, type ControllerContext, reconciler } from "./reconciler.ts";

const namespace = "kube-system";

/** Deletes bootstrap tokens the moment they expire. */
export function tokenCleaner(context: ControllerContext): Controller {
  const { storage, clock } = context;
  return reconciler(context, {
    name: "tokencleaner",
    watches: [resources.secrets],
    keysOf: ({ current }) => (current !== undefined && isToken(current) ? [current.metadata.name] : []),
    initialKeys: () =>
      storage
        .list(resources.secrets, namespace)
        .filter(isToken)
        .map(({ metadata }) => metadata.name),
    reconcile: async (name) => {
      const secret = storage.get(resources.secrets, { namespace, name });
      const expiration = secret === undefined ? undefined : secretValue(secret, "expiration");
      if (secret === undefined || !isToken(secret) || expiration === undefined) return undefined;
      if (!isTokenExpired(secret, clock.now())) return { afterMs: Date.parse(expiration) - clock.now().getTime() };
      storage.delete(resources.secrets, { namespace, name }, { uid: secret.metadata.uid });
      return undefined;
    },
  });
}

function isToken({ metadata, type }: StoredObject): boolean {
  return metadata.namespace === namespace && type === "bootstrap.kubernetes.io/token";
}
