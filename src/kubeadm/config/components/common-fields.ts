import { formatDuration } from "../../../go/duration.ts";
import { duration, integer, listOf, type Problems, type Schema, string, time } from "../../../go/json/schema.ts";
import { durationText, type GoStruct, mapped, pointer, span } from "../../../go/json/struct.ts";
import { goQuote } from "../../../go/quote.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { ownMinor } from "../../../kubernetes/minors/minors.ts";
import { quantity } from "../../../kubernetes/quantity-schema.ts";
import { structTable } from "../../../kubernetes/struct-table.ts";
import type { JsonValue } from "../../../values/json.ts";

/** A number of nanoseconds or a duration string; written in the form in which it was read. */
const flushFrequency: Schema<JsonValue> = {
  ...integer("int64"),
  jsonSchema: { ...duration().jsonSchema, type: ["string", "integer", "null"] },
  decode: (node, place) => {
    const isText = node.kind === "scalar" && typeof node.value === "string";
    if (isText) return mapped(duration(), formatDuration).decode(node, place);
    const wrong: Problems["wrong"] = (problem) => {
      const context = `invalid duration ${goQuote(JSON.stringify(toJson(node)))}`;
      place.problems.wrong({ ...problem, message: `${context}: ${problem.message}`, stops: true });
    };
    const own = { ...place, goField: undefined, problems: { ...place.problems, wrong } };
    return integer("int64", "time.Duration").decode(node, own);
  },
};

/**
 * The structs of the kubelet's and kube-proxy's configuration in this program's minor version. They detect mistyped fields
 * in a user's file, and convert the file to the form that is stored in the cluster.
 */
const componentStruct: (name: string) => GoStruct = structTable(
  ownMinor.structs,
  {
    Duration: (writes) => (writes === "!" ? span().schema : durationText),
    TimeOrMetaDuration: () => flushFrequency,
    Quantity: () => quantity(),
    Time: () => time(),
  },
  // kubeadm takes an empty list for one that is given, although Go does not write it.
  { "v1beta1.KubeletConfiguration": { clusterDNS: pointer(listOf(string())) } },
);

/** kubelet.config.k8s.io/v1beta1 KubeletConfiguration. */
export const kubeletFields: GoStruct = componentStruct("v1beta1.KubeletConfiguration");

/** kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration. Nearly all of its fields are always written. */
export const kubeProxyFields: GoStruct = componentStruct("v1alpha1.KubeProxyConfiguration");

/** k8s.io/component-base/logs/api/v1 LoggingConfiguration, which both have. */
export const logging: GoStruct = componentStruct("v1.LoggingConfiguration");

/** The components whose configuration `kubeadm init` reads, in upstream's order. */
export const componentKinds = ["KubeProxyConfiguration", "KubeletConfiguration"] as const;

export type ComponentKind = (typeof componentKinds)[number];
