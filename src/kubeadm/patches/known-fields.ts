import type { JsonObject, JsonValue } from "../yaml/node.ts";
import { isList, isObject } from "./patch-error.ts";

// Fields of core/v1 (k8s.io/api 0.37), as far down as patches are apt to be mistyped.
const podFields = names("apiVersion kind metadata spec status");
const metadataFields = names(
  "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName generation labels managedFields name namespace ownerReferences resourceVersion selfLink uid",
);
const specFields = names(
  "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks ephemeralContainers evictionResponders hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates schedulingGroup securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes",
);
const containerFields = names(
  "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
);

function names(words: string): ReadonlySet<string> {
  return new Set(words.split(" "));
}

export interface KnownPod {
  readonly pod: JsonObject;
  /** Paths of what was left out: "spec.containers[0].imagePullpolicy". */
  readonly unknown: readonly string[];
}

/** The Pod less the fields of Pod, metadata, spec and containers that no Pod has: upstream's decoding drops them. */
export function withKnownFields(document: JsonObject): KnownPod {
  const unknown: string[] = [];
  const kept = (value: JsonValue | undefined, fields: ReadonlySet<string>, path: string): JsonObject => {
    if (!isObject(value)) return {};
    return Object.fromEntries(
      Object.entries(value).filter(([key]) => {
        if (!fields.has(key)) unknown.push(path === "" ? key : `${path}.${key}`);
        return fields.has(key);
      }),
    );
  };
  const containers = (spec: JsonObject, field: string): JsonObject => {
    const list = spec[field];
    if (!isList(list)) return {};
    return { [field]: list.map((item, index) => kept(item, containerFields, `spec.${field}[${index}]`)) };
  };
  const pod = kept(document, podFields, "");
  const metadata = kept(pod["metadata"], metadataFields, "metadata");
  const spec = kept(pod["spec"], specFields, "spec");
  return {
    pod: {
      ...pod,
      metadata,
      spec: { ...spec, ...containers(spec, "initContainers"), ...containers(spec, "containers") },
    },
    unknown,
  };
}
