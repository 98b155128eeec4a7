import type { ErrorCode } from "../errors/catalogue.ts";
import type { Secret } from "../errors/secret.ts";
import type { UpgradeEventTypes } from "./upgrade-events.ts";

/** One result of a preflight check. */
export interface Finding {
  /** Stable name, as users pass it to --ignore-preflight-errors: "Port-10250". */
  readonly check: string;
  readonly message: string;
  /** What to do about it, in addition to upstream's message. */
  readonly remedy?: string;
}

/** Something that a reset does not remove. */
export interface Leftover {
  /** "CNI configuration: /etc/cni/net.d/10-flannel.conflist" */
  readonly what: string;
  /** The command line that removes it. */
  readonly command: string;
}

/**
 * The types of events, each with its fields. Consumers match on `type`. Names are stable, and fields are only ever added.
 * Values are plain JSON that may contain any character of a server's answer or a file. Secrets are of type Secret, which
 * JSON redacts. cli/render/event-lines.ts turns events into lines.
 */
export interface EventTypes extends UpgradeEventTypes {
  "run.started": { readonly command: string; readonly version: string };
  "run.finished": { readonly durationMs: number };
  "run.failed": {
    readonly code: ErrorCode | "INTERNAL";
    readonly message: string;
    /** The causes of the failure that the message does not mention. */
    readonly causes: readonly string[];
    readonly remedy: string;
    /** Facts in addition to the message; their names depend on the code. */
    readonly details: Readonly<Record<string, unknown>>;
  };

  /** Another run on this machine has to end first. `since`: RFC 3339. */
  "run.waiting": { readonly command: string; readonly pid: number; readonly since: string };
  /** The run continues one that was interrupted. `phase`: the one that was not finished. `stoppedAt`: RFC 3339. */
  "run.resumed": {
    readonly command: string;
    readonly nodeName: string;
    readonly target: string;
    readonly stoppedAt: string;
    readonly idleMs: number;
    readonly phase?: string;
  };

  "phase.started": { readonly summary: string };
  "phase.finished": { readonly durationMs: number };
  "phase.failed": { readonly durationMs: number; readonly code: ErrorCode | "INTERNAL" };
  /** `reason`: "skip-phases" or the condition that does not hold. */
  "phase.skipped": { readonly reason: string };

  "preflight.started": { readonly subject: "node" | "new-control-plane" };
  "check.passed": { readonly check: string; readonly durationMs?: number };
  /** A warning, or an error that --ignore-preflight-errors turned into one. */
  "check.warned": Finding & { readonly ignored: boolean };
  "preflight.failed": { readonly findings: readonly Finding[] };
  /** The report of the check SystemVerification; emitted only if it contains errors. */
  "preflight.system-report": { readonly lines: readonly SystemReportLine[] };

  /** The container runtime pulls the images that it does not have. `area`: the prefix of the lines. */
  "preflight.images.pulling": { readonly area: string };
  /** Emitted when a pull begins, ends or is retried. `pulling`: the images whose pulls are under way. */
  "images.progress": {
    readonly present: number;
    readonly total: number;
    readonly pulling: readonly string[];
    /** Why the last attempt failed, while it is repeated. */
    readonly reason?: string;
    readonly elapsedMs: number;
    readonly deadlineMs: number;
  };

  "cluster.configuration.reading": {
    readonly configMap: string;
    readonly namespace: string;
    /** Who reads it; by default "preflight". */
    readonly area?: string;
  };

  "file.changed": {
    readonly path: string;
    readonly outcome: "created" | "changed" | "removed";
    /** Permission bits that the entry has now; absent if it was removed, and for symlinks. */
    readonly mode?: number;
    /** Absent if it was removed. */
    readonly kind?: "file" | "directory" | "symlink" | "socket" | "other";
  };
  "service.changed": { readonly service: string; readonly action: "started" | "stopped" | "restarted" | "reloaded" };
  "mount.removed": { readonly path: string };
  "command.finished": { readonly program: string; readonly exitCode: number; readonly durationMs: number };
  /** The API server has stored or deleted an object. `resource`: its plural name, as in the URL. */
  "object.changed": {
    readonly verb: "created" | "updated" | "patched" | "deleted";
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
  /** A request to an API server that got no answer. `reason`: "refused", "timed-out", "certificate-untrusted" … */
  "request.failed": {
    readonly method: string;
    readonly url: string;
    readonly reason: string;
    readonly durationMs: number;
  };

  "kubelet.configuration.writing": { readonly path: string };
  "kubelet.environment.writing": { readonly path: string };
  "kubelet.starting": Record<never, never>;
  /** There is no service manager, or no kubelet service: the operator must do what `action` says. */
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
  /** What an operator should check when the kubelet does not start. */
  "kubelet.advice": { readonly lines: readonly string[] };

  /** The directory in which the static Pods of a control plane are to be written. */
  "manifest.directory": { readonly directory: string };
  /** `directory` is set for a local etcd that starts a new cluster. */
  "manifest.writing": { readonly component: string; readonly directory?: string };
  "control-plane.waiting": { readonly directory: string };
  "control-plane.health.waiting": { readonly timeoutMs: number };
  "component.health.checking": { readonly component: string; readonly url: string };
  "component.health.reached": { readonly component: string; readonly durationMs: number };
  "component.health.missed": { readonly component: string; readonly durationMs: number };
  /** What an operator should check when the control plane does not start. */
  "control-plane.advice": { readonly lines: readonly string[] };

  "certificates.directory": { readonly directory: string };
  /**
   * `name`: path below that directory without its ending; "sa" for the service account key, which has no certificate.
   */
  "certificate.generating": { readonly name: string; readonly kind?: "certificate" | "key" };
  "certificate.serving": {
    readonly name: string;
    readonly dnsNames: readonly string[];
    readonly ipAddresses: readonly string[];
  };
  /** An existing file is used unchanged. `joined-leaf`: a control plane that joins checks it in more detail. */
  "certificate.kept": {
    readonly name: string;
    readonly kind: "authority" | "keyless-authority" | "leaf" | "joined-leaf" | "key" | "provided-keys";
  };
  /** kubeadm does not create the certificates of an external etcd. */
  "certificate.skipped": { readonly name: string; readonly kind: "authority" | "leaf" };
  /** The validity of a certificate in a file: one that was made or issued, or an existing one that is used. */
  "certificate.validity": {
    readonly path: string;
    /** Common name of its subject. */
    readonly subject: string;
    /** RFC 3339, as are those of `notAfter`. */
    readonly notBefore: string;
    readonly notAfter: string;
    /** "issued": signed by the cluster, or for a certificate that the cluster issues. */
    readonly origin: "made" | "issued" | "kept";
  };
  "certificates.complete": { readonly directory: string };

  "kubeconfig.joining": Record<never, never>;
  "kubeconfig.directory": { readonly directory: string };
  "kubeconfig.writing": { readonly file: string };
  "kubeconfig.kept": { readonly path: string };
  /** The key of the cluster's CA is not on this machine, so the file must have been provided. */
  "kubeconfig.external": { readonly file: string };

  "patches.reading": { readonly directory: string };
  "patches.found": { readonly files: readonly string[] };
  "patches.ignored": { readonly files: readonly string[] };
  "patches.file.ignored": { readonly path: string; readonly reason: string };
  "patches.applied": { readonly patchType: string; readonly target: string };

  /**
   * A wait continues: `what` it waits for, and why it is not over. Emitted when the reason changes and every 10 s.
   * `group`: "images" for pulls, which `images.progress` reports as well.
   */
  "wait.progress": {
    readonly what: string;
    readonly reason: string;
    readonly elapsedMs: number;
    readonly deadlineMs: number;
    readonly group?: "images";
    /** Somebody else has to end the wait: `wait.action` says how. */
    readonly needsAction?: true;
  };
  /**
   * What somebody else has to do so that the wait can end. Emitted once, after a `wait.progress` with the same reason, and
   * again only if something else has to be done.
   */
  "wait.action": {
    readonly what: string;
    readonly reason: string;
    /** One or two sentences. */
    readonly action: string;
    /** Commands that do it, or that show more. */
    readonly commands: readonly string[];
  };
  /** A wait that was reported with `wait.progress` is over, whether it succeeded or not. */
  "wait.finished": { readonly what: string; readonly durationMs: number };

  "configuration.uploading": { readonly configMap: "kubeadm-config" | "kubelet-config"; readonly namespace: string };
  "certificates.upload.skipped": Record<never, never>;
  "certificates.uploading": { readonly secret: string; readonly namespace: string };
  /** `key` decrypts the created Secret; not set if it must not be shown. */
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
  /** The lines of CoreDNS' configuration that changed for a newer version, in words. */
  "addon.corefile.migrated": { readonly notes: readonly string[] };
  "addon.applied": { readonly addon: string };
  /** The objects of an addon as YAML documents, for --print-manifest. */
  "addon.manifest": { readonly addon: string; readonly manifest: string };
  /** With a leading v. */
  "init.started": { readonly kubernetesVersion: string };
  /** The result of init: how to use the cluster, and how to join other machines. */
  "init.finished": {
    readonly kubeconfig: string;
    readonly certificatesUploaded: boolean;
    /** One for each bootstrap token; `controlPlane` is set if the cluster has a controlPlaneEndpoint. */
    readonly joins: readonly { readonly worker: Secret; readonly controlPlane?: Secret }[];
  };

  "join.finished": { readonly controlPlane: boolean; readonly etcd: "stacked" | "external" | "none" };

  "etcd.checking": Record<never, never>;
  "etcd.check.skipped": Record<never, never>;
  /** The cluster uses an external etcd: no member is added. */
  "etcd.external": Record<never, never>;
  "etcd.member.announced": { readonly memberId: string; readonly peerUrl: string };
  "etcd.member.waiting": { readonly timeoutMs: number };
  /** The new member, a learner, has not received the list that includes it: its container is restarted. */
  "etcd.member.restarting": Record<never, never>;

  /** A question to the user; the answer is read from standard input. */
  "reset.question": { readonly question: string };
  /** "only-member": the cluster has no other member. "absent": the list does not contain the member. */
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

  /** One check of `kubeadm doctor`. */
  "doctor.check": {
    readonly check: string;
    readonly group: string;
    /** What holds if nothing is wrong. */
    readonly title: string;
    readonly state: "ok" | "warning" | "error" | "skipped";
    /** What was found to be in order, or why the check was skipped. */
    readonly note?: string;
    /** Names of the checks whose findings probably caused these. */
    readonly causes: readonly string[];
    readonly findings: readonly {
      readonly severity: "warning" | "error";
      readonly finding: string;
      readonly evidence?: readonly string[];
      readonly remedy?: string;
      readonly commands?: readonly string[];
      readonly decision?: string;
    }[];
  };
  /** `firstCause`: name of the check that found it. */
  "doctor.finished": {
    readonly node: string;
    readonly role: "none" | "worker" | "control-plane";
    readonly server?: string;
    readonly state: "ok" | "warning" | "error";
    readonly firstCause?: string;
  };
  /** The page of --report is in its file. */
  "report.written": { readonly path: string };

  /** A file that an unfinished run had overwritten is as before. */
  "reset.file.restored": { readonly path: string };

  "dryrun.directory": { readonly path: string; readonly variable: string };
  /** A dry run of an upgrade reads from the cluster of the kubeconfig at `path`. */
  "dryrun.client": { readonly path: string };
  "dryrun.request": {
    readonly verb: string;
    readonly resource: string;
    readonly apiVersion: string;
    readonly name: string;
    readonly namespace?: string;
  };
  /** What the request read, or what it would send, as YAML with secrets masked. */
  "dryrun.object": { readonly object: string };
  /** The object does not exist or cannot be requested; the dry run may use a made-up object instead. */
  "dryrun.missing": { readonly verb: "GET" | "LIST" };
  /** The cluster is unreachable: from here on, the dry run uses made-up objects instead of the cluster's. */
  "dryrun.unreachable": { readonly server: string; readonly reason: string };
  "dryrun.written": { readonly directory: string; readonly what: string };
  "dryrun.file": { readonly path: string; readonly content: string };
  /** An action that a dry run does not take: "stop the kubelet". */
  "dryrun.would": { readonly area: string; readonly action: string };
  /** A dry run checks whether a file exists. */
  "dryrun.checking": { readonly path: string };

  /** Upstream's klog warnings: always on stderr. */
  warning: Message & {
    /** Of the error catalogue, where the warning is a failure that does not end the run. */
    readonly code?: ErrorCode;
  };
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

/** Name of an event: "phase.started". Names are stable. */
export type EventType = keyof EventTypes;

/** One type of event. `JSON.stringify` makes the line of `--output json` from it. */
export type EventOf<K extends EventType> = {
  /** Version of this format. */
  readonly v: 1;
  /** RFC 3339 with milliseconds. */
  readonly time: string;
  /** Full name of the phase that was running: "control-plane-prepare/certs". */
  readonly phase?: string;
  readonly type: K;
} & EventTypes[K];

/** Any event of a run. `type` discriminates the union. */
export type Event = { readonly [K in EventType]: EventOf<K> }[EventType];
