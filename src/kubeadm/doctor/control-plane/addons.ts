import type { ResourceType } from "../../../cluster/cluster.ts";
import { configMaps } from "../../../cluster/resources.ts";
import { daemonSets, deployments, services, type WorkloadObject } from "../../../cluster/workload-resources.ts";
import { shell } from "../../../values/shell.ts";
import { type AddonName, isAddonDisabled } from "../../addons/is-addon-disabled.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { type DoctorCheck, passed, skipped, warned } from "../check.ts";
import { unreadReason } from "../facts/answer.ts";
import { ask } from "../facts/cluster-access.ts";
import { clusterConfiguration } from "../facts/cluster-configuration.ts";
import { sentence } from "../sentence.ts";
import { initPhaseAgain } from "../suggested-commands.ts";
import { crashingContainer } from "./crashing-addon.ts";
import { onControlPlane } from "./on-control-plane.ts";

interface AddonSpec {
  readonly title: string;
  readonly name: AddonName;
  readonly type: ResourceType<WorkloadObject>;
  /** Present wherever the addon was installed: without it too, the cluster does without the addon. */
  readonly companion: { readonly type: typeof configMaps | typeof services; readonly name: string };
  readonly purpose: string;
  /** The ConfigMap with the configuration, and its key, which is also the name of the file. */
  readonly configurationMap: string;
  readonly configurationKey: string;
  /** The label k8s-app of its Pods. */
  readonly app: string;
  /** How many Pods there should be. */
  expected(workload: WorkloadObject): number;
  /** The field of the status that counts those that are ready. */
  readonly readyField: string;
}

/** Milliseconds for the first Pods of a new addon. */
const startMs = 180_000;

function addon(spec: AddonSpec): DoctorCheck {
  const { title, name, type, companion, purpose, app, expected, readyField, configurationMap, configurationKey } = spec;
  return onControlPlane({
    name,
    title,
    after: ["kube-apiserver-health", "kube-controller-manager", "kube-scheduler"],
    look: async (_plane, examination) => {
      const reference = (object: string) => ({ namespace: systemNamespace, name: object });
      const [answer, beside, configuration, crash] = await Promise.all([
        ask(examination, (cluster, options) => cluster.get(type, reference(name), options)),
        ask(examination, (cluster, options) => cluster.get<object>(companion.type, reference(companion.name), options)),
        examination.once(clusterConfiguration),
        crashingContainer(`k8s-app=${app}`, examination),
      ]);
      if (configuration.state === "found" && isAddonDisabled(name, configuration.value)) {
        return skipped("the cluster's configuration disables it");
      }
      if (answer.state === "unseen") return skipped(unreadReason(answer));
      const kind = `${type.kind} ${systemNamespace}/${name}`;
      if (answer.state === "missing") {
        if (beside.state !== "found") return passed("the cluster does not use it");
        return warned(`The ${kind} is missing: ${purpose}.`, {
          remedy: "Install it again with the cluster's configuration.",
          commands: initPhaseAgain(`addon ${name}`),
        });
      }
      if (crash !== undefined) {
        const isConfiguration = crash.said.includes(configurationKey);
        return warned(`${sentence(crash.reason)} ${sentence(purpose)}`, {
          evidence: crash.lines,
          remedy: isConfiguration
            ? `Correct ${configurationKey} in the ConfigMap ${systemNamespace}/${configurationMap}; the container reads it when it is started again.`
            : "Its log shows the reason.",
          commands: [
            crash.command,
            ...(isConfiguration
              ? [
                  shell`kubectl -n ${systemNamespace} get configmap ${configurationMap} -o ${`jsonpath={.data.${jsonPathKey(configurationKey)}}`}`,
                ]
              : []),
          ],
        });
      }
      const { status, metadata } = answer.value;
      // No controller has looked at it yet.
      if (status?.["observedGeneration"] === undefined) return passed();
      const ready = Number(status[readyField] ?? 0);
      const all = expected(answer.value);
      const count = `${ready} of ${all} Pods`;
      if (ready >= all) return passed(`${count} are ready`);
      const age = examination.clock.now().getTime() - Date.parse(metadata?.creationTimestamp ?? "");
      if (age < startMs) return passed(`${count} are ready; it was created moments ago`);
      return warned(`${count} of the ${kind} are ready: ${purpose}.`, {
        remedy: "The events of its Pods show what they are waiting for: usually a Pod network or an image.",
        commands: [shell`kubectl -n ${systemNamespace} describe pods -l k8s-app=${app}`],
      });
    },
  });
}

function jsonPathKey(key: string): string {
  return key.replaceAll(".", "\\.");
}

export const coreDns = addon({
  name: "coredns",
  title: "CoreDNS exists and is ready",
  type: deployments,
  companion: { type: services, name: "kube-dns" },
  purpose: "Pods may not resolve names",
  app: "kube-dns",
  configurationMap: "coredns",
  configurationKey: "Corefile",
  expected: ({ spec }) => spec.replicas ?? 1,
  readyField: "readyReplicas",
});

export const kubeProxy = addon({
  name: "kube-proxy",
  title: "kube-proxy exists and is ready",
  type: daemonSets,
  companion: { type: configMaps, name: "kube-proxy" },
  purpose: "Services may not work on some nodes",
  app: "kube-proxy",
  configurationMap: "kube-proxy",
  configurationKey: "config.conf",
  expected: ({ status }) => Number(status?.["desiredNumberScheduled"] ?? 0),
  readyField: "numberReady",
});
