// What init, join and reset do in another way.
import type { Observation } from "../observe/observation.ts";
import type { Pair } from "../run-case.ts";
import {
  entriesLeftOut,
  extraLines,
  missingLines,
  otherwise,
  type Rule,
  refusesWith,
  streamRewritten,
} from "./rule.ts";

const dryRunDirectory = "/etc/kubernetes/tmp/kubeadm-init-dryrun<number>";

/** Goes before those for what is asked of a cluster in general. */
export const dryRunNode: Rule = {
  key: "dry-run-node",
  apply: (pair) => {
    if (pair.input.args[0] !== "join" || !pair.input.args.includes("--dry-run")) return undefined;
    const asked = entriesLeftOut("", "requests", /^GET \/api\/v1\/nodes\/\S+ 404$/).apply(pair, pair) ?? pair;
    return { ...asked, ours: withoutAskedNode(asked.ours), upstream: withoutAskedNode(asked.upstream) };
  },
};

export const nodeRules: readonly Rule[] = [
  extraLines("authority-made-warned", /^W .*\[certs\] \S+\.crt does not exist: creating a new CA, which the other/),
  extraLines(
    "join-newer-kubelet",
    /^\t\[WARNING KubeletVersion\]: the kubelet version is higher than the control plane /,
  ),
  otherwise("join-newer-kubelet", ({ input, ours, upstream }) => {
    const refusal = "\t[ERROR KubeletVersion]: the kubelet version is higher than the control plane version.";
    return input.args[0] === "join" && ours.stderr.includes(refusal) && !upstream.stderr.includes(refusal);
  }),
  extraLines("foreign-ca-warned", /^W .*\[kubelet-start\] \S+ is kept, but it is not the cluster's CA: /),
  // What this machine has: its /proc is the cases' as well.
  extraLines("kubelet-obstacles-warned", /^W .*\[kubelet-start\] the kubelet will not start: /),
  extraLines("cgroup-driver-compared", /^W .*\[kubelet-start\] the container runtime uses the cgroup driver /),
  entriesLeftOut("cgroup-driver-compared", "runtimeCalls", /^RuntimeConfig$/),
  extraLines(
    "node-address-warned",
    /^W .*\[kubelet-start\] (the kubelet (will register its Node with|won't find an address for its Node)|node-ip .* of the kubelet's arguments )/,
  ),
  extraLines("serving-certificate-warned", /^W .*the kubelet of this node requests its serving certificate from /),
  extraLines("sa-pub-foreign", /^W .*\[certs\] the service account keys are kept unchanged, but: /),
  extraLines(
    "patch-unknown-field",
    /^W .*\[patches\] a patch sets the field \S+ of \S+, which a Pod does not have: it is ignored$/,
  ),
  {
    key: "fewer-probes",
    apply: (pair) =>
      pair.ours.calls.includes("systemctl stop kubelet")
        ? undefined
        : missingLines("", /unable to stop the kubelet service momentarily: \[exit status 5\]$/).apply(pair, pair),
  },
  {
    key: "reset-reads",
    apply: (pair) => {
      const others =
        /^(GET \S*\/(configmaps\/(kube-proxy|kubelet-config)|nodes\/[^? ]+|pods\?fieldSelector=[^ ]+)[? ]|POST \S*\/selfsubjectreviews\b)/;
      return pair.input.args[0] === "reset" ? entriesLeftOut("", "requests", others).apply(pair, pair) : undefined;
    },
  },
  {
    key: "reset-reads",
    apply: (pair) => {
      if (!/failed to get node registration: /.test(pair.upstream.stderr)) return undefined;
      const words =
        /^W .*\[reset\] (Unable to fetch the kubeadm-config ConfigMap|No kubeadm config, using etcd pod spec)/;
      const unknown = missingLines("", words).apply(pair, pair);
      return (
        unknown &&
        entriesLeftOut("", "requests", /^GET .*\/pods\?labelSelector=component%3Detcd/).apply(unknown, unknown)
      );
    },
  },
  streamRewritten("lookup-server", "stderr", (text) =>
    text.replaceAll(
      /( lookup [^\s:]+)(?: on \S+: read udp \S+: read: connection refused|: (?:no name server can be reached \(connection refused\)|temporary failure in name resolution(?:: no name server (?:answers|responds), or it has failed)?))$/gm,
      "$1: connection refused",
    ),
  ),
  streamRewritten("external-etcd-files", "stderr", (text) =>
    text.replaceAll(
      /couldn't load external etcd's (?:server certificate \S+|certificate and key pair \S+|certificates): /g,
      "couldn't load external etcd's certificates: ",
    ),
  ),
  extraLines("reset-leftovers", /^ {4}crictl --runtime-endpoint \S+ rmp --all --force$/, "stdout"),
  {
    key: "join-reads-final",
    apply: (pair) =>
      pair.input.args[0] === "join" && pair.ours.status === "1"
        ? entriesLeftOut("", "requests", /^GET \S*\/configmaps\/(kube-proxy|kubelet-config)\b/).apply(pair, pair)
        : undefined,
  },
  {
    key: "older-clusters",
    apply: (pair) => {
      const older = (text: string) =>
        text.replace(/control plane version >= 1\.\d+\.0/, "control plane version >= 1.34.0");
      return { ...pair, upstream: { ...pair.upstream, stderr: older(pair.upstream.stderr) } };
    },
  },
  streamRewritten("reset-named-entry", "stderr", (text) =>
    text.replaceAll(/(Failed to delete contents of "[^"]+" directory: unlinkat )\S+(?=: )/g, "$1<entry>"),
  ),
  otherwise("reset-foreign-directories", (pair) => {
    return (
      pair.input.args[0] === "reset" && refusesWith(pair, "RESET_DIRECTORY_UNSAFE") && pair.upstream.status === "0"
    );
  }),
  otherwise("reset-empty-cert-dir", ({ input, ours, upstream }) => {
    const isRefused = ours.stderr.includes('error: invalid argument "" for "--cert-dir" flag: it is not a directory\n');
    return input.args[0] === "reset" && isRefused && upstream.status === "0";
  }),
  otherwise("patch-other-kind", (pair) => {
    const patches = Object.entries(pair.input.files ?? {}).filter(([path]) => path.includes("patches/"));
    const isOther = patches.some(([, text]) => typeof text === "string" && /^kind: (?!Pod$)/m.test(text));
    return isOther && refusesWith(pair, "PATCH_INVALID") && pair.upstream.status === "0";
  }),
  otherwise("ca-key-unreadable", ({ ours, upstream }) => {
    const isRefused = /^error: .*failure loading ca certificate: couldn't load the private key file \S+\/ca\.key: /m;
    return isRefused.test(ours.stderr) && upstream.stdout.includes("[certs] Using existing ca keyless certificate");
  }),
  otherwise("certificate-key-pairs", ({ ours, upstream }) => {
    const [, name] =
      /^error: .*: failure loading (\S+) key: couldn't load the private key file/m.exec(ours.stderr) ?? [];
    return (
      name !== undefined && upstream.stdout.includes(`[certs] Using existing ${name} certificate and key on disk\n`)
    );
  }),
  otherwise("sa-key-missing", ({ ours, upstream }) => {
    const isRefused = /^error: .*\/sa\.pub existed, but its private key \S+ does not$/m.test(ours.stderr);
    return isRefused && upstream.stdout.includes('[certs] Generating "sa" key and public key\n');
  }),
  {
    key: "kubeconfig-dir-empty",
    apply: (pair) => {
      const { input, ours } = pair;
      if (input.args[input.args.indexOf("--kubeconfig-dir") + 1] !== "") return undefined;
      const files = Object.entries(ours.files).map(([path, text]) => {
        const moved = path.replace(/^\/etc\/kubernetes\/(?=[\w-]+\.conf$)/, "/work/");
        return [path in pair.upstream.files ? path : moved, text] as const;
      });
      return { ...pair, ours: { ...ours, files: Object.fromEntries(files) } };
    },
  },
  {
    key: "init-requests-parallel",
    apply: (pair) =>
      isPhase(pair, "addon")
        ? entriesLeftOut(
            "",
            "requests",
            /^(GET .*\/(configmaps\/coredns|deployments\?labelSelector=k8s-app%3Dkube-dns) 200|POST .*\/configmaps 409)$/,
          ).apply(pair, pair)
        : undefined,
  },
  {
    key: "init-requests-parallel",
    apply: (pair) =>
      isPhase(pair, "upload-certs")
        ? entriesLeftOut("", "requests", /^GET .*\/secrets\/bootstrap-token-<random id> 200$/).apply(pair, pair)
        : undefined,
  },
  {
    key: "dry-run-single-phase",
    apply: (pair, asItWas) => {
      const { input } = pair;
      if (!lacksEarlierPhase(asItWas)) return undefined;
      if (asItWas.ours.status === "0" || input.args.includes("--skip-phases")) return { ...pair, ours: pair.upstream };
      const stderr = pair.upstream.stderr.replace(/^error: .*$/m, (line) =>
        line.replaceAll(dryRunDirectory, "/etc/kubernetes/pki"),
      );
      return { ...pair, upstream: { ...pair.upstream, stderr } };
    },
  },
  otherwise("dry-run-refusals", ({ input, ours, upstream }) => {
    const isRefused =
      / is forbidden: /.test(ours.stderr) && upstream.requests.some((request) => request.endsWith(" 403"));
    return input.args.includes("--dry-run") && isRefused && ours.status === "1" && upstream.status === "0";
  }),
  otherwise("dry-run-unreachable", ({ input, ours, upstream }) => {
    const isTold = /^W .*\[dryrun\] \S+ cannot be reached; the dry run continues without it, /m.test(ours.stderr);
    const isMadeUp = /failed to verify JWS signature of received cluster info object/.test(upstream.stderr);
    return input.args.includes("--dry-run") && isTold && isMadeUp && upstream.requests.length === 0;
  }),
  otherwise("dry-run-existing", ({ input, ours, upstream }) => {
    const isKept = /^error: error execution phase kubeconfig\/\S+: a kubeconfig file "\S+" exists but/m.test(
      ours.stderr,
    );
    return input.args.includes("--dry-run") && input.tree === "external-ca" && isKept && upstream.status === "0";
  }),
  {
    key: "dry-run-existing",
    apply: (pair) => {
      const directory = `${dryRunDirectory}/etcd`;
      const isEmpty = !Object.keys(pair.upstream.files).some((path) => path.startsWith(`${directory}/`));
      if (!isEmpty || pair.upstream.files[directory]?.startsWith("directory 0700 ") !== true) return undefined;
      const { [directory]: _made, ...files } = pair.upstream.files;
      return { ...pair, upstream: { ...pair.upstream, files } };
    },
  },
  {
    key: "certificates-order",
    apply: (pair) =>
      pair.input.args[0] === "join"
        ? { ...pair, ours: withSortedCertificates(pair.ours), upstream: withSortedCertificates(pair.upstream) }
        : undefined,
  },
];

function isPhase({ input }: Pair, name: string): boolean {
  return input.args.slice(0, 3).join(" ") === `init phase ${name}`;
}

/** Upstream's program looks in the new directory of the dry run for what an earlier phase would have put there. */
function lacksEarlierPhase({ input, upstream }: Pair): boolean {
  if (input.args[0] !== "init" || !input.args.includes("--dry-run")) return false;
  const [line = ""] = /^error: error execution phase .*$/m.exec(upstream.stderr) ?? [];
  return (
    line.endsWith(`: open ${dryRunDirectory}/admin.conf: no such file or directory`) ||
    line.endsWith(`: open ${dryRunDirectory}/ca.crt: no such file or directory`) ||
    line.endsWith(` certificate authority from ${dryRunDirectory}`)
  );
}

function withoutAskedNode(observation: Observation): Observation {
  const stdout = observation.stdout.replaceAll(
    /\[dryrun\] Would perform action GET on resource "nodes".*\n(?:(?!\[).*\n|\[dryrun\] (?:Attached|Resource|Real) .*\n)*/g,
    "",
  );
  return { ...observation, stdout };
}

/** A certificate's lines stay together. */
function withSortedCertificates(observation: Observation): Observation {
  const made =
    /^\[certs\] Generating "[^"]+" certificate and key\n(?:\[certs\] \S+ serving cert is signed for .*\n)?/gm;
  const sorted = (observation.stdout.match(made) ?? []).toSorted().values();
  return { ...observation, stdout: observation.stdout.replaceAll(made, () => sorted.next().value ?? "") };
}
