import { at, fieldsAt, listAt, type StoredObject, stringAt } from "../apiserver/objects.ts";
import { resources } from "../apiserver/resource-names.ts";
import { timestamp } from "../apiserver/storage.ts";
import { type Controller, type ControllerContext, reconciler } from "./reconciler.ts";

/**
 * Completes a Job as soon as a Node is Ready and schedulable: no kubelet here runs Pods other than static ones, so the
 * Job's Pod is not created, and its work counts as done. Removes a finished Job after its ttlSecondsAfterFinished.
 */
export function jobController(context: ControllerContext): Controller {
  const { storage, clock } = context;
  const keyOf = ({ metadata }: StoredObject) => `${metadata.namespace}/${metadata.name}`;
  const all = () => storage.list(resources.jobs).map(keyOf);
  return reconciler(context, {
    name: "job",
    watches: [resources.jobs, resources.nodes],
    keysOf: ({ current }) => {
      if (current === undefined) return [];
      return current["kind"] === "Job" ? [keyOf(current)] : all();
    },
    initialKeys: all,
    reconcile: async (key) => {
      const [namespace, name = ""] = key.split("/");
      const job = storage.get(resources.jobs, { namespace, name });
      if (job === undefined) return undefined;
      const finishedAt = stringAt(job, "status", "completionTime");
      if (finishedAt !== undefined) {
        const seconds = at(job, "spec", "ttlSecondsAfterFinished");
        if (typeof seconds !== "number") return undefined;
        const afterMs = Date.parse(finishedAt) + seconds * 1_000 - clock.now().getTime();
        if (afterMs > 0) return { afterMs };
        storage.delete(resources.jobs, { namespace, name });
        return undefined;
      }
      if (!storage.list(resources.nodes).some(runsPods)) return undefined;
      const now = timestamp(clock.now());
      storage.update(resources.jobs, { namespace, name }, {}, (current) => ({
        ...current,
        status: {
          ...fieldsAt(current, "status"),
          conditions: [{ type: "Complete", status: "True", lastTransitionTime: now }],
          completionTime: now,
          succeeded: 1,
        },
      }));
      return undefined;
    },
  });
}

function runsPods(node: StoredObject): boolean {
  const conditions = listAt(node, "status", "conditions") as readonly { readonly type?: string; status?: string }[];
  const isReady = conditions.some(({ type, status }) => type === "Ready" && status === "True");
  return isReady && at(node, "spec", "unschedulable") !== true;
}
