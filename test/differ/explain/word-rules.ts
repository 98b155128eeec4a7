// The same outcome in other words, and refusals that are ours alone.
import {
  extraLines,
  missingLines,
  otherwise,
  type Rule,
  refusesWith,
  repeatedLines,
  sameRefusal,
  streamRewritten,
} from "./rule.ts";

export const wordRules: readonly Rule[] = [
  otherwise("join-endpoint-form", (pair) => {
    const isRefused = /^error: discovery\.bootstrapToken\.apiServerEndpoint: Invalid value: "(\S*:port|:\d+)": /m;
    return refusesWith(pair, "CONFIG_INVALID") && isRefused.test(pair.ours.stderr);
  }),
  extraLines("reset-phase-arguments", /^W .*the arguments? "[^"]*"(, "[^"]*")* (is|are) ignored: "kubeadm reset/),
  sameRefusal("template-misfit", /^error: .*error executing (jsonpath|template)/im),
  sameRefusal("yaml-keys", /^error: .*(yaml: invalid map key: |unsupported map key of type: )/m),
  sameRefusal(
    "worker-wait-bootstrap",
    /^error: .*\/etc\/kubernetes\/admin\.conf .*Please (use|run) 'kubeadm join phase/m,
  ),
  sameRefusal("completion", /^error: unsupported shell type "bogus"/m),
  sameRefusal("help-texts", /^Unknown help topic \[`bogus`\]|^Unknown help topic/m),
  streamRewritten("json-words", "stderr", (text) =>
    text
      .replaceAll(/(?<=json parse error: invalid character \S+ in string)$/gm, " literal")
      .replaceAll(
        /(?<=cannot unmarshal \w+ into Go struct field )(?=\.(kind|apiVersion) of type string$)/gm,
        "TypeMeta",
      ),
  ),
  missingLines(
    "unread-documents",
    /^W .*(unknown configuration schema\.GroupVersionKind|JoinConfiguration"\}: strict decoding error)/,
  ),
  streamRewritten("unread-documents", "stderr", (text) =>
    text.replaceAll(/ in scheme "pkg\/runtime\/scheme\.go:\d+"$/gm, ""),
  ),
  extraLines("duplicate-keys-placed", /^W .*(\.yaml:|line )\d+: key "[^"]+" is duplicate; the last one is used$/),
  repeatedLines("kubelet-warnings-once", /^ {2}line \d+: key "[^"]+" already set in map$/),
  missingLines("verbose-lines", /^I /),
  extraLines("verbose-lines", /^I /),
  streamRewritten("relative-paths", "stdout", (text) => text.replaceAll(/(?<=folder ")\/work\//g, "")),
  streamRewritten("relative-paths", "stderr", (text) => text.replaceAll(/(?<=["\s])\/work\/(?=\w+\.yaml\b)/g, "")),
  {
    key: "version-build",
    apply: (pair) => (pair.input.args[0] === "version" ? withoutBuild.apply(pair, pair) : undefined),
  },
  {
    key: "token-dry-run",
    apply: (pair) => (pair.input.args[0] === "token" ? withoutListVersion.apply(pair, pair) : undefined),
  },
  {
    key: "hidden-characters-quoted",
    apply: (pair) => {
      // Indentation behind the separator is none of the value's.
      const stdout = pair.upstream.stdout.replaceAll(/'([^'\n]*)\u2028 +([^'\n]*)'/g, '"$1\\L$2"');
      return { ...pair, upstream: { ...pair.upstream, stdout } };
    },
  },
];

const withoutBuild = streamRewritten("", "stdout", (text) =>
  text.replaceAll(/(GitCommit|GitTreeState|BuildDate|GoVersion|Compiler):"[^"]*"/g, '$1:""'),
);

/** A list that the server has given carries a version, one that is made of it does not. */
const withoutListVersion = streamRewritten("", "stdout", (text) =>
  text.replaceAll(/^metadata:\n {2}resourceVersion: "\d+"$/gm, "metadata: {}"),
);
