// What the data of a minor version states, as facts that can be compared.
import type { MinorData } from "../../src/kubernetes/minors/minor-data.ts";
import type { Collected } from "../minors/collect.ts";
import type { Capture, Facts } from "./capture.ts";
import { leavesOf } from "./program.ts";

export function minorFacts({ data, flags }: Collected): Capture["areas"] {
  return {
    gates: gateFacts(data),
    componentFlags: {
      ...listFacts(flags, ({ all }) => all, "known"),
      ...listFacts(flags, (_, component) => deprecatedFlags(data, component), "deprecated"),
    },
    componentFields: Object.fromEntries(
      Object.entries(data.structs).flatMap(([name, fields]) =>
        fields.map((field) => {
          const [, key = field, rest = ""] = /^(\w+)(.*)$/.exec(field) ?? [];
          return [`${name}.${key}`, rest] as const;
        }),
      ),
    ),
    constants: Object.fromEntries(
      leavesOf({
        images: data.images,
        etcdOfMinors: data.etcdOfMinors,
        oldestExternalEtcd: data.oldestExternalEtcd,
        lastReaders: data.lastReaders,
      }).map(([path, text]) => [`minor: ${path.slice(1)}`, text]),
    ),
    accounts: Object.fromEntries(data.controllerAccounts.map((account) => [account, "used"])),
    system: Object.fromEntries(leavesOf(data.system)),
  };
}

function gateFacts(data: Collected["data"]): Facts {
  const gates = data.gates.flatMap(({ names, stage, isOn, isLocked }) =>
    names.map((name) => [name, `${stage}, ${isOn ? "on" : "off"}${isLocked ? ", locked" : ""}`] as const),
  );
  const needs = Object.entries(data.neededGates).map(([name, needed]) => [`${name} needs`, needed.join(", ")] as const);
  const own = data.kubeadmGates.map((name) => [`kubeadm: ${name}`, "known"] as const);
  return Object.fromEntries([...gates, ...needs, ...own]);
}

function deprecatedFlags(
  { deprecatedFlags: all }: Pick<MinorData, "deprecatedFlags">,
  component: string,
): readonly string[] {
  return Object.values(all[component] ?? {}).flat();
}

function listFacts<T>(
  components: ReadonlyMap<string, T>,
  of: (value: T, component: string) => readonly string[],
  word: string,
): Facts {
  return Object.fromEntries(
    [...components].flatMap(([component, value]) =>
      of(value, component).map(
        (flag) => [`${component} --${flag}${word === "known" ? "" : `, ${word}`}`, word] as const,
      ),
    ),
  );
}
