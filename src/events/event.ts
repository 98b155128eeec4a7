import type { ErrorCode } from "../errors/catalogue.ts";
import type { Secret } from "../errors/secret.ts";

/** One result of a preflight check. */
export interface Finding {
  /** Stable name, as users pass it to --ignore-preflight-errors: "Port-10250". */
  readonly check: string;
  readonly message: string;
  /** What to do about it in this very case, beside upstream's message. */
  readonly remedy?: string;
}

/** Something that a reset leaves where it is. */
export interface Leftover {
  /** "CNI configuration: /etc/cni/net.d/10-flannel.conflist" */
  readonly what: string;
  /** The command line that removes it. */
  readonly command: string;
}

/**
 * Every event and what it tells. Consumers match on `type`; names are stable, fields are only ever added. Values are
 * plain JSON, of whatever characters a server or a file put into it; what is secret among them is a Secret, which JSON redacts. The text that a terminal shows is made from these
 * in cli/render/text.ts and nowhere else.
 */
export interface EventTypes {
  "run.started": { readonly command: string; readonly version: string };
  "run.finished": { readonly durationMs: number };
  "run.failed": {
    readonly code: ErrorCode | "INTERNAL";
    readonly message: string;
    /** What lies behind the failure, as far as the message does not say it. */
    readonly causes: readonly string[];
    readonly remedy: string;
    /** Facts beside the message; their names depend on the code. */
    readonly details: Readonly<Record<string, unknown>>;
  };

  "phase.started": { readonly summary: string };
  "phase.finished": { readonly durationMs: number };
  "phase.failed": { readonly durationMs: number; readonly code: ErrorCode | "INTERNAL" };
  /** `reason`: "skip-phases" or the condition that does not hold. */
  "phase.skipped": { readonly reason: string };

  "preflight.started": { readonly subject: "node" | "new-control-plane" };
  "check.passed": { readonly check: string };
  /** A warning, or an error that --ignore-preflight-errors turned into one. */
  "check.warned": Finding & { readonly ignored: boolean };
  "preflight.failed": { readonly findings: readonly Finding[] };
  /** SystemVerification's report, line by line; told only when it holds errors. */
  "preflight.system-report": { readonly lines: readonly SystemReportLine[] };

  /** The container runtime is asked for the images that are not there. */
  "preflight.images.pulling": Record<never, never>;

  "cluster.configuration.reading": {
    readonly configMap: string;
    readonly namespace: string;
    /** Who reads it; by default "preflight". */
    readonly area?: string;
  };

  "file.changed": {
    readonly path: string;
    readonly outcome: "created" | "changed" | "removed";
    readonly mode?: number;
  };
  "service.changed": { readonly service: string; readonly action: "started" | "stopped" | "restarted" | "reloaded" };
  "mount.removed": { readonly path: string };
  "command.finished": { readonly program: string; readonly exitCode: number; readonly durationMs: number };
  "object.changed": {
    readonly verb: string;
    readonly resource: string;
    readonly name: string;
    readonly namespace?: string;
  };
  "request.finished": {
    readonly method: string;
    readonly url: string;
    readonly status: number;
    readonly durationMs: number;
  };

  "kubelet.configuration.writing": { readonly path: string };
  "kubelet.environment.writing": { readonly path: string };
  "kubelet.starting": Record<never, never>;
  /** No service manager, or no kubelet service: `action` is what the operator has to see to. */
  "kubelet.service.unmanaged": {
    readonly reason: "no-service-manager" | "no-service";
    readonly action: "start" | "stop";
  };
  "kubelet.start.failed": Record<never, never>;
  "kubelet.health.waiting": { readonly url: string; readonly timeoutMs: number };
  "kubelet.health.skipped": Record<never, never>;
  "kubelet.health.reached": { readonly durationMs: number };
  "kubelet.health.missed": { readonly durationMs: number };
  "kubelet.bootstrap.waiting": Record<never, never>;
  /** The kubelet's client certificate was requested by this program and is in place before the kubelet starts. */
  "kubelet.certificate.issued": { readonly csr: string };
  /** What an operator should look at when the kubelet does not come up. */
  "kubelet.advice": { readonly lines: readonly string[] };

  /** The directory in which the static Pods of a control plane are to be written. */
  "manifest.directory": { readonly directory: string };
  /** `directory`: told of a local etcd that starts a cluster of its own. */
  "manifest.writing": { readonly component: string; readonly directory?: string };
  "control-plane.waiting": { readonly directory: string };
  "control-plane.health.waiting": { readonly timeoutMs: number };
  "component.health.checking": { readonly component: string; readonly url: string };
  "component.health.reached": { readonly component: string; readonly durationMs: number };
  "component.health.missed": { readonly component: string; readonly durationMs: number };
  /** What an operator should look at when the control plane does not come up. */
  "control-plane.advice": { readonly lines: readonly string[] };

  "certificates.directory": { readonly directory: string };
  /** `name`: path below that directory without its ending; "sa" for the service account key, which has no certificate. */
  "certificate.generating": { readonly name: string; readonly kind?: "certificate" | "key" };
  "certificate.serving": {
    readonly name: string;
    readonly dnsNames: readonly string[];
    readonly ipAddresses: readonly string[];
  };
  /** What is there already is used as it is. `joined-leaf`: checked more closely, by a control plane that joins. */
  "certificate.kept": {
    readonly name: string;
    readonly kind: "authority" | "keyless-authority" | "leaf" | "joined-leaf" | "key" | "provided-keys";
  };
  /** The certificates of an external etcd are made by whoever runs it. */
  "certificate.skipped": { readonly name: string; readonly kind: "authority" | "leaf" };
  "certificates.complete": { readonly directory: string };

  "kubeconfig.joining": Record<never, never>;
  "kubeconfig.directory": { readonly directory: string };
  "kubeconfig.writing": { readonly file: string };
  "kubeconfig.kept": { readonly path: string };
  /** The cluster's CA has no key here: whoever runs it has provided the file. */
  "kubeconfig.external": { readonly file: string };

  "patches.reading": { readonly directory: string };
  "patches.found": { readonly files: readonly string[] };
  "patches.ignored": { readonly files: readonly string[] };
  "patches.file.ignored": { readonly path: string; readonly reason: string };
  "patches.applied": { readonly patchType: string; readonly target: string };

  /** A wait goes on: `what` it is for, `reason` why it is not over. Told when the reason changes and every 10 s. */
  "wait.progress": {
    readonly what: string;
    readonly reason: string;
    readonly elapsedMs: number;
    readonly deadlineMs: number;
  };

  "configuration.uploading": { readonly configMap: "kubeadm-config" | "kubelet-config"; readonly namespace: string };
  "certificates.upload.skipped": Record<never, never>;
  "certificates.uploading": { readonly secret: string; readonly namespace: string };
  /** `key` opens the Secret that was made; absent where it is not to be shown. */
  "certificates.uploaded": { readonly key?: Secret };
  "certificates.downloading": { readonly secret: string; readonly namespace: string };
  "certificates.saving": { readonly directory: string };
  /** Taints as `key=value:Effect`. */
  "node.marking": { readonly node: string; readonly labels: readonly string[]; readonly taints: readonly string[] };
  "bootstrap.tokens.used": { readonly tokens: readonly Secret[] };
  "bootstrap.configuring": Record<never, never>;
  "bootstrap.right.granting": {
    readonly right: "get-nodes" | "post-csrs" | "approve-csrs" | "rotate-certificates" | "kubelet-api";
  };
  "bootstrap.cluster-info.creating": { readonly configMap: string; readonly namespace: string };
  "kubelet.kubeconfig.updating": { readonly path: string };
  "addon.applied": { readonly addon: string };
  /** The objects of an addon as YAML documents, asked for with --print-manifest. */
  "addon.manifest": { readonly addon: string; readonly manifest: string };
  /** With a leading v. */
  "init.started": { readonly kubernetesVersion: string };
  /** The last word of an init: how to use the cluster, and how to join others to it. */
  "init.finished": {
    readonly kubeconfig: string;
    readonly certificatesUploaded: boolean;
    /** One for each bootstrap token; `controlPlane` where there is an endpoint for several control planes. */
    readonly joins: readonly { readonly worker: Secret; readonly controlPlane?: Secret }[];
  };

  "join.finished": { readonly controlPlane: boolean; readonly etcd: "stacked" | "external" | "none" };

  "etcd.checking": Record<never, never>;
  "etcd.check.skipped": Record<never, never>;
  /** The cluster's etcd is not kubeadm's: nothing is added to it. */
  "etcd.external": Record<never, never>;
  "etcd.member.announced": { readonly memberId: string; readonly peerUrl: string };
  "etcd.member.waiting": { readonly timeoutMs: number };
  /** The new member, which has no vote yet, never hears that it was announced: it is started again. */
  "etcd.member.restarting": Record<never, never>;

  /** Asked of whoever runs the program; the answer is read from the standard input. */
  "reset.question": { readonly question: string };
  /** "only-member": there is no cluster without it. "absent": the member is in no list any more. */
  "reset.etcd.left": { readonly removal: "removed" | "absent" | "only-member" };
  "reset.etcd.emptied": { readonly directory: string };
  "reset.etcd.external": Record<never, never>;
  "reset.kubelet.stopping": Record<never, never>;
  "reset.unmounting": { readonly directory: string };
  "reset.pod.removed": { readonly id: string; readonly name: string; readonly namespace: string };
  "reset.directories.emptying": { readonly directories: readonly string[] };
  "reset.files.removing": { readonly files: readonly string[] };
  "reset.finished": {
    /** There was nothing to undo. */
    readonly wasClean: boolean;
    readonly dryRun: boolean;
    /** What stays on purpose, and what was to go and could not. */
    readonly leftovers: readonly Leftover[];
  };

  "dryrun.directory": { readonly path: string; readonly variable: string };
  "dryrun.request": {
    readonly verb: string;
    readonly resource: string;
    readonly apiVersion: string;
    readonly name: string;
    readonly namespace?: string;
  };
  /** What the request read, or what it would send, as YAML with secrets masked. */
  "dryrun.object": { readonly object: string };
  /** What the request was to read is not there, or cannot be asked for: something made up may stand in for it. */
  "dryrun.missing": { readonly verb: "GET" | "LIST" };
  /** From here on nobody is asked: made-up objects stand in for the cluster's. */
  "dryrun.unreachable": { readonly server: string; readonly reason: string };
  "dryrun.written": { readonly directory: string; readonly what: string };
  "dryrun.file": { readonly path: string; readonly content: string };
  /** Something that would be done, in words: "stop the kubelet". */
  "dryrun.would": { readonly area: string; readonly action: string };

  /** Upstream's klog warnings: always on stderr. */
  warning: Message;
  /** Upstream's klog information: on stderr from verbosity `level` on. */
  log: Message & { readonly level: number };
}

interface Message {
  readonly area?: string;
  /** One line: a line break in it is shown as `\n`. */
  readonly message: string;
  /** Further lines of the message. */
  readonly more?: readonly string[];
}

export interface SystemReportLine {
  readonly key: string;
  readonly value: string;
  readonly verdict: "good" | "bad" | "warning";
}

export type EventType = keyof EventTypes;

export type EventOf<K extends EventType> = {
  /** Version of this format. */
  readonly v: 1;
  /** RFC 3339 with milliseconds. */
  readonly time: string;
  /** Full name of the phase that was running: "control-plane-prepare/certs". */
  readonly phase?: string;
  readonly type: K;
} & EventTypes[K];

export type Event = { readonly [K in EventType]: EventOf<K> }[EventType];
