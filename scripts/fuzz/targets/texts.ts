// YAML and JSON, and what is written in them without being kubeadm's own configuration.

import { eventEntries } from "../../../src/events/entries/index.ts";
import { eventsTo } from "../../../src/events/events.ts";
import { JsonError, readJson } from "../../../src/go/json/read-json.ts";
import { toJson } from "../../../src/go/yaml/node.ts";
import { readYaml } from "../../../src/go/yaml/read-yaml.ts";
import { SeparatorError, splitDocuments } from "../../../src/go/yaml/split-documents.ts";
import { type WritableMap, writeYaml } from "../../../src/go/yaml/write-yaml.ts";
import { YamlError } from "../../../src/go/yaml/yaml-error.ts";
import { memoryHost } from "../../../src/host/memory.ts";
import { applyPatches } from "../../../src/kubeadm/patches/apply-patches.ts";
import { readPatches } from "../../../src/kubeadm/patches/read-patches.ts";
import { decodePod, PodError } from "../../../src/kubernetes/pods/decode-pod.ts";
import { defaultedPod, isSamePod } from "../../../src/kubernetes/pods/defaulted-pod.ts";
import { reportPage } from "../../../src/report/page.ts";
import { readEvents } from "../../../src/report/read-events.ts";
import { isObject, type JsonObject, type JsonValue } from "../../../src/values/json.ts";
import { parseJson } from "../../../src/values/parse-json.ts";
import { answer, answerLater, type FuzzTarget, requireSame, textTarget, WrongAnswer } from "../target.ts";
import { fieldsIn, filesLike, valuesIn } from "./samples.ts";

const yamlWords = [
  ...["- ", ": ", "? ", "|", ">", "|-", ">+2", "&a ", "*a", "!!str ", "!!binary ", "<<: ", "---\n", "...\n", "#"],
  ...[
    "{",
    "}",
    "[",
    "]",
    ",",
    "'",
    '"',
    "%YAML 1.1\n",
    "\t",
    "\\x41",
    "0o7",
    "0b1",
    "1:30",
    "2001-01-01",
    "yes",
    "=",
    "@",
  ],
];

const jsonWords = ["{", "}", "[", "]", ",", ":", '"', "\\u0000", "\\ud800", "1e5", "-0", "true", "null", ' "a": '];

/** Numbers that JSON does not have are refused elsewhere. */
function isJson(value: JsonValue): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isObject(value) ? Object.values(value).every(isJson) : true;
}

function yaml(text: string): string {
  return answer(
    () => {
      for (const { text: part } of splitDocuments(text)) {
        const value = toJson(readYaml(part));
        if (!isObject(value) || !isJson(value)) continue;
        const written = writeYaml(value as WritableMap);
        requireSame("YAML written again", writeYaml(toJson(readYaml(written)) as WritableMap), written);
      }
    },
    YamlError,
    SeparatorError,
  );
}

function json(text: string): string {
  const lenient = parseJson(text);
  return answer(() => {
    const value = toJson(readJson(text));
    if (lenient === undefined) throw new WrongAnswer("Go's reader accepts what is not JSON");
    if (JSON.stringify(lenient).includes("__proto__")) return;
    requireSame("JSON as Go reads it", Object.keys(isObject(value) ? value : {}).length, keysOf(lenient));
  }, JsonError);
}

function keysOf(value: JsonValue): number {
  return isObject(value) ? Object.keys(value).length : 0;
}

function pod(text: string): string {
  return answer(
    () => {
      const value = toJson(readYaml(text));
      if (!isObject(value)) return "no object";
      const { pod: decoded } = decodePod(value);
      defaultedPod(decoded);
      if (!isSamePod(decoded, decoded)) throw new WrongAnswer("a Pod is not the same as itself");
      requireSame("a Pod decoded again", decodePod(decoded).pod, decoded);
      return "a Pod";
    },
    YamlError,
    PodError,
  );
}

const silent = eventsTo(
  () => undefined,
  () => new Date(0),
);

const [podToPatch] = [valuesIn("test/golden/pods/pods.jsonl").map((each) => Reflect.get(Object(each), "document"))[0]];

/** Of a file, in bytes. */
const longestName = 255;

/** The first line says which kind of patch it is: mutations reach the file's name, too. */
async function patch(text: string): Promise<string> {
  const end = text.indexOf("\n");
  const name =
    text.slice(0, end).replace(/[/\0]/g, "").slice(0, longestName).replace(/^\.*$/, "") || "kube-scheduler.yaml";
  const { files } = memoryHost({ files: { [`/patches/${name}`]: text.slice(end + 1) } });
  return answerLater(async () => {
    const patches = await readPatches("/patches", { files, events: silent });
    for (const target of ["kube-scheduler", "kubeletconfiguration", "corednsdeployment"] as const) {
      applyPatches(target, podToPatch as JsonObject, patches, { events: silent });
    }
  });
}

function patchSamples(): readonly string[] {
  return valuesIn("test/golden/kubeadm/patches/patches.json").flatMap((each) => {
    const { kind, patch: content } = each as { readonly kind: string; readonly patch: unknown };
    const targets = kind === "strategic" ? ["kube-scheduler", "corednsdeployment"] : ["kube-scheduler"];
    return targets.map((target) => `${target}+${kind}.json\n${JSON.stringify(content)}`);
  });
}

function events(text: string): string {
  return answer(() => {
    const { events: found, problems } = readEvents(text);
    const page = reportPage(found, problems);
    if (/<script|<img|javascript:/i.test(page.replaceAll(/&lt;|&#\d+;/g, "")))
      throw new WrongAnswer("the page has what the events had");
    return `${Math.min(found.length, 3)} events, ${problems.length} problems`;
  });
}

function eventSamples(): readonly string[] {
  const lines = Object.entries(eventEntries).map(([type, { sample }]) =>
    JSON.stringify({ v: 1, time: "2026-11-24T19:28:25.000Z", type, ...sample }),
  );
  return [...lines, lines.join("\n").slice(0, 6_000)];
}

export const textTargets: readonly FuzzTarget[] = [
  textTarget("yaml", {
    samples: () => [
      ...fieldsIn("test/golden/kubeadm/yaml/read.json", "text"),
      ...filesLike("test/golden/init/objects/*.yaml", "test/golden/config/*.yaml"),
    ],
    words: yamlWords,
    read: yaml,
  }),
  textTarget("json", {
    samples: () => [
      ...filesLike("test/golden/templates/object.json", "test/golden/kubeadm/patches/pod.json"),
      ...fieldsIn("test/golden/pods/pods.jsonl", "document").slice(0, 40),
    ],
    words: jsonWords,
    read: json,
  }),
  textTarget("manifests", {
    samples: () => [
      ...filesLike("test/golden/manifests/*/*.yaml"),
      ...fieldsIn("test/golden/pods/pods.jsonl", "document"),
    ],
    words: [...yamlWords, "quantity", "httpGet:", "port: http", "resources:", "limits:", "1Gi", "emptyDir: {}"],
    read: pod,
  }),
  textTarget("patches", {
    samples: patchSamples,
    words: [
      ...jsonWords,
      '"$patch":"delete"',
      '"$patch":"replace"',
      '"$setElementOrder/containers":',
      '"$retainKeys":',
    ],
    read: patch,
  }),
  textTarget("events", {
    samples: eventSamples,
    words: [...jsonWords, "<script>", "&lt;", "\u001b[31m"],
    read: events,
  }),
];
