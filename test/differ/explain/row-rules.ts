// Differences that a case of their own shows: cases/difference-cases.ts.
import type { Observation } from "../observe/observation.ts";
import { entriesLeftOut, extraLines, otherwise, type Rule, refusesWith, sameRefusal, streamRewritten } from "./rule.ts";

/** Goes before the lines of errors in general. */
export const explainedCertificate: Rule = extraLines(
  "certificate-invalid-explained",
  /^remedy: \S+ is CN=.*, serial number [0-9A-F]+\. \S+ is CN=.*, serial number [0-9A-F]+\. /,
);

/** Goes before the rule that leaves out what a dry run shows of reads. */
export const signedClusterInfo: Rule = {
  key: "cluster-info-signed",
  apply: (pair) => ({ ...pair, ours: withoutSigning(pair.ours, pair.input.args[0] === "token") }),
};

export const rowRules: readonly Rule[] = [
  otherwise("working-directory-removed", (pair) => {
    return refusesWith(pair, "WORKING_DIRECTORY_REMOVED") && /no such file or directory$/m.test(pair.upstream.stderr);
  }),
  {
    key: "early-kubelet-certificate",
    apply: (pair) => (pair.input.args[0] === "join" ? { ...pair, ours: withoutCertificate(pair.ours) } : undefined),
  },
  {
    key: "pin-before-fetch",
    apply: (pair, asItWas) => {
      if (!refusesWith(asItWas, "DISCOVERY_CA_PIN_INVALID") || pair.ours.requests.length > 0) return undefined;
      const unasked =
        entriesLeftOut("", "requests", /^GET \S*\/configmaps\/cluster-info 200$/).apply(pair, pair) ?? pair;
      return { ...unasked, upstream: withoutClusterInfo(unasked.upstream) };
    },
  },
  streamRewritten("token-cut", "stderr", (text) =>
    text.replaceAll(/(?<=token: Invalid value: ")(\w+)\.(?:\w{16}|\[redacted\])(?=")/gi, "$1.[redacted]"),
  ),
  otherwise("jsonpath-every-token", ({ input, ours, upstream }) => {
    const isLoop = input.args.some((word) => word.startsWith("jsonpath={range"));
    return (
      isLoop && upstream.stderr.includes("not in range, nothing to end") && ours.stdout.startsWith(upstream.stdout)
    );
  }),
  {
    key: "etcd-mounts",
    apply: (pair) => {
      const path = "/etc/kubernetes/manifests/kube-apiserver.yaml";
      const manifest = pair.ours.files[path];
      if (manifest === undefined) return undefined;
      const text = manifest
        .replace(/^ {4}- mountPath: \/etc\/kubernetes\/pki-etcd\n {6}name: etcd-certs-0\n {6}readOnly: true\n/m, "")
        .replace(
          /^ {2}- hostPath:\n {6}path: \/etc\/kubernetes\/pki-etcd\n {6}type: DirectoryOrCreate\n {4}name: etcd-certs-0\n/m,
          "",
        );
      return { ...pair, ours: { ...pair.ours, files: { ...pair.ours.files, [path]: text } } };
    },
  },
  sameRefusal(
    "foreign-ca-key",
    /^error: .*(: the private key \S+\/ca\.key does not match \S+\/ca\.crt|provided PrivateKey doesn't match parent's PublicKey)$/m,
  ),
  otherwise("foreign-leaf-key", (pair) => {
    const isRefused = /^error: .*: the private key \S+ does not match \S+\.crt$/m;
    return refusesWith(pair, "CERTIFICATE_INVALID") && isRefused.test(pair.ours.stderr) && pair.upstream.status === "0";
  }),
  {
    key: "sa-pub-made",
    apply: (pair) => {
      const path = "/etc/kubernetes/pki/sa.pub";
      const { [path]: made, ...files } = pair.ours.files;
      const isMade = made !== undefined && pair.upstream.files[path] === undefined;
      return isMade && pair.upstream.files["/etc/kubernetes/pki/sa.key"] !== undefined
        ? { ...pair, ours: { ...pair.ours, files } }
        : undefined;
    },
  },
  sameRefusal("external-ca-files", /^error: (error execution phase \S+: )?invalid or incomplete external CA: /m),
  otherwise("ca-dates", (pair) => {
    const isRefused = /^error: error execution phase preflight: could not validate bounds for certificate ca: /m;
    return refusesWith(pair, "CERTIFICATE_INVALID") && isRefused.test(pair.ours.stderr) && pair.upstream.status === "0";
  }),
  otherwise("init-obstacles-early", (pair) => {
    const isRefused = /^error: error execution phase preflight: failed to write or validate certificate "/m;
    return refusesWith(pair, "CERTIFICATE_INVALID") && isRefused.test(pair.ours.stderr) && pair.upstream.status === "0";
  }),
  otherwise("init-obstacles-early", ({ ours, upstream }) => {
    const early = /^error: error execution phase preflight: (failure loading .*)$/m.exec(ours.stderr)?.[1];
    const late = /^error: error execution phase certs\/\S+: (failure loading .*)$/m.exec(upstream.stderr)?.[1];
    return early !== undefined && early === late;
  }),
  otherwise("upgrade-version-first", ({ ours, upstream }) => {
    const early =
      /^error: (invalid version .*|version .* doesn't match .*|couldn't parse Kubernetes version .*)$/m.exec(
        ours.stderr,
      )?.[1];
    return early !== undefined && upstream.stderr.includes(`\nerror: error execution phase preflight: ${early}\n`);
  }),
  otherwise("upgrade-phase-name-first", ({ ours, upstream }) => {
    const early = /^error: (invalid phase name: |ignore-preflight-errors: Invalid value: ).*$/m.exec(ours.stderr)?.[0];
    const isBehind = /^error: .*failed to load admin kubeconfig: /m.test(upstream.stderr);
    const isTold = early !== undefined && (isBehind || upstream.stderr.split("\n").includes(early));
    return isTold && ours.requests.length === 0 && ours.status === upstream.status;
  }),
  otherwise("quantity-digits", (pair) => {
    const isRefused = /: unable to parse numeric part of quantity$/m.test(pair.ours.stderr);
    return refusesWith(pair, "PATCH_INVALID") && isRefused && pair.upstream.status === "0";
  }),
  streamRewritten("url-passwords", "stderr", (text) =>
    text.replaceAll(/(uses proxy )"[^"]*(?:@|xxxxx)[^"]*"/g, '$1"<with a password>"'),
  ),
  otherwise("output-lost", (pair) => {
    const { input, ours, upstream } = pair;
    const isFull = input.shell?.includes(">/dev/full") === true;
    return isFull && ours.status === "1" && (upstream.status === "0" || refusesWith(pair, "OUTPUT_LOST"));
  }),
  otherwise("closed-pipe", ({ input, ours, upstream }) => {
    const isClosed = input.shell?.includes("| sleep 0") === true;
    const said = (text: string) => /status (\d+)$/m.exec(text)?.[1];
    const [mine, theirs] = [ours, upstream].map(({ stderr, files }) => said(stderr) ?? said(files["/work/log"] ?? ""));
    return isClosed && mine !== undefined && mine !== "141" && theirs === "141";
  }),
  {
    key: "join-discovery-early",
    apply: (pair, asItWas) =>
      refusesWith(asItWas, "PREFLIGHT_FAILED") && pair.input.args[0] === "join"
        ? entriesLeftOut("", "requests", /^GET \S*\/configmaps\//).apply(pair, asItWas)
        : undefined,
  },
];

/** Without the kubelet's first certificate, and what it takes to get it. */
function withoutCertificate(observation: Observation): Observation {
  const kept = (entries: Readonly<Record<string, string>>, pattern: RegExp) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => !pattern.test(name)));
  return {
    ...observation,
    files: kept(observation.files, /^\/etc\/kubernetes\/kubelet\.conf$|^\/var\/lib\/kubelet\/pki\b/),
    objects: kept(observation.objects, /^CertificateSigningRequest /),
    requests: observation.requests.filter(
      (entry) => !/\/(selfsubjectaccessreviews|certificatesigningrequests)\b/.test(entry),
    ),
  };
}

/** Without the signature in the object that a dry run shows; `token create` has requests of its own for it. */
function withoutSigning(observation: Observation, isToken: boolean): Observation {
  const stdout = observation.stdout.replaceAll(/^ {2}jws-kubeconfig-[\w<> -]+: .*\n/gm, "");
  if (!isToken) return { ...observation, stdout };
  return {
    ...observation,
    stdout: stdout.replaceAll(
      /^\[dryrun\] Would perform action (?:GET|PATCH) on resource "configmaps".*\n\[dryrun\] Resource name "cluster-info".*\n(?:\[dryrun\] Attached object:\n)?(?:(?!\[|kubeadm |\w{6}\.\w{16}$).*\n)*/gm,
      "",
    ),
    requests: observation.requests.filter((entry) => !/^(?:GET|PATCH) \S*\/configmaps\/cluster-info\b/.test(entry)),
  };
}

function withoutClusterInfo(observation: Observation): Observation {
  const stdout = observation.stdout.replace(
    /^\[dryrun\] Would perform action GET on resource "configmaps".*\n\[dryrun\] Resource name "cluster-info".*\n\[dryrun\] Attached object:\n(?:(?!\[).*\n)*/m,
    "",
  );
  return { ...observation, stdout };
}
