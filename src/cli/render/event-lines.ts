import { contentLines, oneLine } from "../../errors/printable-text.ts";
import { Secret } from "../../errors/secret.ts";
import type { EventOf, EventType, EventTypes, Finding, SystemReportLine } from "../../events/event.ts";
import { formatDuration } from "../../go/duration.ts";
import { goQuote } from "../../go/quote.ts";
import { closingLines } from "./closing-text.ts";
import { initClosingText } from "./init-closing-text.ts";
import { inArea, type Line, log, progress } from "./line.ts";
import { resetClosingLines } from "./reset-closing-text.ts";
import { upgradeRules } from "./upgrade-event-lines.ts";

type Rules = {
  readonly [K in EventType]: (event: EventOf<K>) => readonly Line[];
};

/**
 * The lines that kubeadm prints, with one rule for each type of event: a new type does not compile without a rule. Where
 * upstream prints a text, the text is upstream's, because people and scripts search for it.
 */
const rules: Rules = {
  "run.started": ({ command, version }) => log(1, "run", `${command} (${version})`),
  "run.finished": ({ durationMs }) => log(1, "run", `finished after ${rounded(durationMs)}`),
  "run.failed": ({ code }) => log(1, "run", `failed: ${code}`),

  "reset.file.restored": ({ path }) => progress("reset", `Put back ${oneLine(path)}`),
  "run.waiting": ({ command, pid, since }) =>
    progress("run", `Waiting for "kubeadm ${oneLine(command)}" (pid ${pid}, since ${oneLine(since)}) to end`),
  "run.resumed": ({ command, nodeName, target, idleMs, phase }) =>
    progress(
      "run",
      `Continuing the ${command} of ${goQuote(nodeName)}${target === "" ? "" : ` to ${goQuote(target)}`} that stopped ${ago(idleMs)}${phase === undefined ? "" : ` in ${phase}`}`,
    ),

  "phase.started": (event) => log(1, "phase", `${event.phase ?? ""}: started (${event.summary})`),
  "phase.finished": (event) => log(1, "phase", `${event.phase ?? ""}: finished after ${rounded(event.durationMs)}`),
  "phase.failed": (event) => log(1, "phase", `${event.phase ?? ""}: failed after ${rounded(event.durationMs)}`),
  "phase.skipped": (event) => log(1, "phase", `${event.phase ?? ""}: skipped (${event.reason})`),

  "preflight.started": ({ subject }) =>
    progress(
      "preflight",
      subject === "node"
        ? "Running pre-flight checks"
        : "Running pre-flight checks before initializing the new control plane instance",
    ),
  "check.passed": ({ check }) => log(1, "preflight", `check ${check} passed`),
  "check.warned": (finding) => findingLines("WARNING", finding),
  "preflight.failed": ({ findings }) => [
    { kind: "notice", text: "[preflight] Some fatal errors occurred:" },
    ...findings.flatMap((finding) => findingLines("ERROR", finding)),
    {
      kind: "notice",
      text: "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`",
    },
  ],
  "preflight.images.pulling": ({ area }) =>
    [
      "Pulling images required for setting up a Kubernetes cluster",
      "This might take a minute or two, depending on the speed of your internet connection",
      "You can also perform this action beforehand using 'kubeadm config images pull'",
    ].flatMap((text) => progress(area, text)),
  // Only a terminal shows it: elsewhere `wait.progress` reports a long pull.
  "images.progress": ({ present, total, pulling, reason, elapsedMs, deadlineMs }) => [
    {
      kind: "live",
      key: "images",
      text:
        pulling.length === 0
          ? undefined
          : `[wait] ${present} of ${total} images: pulling ${listed(pulling)}${reason === undefined ? "" : `, retrying after: ${reason}`}`,
      elapsedMs,
      deadlineMs,
    },
  ],
  "preflight.system-report": ({ lines }) => [
    ...progress("preflight", "The system verification failed. Printing the output from the verification:"),
    ...lines.map(reportLine),
  ],

  "cluster.configuration.reading": ({ configMap, namespace, area = "preflight" }) => [
    ...progress(
      area,
      `Reading configuration from the ${goQuote(configMap)} ConfigMap in namespace ${goQuote(namespace)}...`,
    ),
    ...progress(area, "Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it."),
  ],

  "file.changed": ({ path, outcome, mode }) =>
    log(2, "file", `${outcome} ${path}${outcome === "created" ? modeText(mode) : ""}`),
  "service.changed": ({ service, action }) => log(2, "service", `${action} ${service}`),
  "mount.removed": ({ path }) => log(2, "mount", `unmounted ${path}`),
  "command.finished": ({ program, exitCode, durationMs }) =>
    log(2, "command", `${program} ended with status ${exitCode} after ${rounded(durationMs)}`),
  "object.changed": ({ verb, resource, name, namespace }) =>
    log(2, "object", `${verb} ${resource} ${namespace === undefined ? "" : `${namespace}/`}${name}`),
  "request.finished": ({ method, url, status, durationMs }) =>
    log(6, "request", `${method} ${url} ${status} in ${Math.round(durationMs)} milliseconds`),
  // The reason of the wait or the error has the same text.
  "request.failed": () => [],

  "kubelet.configuration.writing": ({ path }) =>
    progress("kubelet-start", `Writing kubelet configuration to file ${goQuote(path)}`),
  "kubelet.environment.writing": ({ path }) =>
    progress("kubelet-start", `Writing kubelet environment file with flags to file ${goQuote(path)}`),
  "kubelet.starting": () => progress("kubelet-start", "Starting the kubelet"),
  "kubelet.service.unmanaged": (event) => progress("kubelet-start", unmanagedText(event)),
  "kubelet.start.failed": () => progress("kubelet-start", "Please ensure kubelet is reloaded and running manually."),
  "kubelet.health.waiting": ({ url, timeoutMs }) =>
    progress(
      "kubelet-check",
      `Waiting for a healthy kubelet at ${url}. This can take up to ${formatDuration(timeoutMs)}`,
    ),
  "kubelet.health.skipped": () =>
    progress("kubelet-check", "Skipping the kubelet health check because the healthz port is set to 0"),
  "kubelet.health.reached": ({ durationMs }) =>
    progress("kubelet-check", `The kubelet is healthy after ${formatDuration(durationMs)}`),
  "kubelet.health.missed": ({ durationMs }) =>
    progress("kubelet-check", `The kubelet is not healthy after ${formatDuration(durationMs)}`),
  "kubelet.bootstrap.waiting": () => progress("kubelet-start", "Waiting for the kubelet to perform the TLS Bootstrap"),
  "kubelet.certificate.issued": ({ csr }) => log(1, "kubelet-start", `the cluster issued the certificate of ${csr}`),
  "kubelet.advice": ({ lines }) => ["", ...lines, ""].map((text) => ({ kind: "progress", text })),

  "manifest.directory": ({ directory }) => progress("control-plane", `Using manifest folder ${goQuote(directory)}`),
  "manifest.writing": ({ component, directory }) =>
    progress(
      component === "etcd" ? "etcd" : "control-plane",
      `Creating static Pod manifest for ${directory === undefined ? goQuote(component) : `local etcd in ${goQuote(directory)}`}`,
    ),
  "control-plane.waiting": ({ directory }) =>
    progress(
      "wait-control-plane",
      `Waiting for the kubelet to boot up the control plane as static Pods from directory ${goQuote(directory)}`,
    ),
  "control-plane.health.waiting": ({ timeoutMs }) =>
    progress(
      "control-plane-check",
      `Waiting for healthy control plane components. This can take up to ${formatDuration(timeoutMs)}`,
    ),
  "component.health.checking": ({ component, url }) =>
    progress("control-plane-check", `Checking ${component} at ${url}`),
  "component.health.reached": ({ component, durationMs }) =>
    progress("control-plane-check", `${component} is healthy after ${formatDuration(durationMs)}`),
  "component.health.missed": ({ component, durationMs }) =>
    progress("control-plane-check", `${component} is not healthy after ${formatDuration(durationMs)}`),
  "control-plane.advice": ({ lines }) => ["", ...lines, ""].map((text) => ({ kind: "progress", text })),

  "certificates.directory": ({ directory }) => progress("certs", `Using certificateDir folder ${goQuote(directory)}`),
  "certificate.generating": ({ name, kind = "certificate" }) =>
    progress("certs", `Generating ${goQuote(name)} ${kind === "key" ? "key and public key" : "certificate and key"}`),
  "certificate.serving": ({ name, dnsNames, ipAddresses }) =>
    progress(
      "certs",
      `${name} serving cert is signed for DNS names [${dnsNames.join(" ")}] and IPs [${ipAddresses.join(" ")}]`,
    ),
  "certificate.kept": (event) => progress("certs", keptCertificate(event)),
  "certificate.skipped": ({ name, kind }) =>
    progress(
      "certs",
      `External etcd mode: Skipping ${name} ${kind === "authority" ? "certificate authority" : "certificate"} generation`,
    ),
  "certificate.validity": () => [],
  "certificates.complete": ({ directory }) =>
    progress("certs", `Valid certificates and keys now exist in ${goQuote(directory)}`),

  "kubeconfig.joining": () => progress("kubeconfig", "Generating kubeconfig files"),
  "kubeconfig.directory": ({ directory }) => progress("kubeconfig", `Using kubeconfig folder ${goQuote(directory)}`),
  "kubeconfig.writing": ({ file }) => progress("kubeconfig", `Writing ${goQuote(file)} kubeconfig file`),
  "kubeconfig.kept": ({ path }) => progress("kubeconfig", `Using existing kubeconfig file: ${goQuote(path)}`),
  "kubeconfig.external": ({ file }) => progress("kubeconfig", `External CA mode: Using user provided ${file}`),

  "patches.reading": ({ directory }) => progress("patches", `Reading patches from path ${goQuote(directory)}`),
  "patches.found": ({ files }) => progress("patches", `Found the following patch files: [${files.join(" ")}]`),
  "patches.ignored": ({ files }) => progress("patches", `Ignored the following files: [${files.join(" ")}]`),
  "patches.file.ignored": ({ path, reason }) =>
    progress(
      "patches",
      reason === "empty" ? `Ignoring empty file: ${goQuote(path)}` : `Ignoring file ${goQuote(path)}: ${reason}`,
    ),
  "patches.applied": ({ patchType, target }) =>
    progress("patches", `Applied patch of type ${goQuote(patchType)} to target ${goQuote(target)}`),

  "wait.progress": ({ what, reason, elapsedMs, deadlineMs, group, needsAction }) => [
    {
      kind: "wait",
      key: group ?? what,
      text: `[wait] ${what}: ${reason}`,
      ...(needsAction && { short: `[wait] ${what}` }),
      elapsedMs,
      deadlineMs,
    },
  ],
  "wait.action": ({ what, reason, action, commands }) => [
    // Elsewhere, the progress before has just said it.
    { kind: "beside-live", text: `[wait] ${what}: ${reason}` },
    { kind: "notice", text: `[wait] ${action}` },
    ...commands.map((command): Line => ({ kind: "notice", text: `[wait]   ${command}` })),
  ],
  "wait.finished": ({ what }) => [{ kind: "live", key: what, text: undefined, elapsedMs: 0, deadlineMs: 0 }],

  "configuration.uploading": ({ configMap, namespace }) =>
    configMap === "kubeadm-config"
      ? progress(
          "upload-config",
          `Storing the configuration used in ConfigMap ${goQuote(configMap)} in the ${goQuote(namespace)} Namespace`,
        )
      : progress(
          "kubelet",
          `Creating a ConfigMap ${goQuote(configMap)} in namespace ${namespace} with the configuration for the kubelets in the cluster`,
        ),
  "certificates.upload.skipped": () => progress("upload-certs", "Skipping phase. Please see --upload-certs"),
  "certificates.uploading": ({ secret, namespace }) =>
    progress(
      "upload-certs",
      `Storing the certificates in Secret ${goQuote(secret)} in the ${goQuote(namespace)} Namespace`,
    ),
  "certificates.uploaded": ({ key }) =>
    key === undefined
      ? []
      : [
          ...progress("upload-certs", "Using certificate key:"),
          { kind: "disclosure", text: new Secret(oneLine(key.reveal())) },
        ],
  "certificates.downloading": ({ secret, namespace }) =>
    progress(
      "download-certs",
      `Downloading the certificates in Secret ${goQuote(secret)} in the ${goQuote(namespace)} Namespace`,
    ),
  "certificates.saving": ({ directory }) =>
    progress("download-certs", `Saving the certificates to the folder: ${goQuote(directory)}`),
  "node.marking": ({ node, labels, taints }) => [
    ...progress(
      "mark-control-plane",
      `Marking the node ${node} as control-plane by adding the labels: [${labels.join(" ")}]`,
    ),
    ...(taints.length === 0
      ? []
      : progress(
          "mark-control-plane",
          `Marking the node ${node} as control-plane by adding the taints [${taints.join(" ")}]`,
        )),
  ],
  "bootstrap.tokens.used": ({ tokens }) => [{ kind: "disclosure", text: tokensText(tokens) }],
  "bootstrap.configuring": () =>
    progress("bootstrap-token", "Configuring bootstrap tokens, cluster-info ConfigMap, RBAC Roles"),
  "bootstrap.right.granting": ({ right }) =>
    progress("bootstrap-token", `Configured RBAC rules to ${rightTexts[right]}`),
  "bootstrap.cluster-info.creating": ({ configMap, namespace }) =>
    progress("bootstrap-token", `Creating the ${goQuote(configMap)} ConfigMap in the ${goQuote(namespace)} namespace`),
  "kubelet.kubeconfig.updating": ({ path }) =>
    progress(
      "kubelet-finalize",
      `Updating ${goQuote(path)} to point to a rotatable kubelet client certificate and key`,
    ),
  "addon.corefile.migrated": ({ notes }) => [
    ...progress("addons", "Migrating CoreDNS Corefile"),
    ...notes.flatMap((note) => log(1, "addons", note)),
  ],
  "addon.applied": ({ addon }) => progress("addons", `Applied essential addon: ${addon}`),
  "addon.manifest": ({ manifest }) =>
    contentLines(manifest.replace(/\n$/, "")).map((text) => ({ kind: "progress", text })),
  "init.started": ({ kubernetesVersion }) => progress("init", `Using Kubernetes version: ${kubernetesVersion}`),
  "init.finished": (event) => [{ kind: "disclosure", text: initClosingText(event) }],

  "join.finished": (event) => closingLines(event).map((text) => ({ kind: "progress", text })),

  "etcd.checking": () => progress("check-etcd", "Checking that the etcd cluster is healthy"),
  "etcd.check.skipped": () => progress("check-etcd", "Skipping etcd check in external mode"),
  "etcd.external": () => progress("control-plane-join", "Using external etcd - no local stacked instance added"),
  "etcd.member.announced": () => progress("etcd", "Announced new etcd member joining to the existing etcd cluster"),
  "etcd.member.restarting": () =>
    progress("etcd", "Starting the new etcd member again: it missed the entry that announced it"),
  "etcd.member.waiting": ({ timeoutMs }) =>
    progress("etcd", `Waiting for the new etcd member to join the cluster. This can take up to ${timeoutMs / 1_000}s`),

  "reset.question": ({ question }) => [{ kind: "question", text: `[reset] ${question} [y/N]: ` }],
  "reset.etcd.left": ({ removal }) => log(1, "reset", removalTexts[removal]),
  "reset.etcd.emptied": ({ directory }) =>
    progress("reset", `Deleted contents of the etcd data directory: ${directory}`),
  "reset.etcd.external": () => [
    ...progress("reset", "No etcd config found. Assuming external etcd"),
    ...progress("reset", "Please, manually reset etcd to prevent further issues"),
  ],
  "reset.kubelet.stopping": () => progress("reset", "Stopping the kubelet service"),
  "reset.unmounting": ({ directory }) => progress("reset", `Unmounting mounted directories in ${goQuote(directory)}`),
  "reset.pod.removed": ({ id, name, namespace }) => log(1, "reset", `removed pod ${namespace}/${name} (${id})`),
  "reset.directories.emptying": ({ directories }) =>
    progress("reset", `Deleting contents of directories: [${directories.join(" ")}]`),
  "reset.files.removing": ({ files }) => progress("reset", `Deleting files: [${files.join(" ")}]`),
  "reset.finished": (event) => resetClosingLines(event).map((text) => ({ kind: "progress", text })),

  // The command prints them itself.
  "doctor.check": () => [],
  "doctor.finished": () => [],
  "report.written": ({ path }) => [{ kind: "notice", text: `[report] Wrote the report to ${goQuote(path)}` }],

  ...upgradeRules,

  "dryrun.directory": ({ path, variable }) => [
    {
      kind: "warning",
      text: `Using dry-run directory ${path}. To override it, set the environment variable ${variable}`,
    },
  ],
  "dryrun.client": ({ path }) => progress("dryrun", `Creating a real client from ${goQuote(path)}`),
  "dryrun.request": (event) => dryRunRequest(event).map((text) => ({ kind: "progress", text })),
  "dryrun.object": ({ object }) =>
    ["[dryrun] Attached object:", ...contentLines(object.replace(/\n$/, "")), ""].map((text) => ({
      kind: "progress",
      text,
    })),
  "dryrun.missing": ({ verb }) =>
    progress(
      "dryrun",
      `Real object does not exist. Attempting to ${verb} from followup reactors or from the fake client tracker`,
    ),
  "dryrun.unreachable": ({ server, reason }) => [
    {
      kind: "warning",
      text: inArea(
        "dryrun",
        `${server} cannot be reached; the dry run continues without it, with made-up objects where it needs any: ${reason}`,
      ),
    },
  ],
  "dryrun.written": ({ directory, what }) => [
    ...progress("dryrun", `Wrote ${what} to the ${goQuote(directory)} directory`),
    ...progress("dryrun", "The certificates or kubeconfig files would not be printed due to their sensitive nature"),
    ...progress("dryrun", `Please examine the ${goQuote(directory)} directory for details about what would be written`),
  ],
  "dryrun.file": ({ path, content }) => [
    ...progress("dryrun", `Would write file ${goQuote(path)} with content:`),
    ...contentLines(content.replace(/\n$/, "")).map((text) => ({ kind: "progress", text }) as const),
  ],
  "dryrun.would": ({ area, action }) => progress(area, `Would ${action}`),
  "dryrun.checking": ({ path }) => progress("dryrun", `would check if ${path} exists`),

  warning: ({ area, message, code, more = [] }) => [
    { kind: "warning", text: inArea(area, code === undefined ? message : `${message} (${code})`) },
    ...more.map((text) => ({ kind: "notice", text }) as const),
  ],
  log: ({ level, area = "", message, more }) => [{ kind: "log", level, area, text: inArea(area, message), more }],
};

export function linesOf<K extends EventType>(event: EventOf<K>): readonly Line[] {
  return rules[event.type](event);
}

function findingLines(severity: "WARNING" | "ERROR", { check, message, remedy }: Finding): readonly Line[] {
  const finding = { kind: "notice", text: `\t[${severity} ${check}]: ${message}` } as const;
  return remedy === undefined ? [finding] : [finding, { kind: "notice", text: `\t\t${remedy}` }];
}

const reportColors = { good: "green", bad: "red", warning: "yellow" } as const;

function reportLine({ key, value, verdict }: SystemReportLine): Line {
  return {
    kind: "painted",
    parts: [{ color: "white", text: key }, { text: ": " }, { color: reportColors[verdict], text: value }],
  };
}

function keptCertificate({ name, kind }: EventTypes["certificate.kept"]): string {
  switch (kind) {
    case "authority":
      return `Using existing ${name} certificate authority`;
    case "keyless-authority":
      return `Using existing ${name} keyless certificate authority`;
    case "leaf":
      return `Using existing ${name} certificate and key on disk`;
    case "joined-leaf":
      return `Using the existing ${goQuote(name)} certificate and key`;
    case "key":
      return `Using the existing ${goQuote(name)} key`;
    case "provided-keys":
      return `Using existing ${name} keys`;
  }
}

function unmanagedText({ reason, action }: EventTypes["kubelet.service.unmanaged"]): string {
  const consequence =
    action === "start"
      ? "make sure the kubelet is running properly."
      : "make sure the kubelet not running for a short period of time while setting up configuration for it.";
  return reason === "no-service-manager"
    ? `No supported init system detected, won't ${consequence}`
    : `Couldn't detect a kubelet service, can't ${consequence}`;
}

const rightTexts: Readonly<Record<EventTypes["bootstrap.right.granting"]["right"], string>> = {
  "get-nodes": "allow Node Bootstrap tokens to get nodes",
  "post-csrs": "allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials",
  "approve-csrs": "allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token",
  "rotate-certificates": "allow certificate rotation for all node client certificates in the cluster",
  "kubelet-api": "allow the API server kubelet client certificate to access the kubelet API",
};

function tokensText(tokens: readonly Secret[]): Secret {
  const shown = tokens.map((token) => token.reveal());
  const [only] = shown;
  const text = shown.length === 1 ? `Using token: ${only}` : `Using tokens: [${shown.join(" ")}]`;
  return new Secret(oneLine(inArea("bootstrap-token", text)));
}

/** For other requests, the object is enough. */
const showsName: ReadonlySet<string> = new Set(["GET", "PATCH", "DELETE"]);

function dryRunRequest(event: EventTypes["dryrun.request"]): readonly string[] {
  const group = event.apiVersion.includes("/") ? event.apiVersion : `core/${event.apiVersion}`;
  const action = `${event.verb} on resource ${goQuote(event.resource)} in API group ${goQuote(group)}`;
  return [
    `[dryrun] Would perform action ${action}`,
    ...(showsName.has(event.verb)
      ? [`[dryrun] Resource name ${goQuote(event.name)}, namespace ${goQuote(event.namespace ?? "")}`]
      : []),
  ];
}

const removalTexts = {
  removed: "the etcd member of this node was removed from its cluster",
  absent: "the etcd member of this node is in no cluster any more",
  "only-member": "the etcd member of this node is the only one of its cluster, so it is not removed from it",
} as const;

function modeText(mode: number | undefined): string {
  return mode === undefined ? "" : ` with mode ${mode.toString(8).padStart(4, "0")}`;
}

/** Returns a short list for a line on a terminal: "a and 2 more". */
function listed([first = "", ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** Returns a duration for a line that upstream does not print, in whole milliseconds. */
function rounded(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds));
}

/** Returns the age of a time in its largest unit: "4 minutes ago". */
function ago(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [count, unit] =
    seconds < 60
      ? [seconds, "second"]
      : seconds < 3600
        ? [Math.round(seconds / 60), "minute"]
        : seconds < 2 * 86_400
          ? [Math.round(seconds / 3600), "hour"]
          : [Math.round(seconds / 86_400), "day"];
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}
