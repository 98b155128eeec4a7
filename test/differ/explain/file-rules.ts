// Files that differ.
import { posix, resolve } from "node:path";
import type { Observation } from "../observe/observation.ts";
import type { Pair } from "../run-case.ts";
import { mapTexts, type Rule } from "./rule.ts";

export const fileRules: readonly Rule[] = [
  {
    key: "symlinks-replaced",
    apply: (pair) => {
      const links = Object.entries(pair.upstream.files).filter(([path, text]) => {
        return text.startsWith("link ") && pair.ours.files[path]?.startsWith("file ") === true;
      });
      return links.reduce((current, [path, text]) => replaced(current, path, text.slice("link ".length)), pair);
    },
  },
  {
    key: "file-modes-anew",
    apply: (pair) => {
      const ours = Object.entries(pair.ours.files).map(([path, text]) => {
        const theirs = pair.upstream.files[path];
        return [path, theirs !== undefined && isStricter(text, theirs) ? theirs : text] as const;
      });
      return { ...pair, ours: { ...pair.ours, files: Object.fromEntries(ours) } };
    },
  },
  {
    key: "failed-phase-undone",
    apply: (pair) => {
      if (pair.ours.status !== "1" || pair.upstream.status !== "1") return undefined;
      const left = Object.entries(pair.upstream.files).filter(([path]) => pair.ours.files[path] === undefined);
      return { ...pair, ours: { ...pair.ours, files: { ...pair.ours.files, ...Object.fromEntries(left) } } };
    },
  },
  {
    key: "dry-run-existing",
    apply: (pair) => {
      const { input, ours, upstream } = pair;
      if (!input.args.includes("--dry-run") || input.tree === undefined || input.args[0] !== "init") return undefined;
      const files = Object.entries(upstream.files).filter(
        ([path]) =>
          !/\/kubeadm-init-dryrun<number>\/.*\.(crt|key|pub|conf)$/.test(path) || ours.files[path] !== undefined,
      );
      const made = /^\[(certs|kubeconfig)\] (Generating|Using|Writing|Using existing|Using the existing) .*\n/gm;
      return {
        ...pair,
        ours: { ...ours, stdout: ours.stdout.replaceAll(made, "") },
        upstream: { ...upstream, files: Object.fromEntries(files), stdout: upstream.stdout.replaceAll(made, "") },
      };
    },
  },
  {
    key: "certificates-dir-clean",
    apply: (pair) => {
      const unclean = uncleanDirectory(pair);
      if (unclean === undefined) return undefined;
      const clean = posix.normalize(unclean).replace(/(?<=.)\/$/, "");
      const canonical = unclean.endsWith("/") ? `${clean}/` : clean;
      const cleaned = (text: string) =>
        text
          .replaceAll(unclean, canonical)
          .replaceAll(`${clean}//`, `${clean}/`)
          .replaceAll(new RegExp(`${clean}/(?=["\\s]|$)`, "gm"), clean);
      return { ...pair, ours: mapTexts(pair.ours, cleaned), upstream: mapTexts(pair.upstream, cleaned) };
    },
  },
  {
    key: "node-name-case",
    apply: (pair) => {
      const name = nodeName(pair);
      const lower = (text: string) => inOrderOfNames(text.replaceAll(name, name.toLowerCase()));
      if (name === name.toLowerCase()) return undefined;
      return { ...pair, ours: mapTexts(pair.ours, lower), upstream: mapTexts(pair.upstream, lower) };
    },
  },
];

/** The same file, but that others may not read it. */
function isStricter(text: string, other: string): boolean {
  return text.startsWith("file 0600 ") && other === text.replace("file 0600 ", "file 0644 ");
}

/** As if upstream's program had written in the link's place, too. */
function replaced(pair: Pair, path: string, target: string): Pair {
  const real = resolve(path, "..", target);
  const { [real]: written, ...files } = pair.upstream.files;
  if (written === undefined) return pair;
  const without = ({ files: all, ...rest }: Observation): Observation => {
    const { [real]: _gone, ...others } = all;
    return { ...rest, files: others };
  };
  return { ...pair, ours: without(pair.ours), upstream: { ...pair.upstream, files: { ...files, [path]: written } } };
}

/** The certificates' directory as it is given, where its name has parts that go when it is cleaned. */
function uncleanDirectory({ input }: Pair): string | undefined {
  const configuration = input.files?.["c.yaml"];
  const given = [
    input.args[input.args.indexOf("--cert-dir") + 1],
    typeof configuration === "string" ? /^certificatesDir: "?([^"\n]+)"?$/m.exec(configuration)?.[1] : undefined,
  ];
  return given.find((path) => path !== undefined && /^\/.*(\/\/|\/\.\.?\/|\/$)/.test(path));
}

/** Names of a certificate are sorted, capitals first. */
function inOrderOfNames(text: string): string {
  return text.replaceAll(/(?<=signed for DNS names \[|\[2\.5\.29\.17 \()[^\])]*/g, (names) =>
    names.split(" ").toSorted().join(" "),
  );
}

function nodeName({ input }: Pair): string {
  return input.args[input.args.indexOf("--node-name") + 1] ?? "";
}
