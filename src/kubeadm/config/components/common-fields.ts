import { formatDuration } from "../../../go/duration.ts";
import { boolean, duration, integer, listOf, type Problems, type Schema, string } from "../../../go/json/schema.ts";
import { always, type GoField, goStruct, mapped, nested, optional } from "../../../go/json/struct.ts";
import { goQuote } from "../../../go/quote.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { quantity } from "../../../kubernetes/quantity-schema.ts";
import type { JsonValue } from "../../../values/json.ts";

/** Returns the same field under several names, separated by blanks. */
export function named(names: string, field: GoField): Readonly<Record<string, GoField>> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, field]));
}

const output = { splitStream: optional(boolean()), infoBufferSize: always(quantity(), "0") };

/** A number of nanoseconds or a duration string; written in the form in which it was read. */
const flushFrequency: Schema<JsonValue> = {
  ...integer("int64"),
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

const verbosity = integer("uint32", "v1.VerbosityLevel");

/** k8s.io/component-base/logs/api/v1 LoggingConfiguration. */
export const logging = goStruct("v1.LoggingConfiguration", {
  format: optional(string()),
  flushFrequency: always(flushFrequency, 0),
  verbosity: always(verbosity, 0),
  vmodule: optional(
    listOf(
      goStruct("v1.VModuleItem", {
        filePattern: always(string(), ""),
        verbosity: always(verbosity, 0),
      }),
      "v1.VModuleConfiguration",
    ),
  ),
  options: nested(
    goStruct("v1.FormatOptions", {
      text: nested(goStruct("v1.TextOptions", output)),
      json: nested(goStruct("v1.JSONOptions", output)),
    }),
  ),
});

/** The components whose configuration `kubeadm init` reads, in upstream's order. */
export const componentKinds = ["KubeProxyConfiguration", "KubeletConfiguration"] as const;

export type ComponentKind = (typeof componentKinds)[number];
