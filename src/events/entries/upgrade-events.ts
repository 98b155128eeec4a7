import { formatDuration } from "../../go/duration.ts";
import { goQuote } from "../../go/quote.ts";
import { commandText, event, text } from "../entry.ts";
import { type Line, log, progress } from "../line.ts";
import type { UpgradePlan } from "../upgrade-plan.ts";

export const upgradeEvents = {
  /** `upgrade apply` finds no configuration of the cluster. */
  "upgrade.configuration.missing": event<{ configMap: string; namespace: string }>(
    { configMap: text, namespace: text },
    ({ configMap, namespace }) => [
      ...progress(
        "upgrade",
        `In order to upgrade, a ConfigMap called ${goQuote(configMap)} in the ${goQuote(namespace)} namespace must exist.`,
      ),
      ...progress(
        "upgrade/config",
        "Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.",
      ),
    ],
  ),

  /** The ClusterConfiguration that --print-config shows, as YAML. */
  "upgrade.configuration.used": event<{ configuration: string }>({ configuration: text }, ({ configuration }) => [
    ...progress("upgrade/config", "Configuration used:"),
    ...configuration
      .replace(/\n$/, "")
      .split("\n")
      .map((line): Line => ({ kind: "progress", text: `\t${line}` })),
  ]),

  /** A resumed run keeps the backups of the previous one. */
  "upgrade.backups.kept": event<{ directories: readonly string[] }>({ directories: [text] }, ({ directories }) =>
    directories.flatMap((directory) =>
      progress("upgrade", `The previous run's backup is kept in ${goQuote(directory)}`),
    ),
  ),

  "upgrade.preflight.started": event<{ command: "plan" | "apply" | "node" }>({ command: "apply" }, ({ command }) =>
    command === "plan"
      ? progress("preflight", "Running pre-flight checks.")
      : progress("upgrade/preflight", command === "apply" ? "Running preflight checks" : "Running pre-flight checks"),
  ),

  "upgrade.health.checking": event({}, () => progress("upgrade", "Running cluster health checks")),

  /** A feature gate of the cluster that this version does not have. */
  "upgrade.gate.unknown": event<{ gate: string; command: "plan" | "apply" }>(
    { gate: text, command: "plan" },
    ({ gate, command }) =>
      progress(command === "plan" ? "upgrade/config" : "upgrade/preflight", `Unknown feature gate flag: ${gate}`),
  ),

  /** The version that the user chose, normalized. */
  "upgrade.version.chosen": event<{ version: string }>({ version: text }, ({ version }) =>
    progress("upgrade/preflight", `You have chosen to upgrade the cluster version to ${goQuote(version)}`),
  ),

  /** The version of the API server, of this program, or the newest stable one. */
  "upgrade.version.found": event<{ of: "Cluster" | "kubeadm" | "Target"; version: string }>(
    { of: "Cluster", version: text },
    ({ of, version }) => progress("upgrade/versions", `${of} version: ${version}`),
  ),

  /** The version policy's errors, which --force skips. */
  "upgrade.version.forced": event<{ errors: readonly string[] }>({ errors: [text] }, ({ errors }) => [
    ...progress(
      "upgrade/preflight",
      `Found ${errors.length} potential version compatibility errors but skipping since the --force flag is set: `,
    ),
    { kind: "progress", text: "" },
    ...errors.map((text) => ({ kind: "progress", text: `\t- ${text}` }) as const),
  ]),

  /** A question to the user; the answer is read from standard input. */
  "upgrade.question": event<{ question: string }>({ question: text }, ({ question }) => [
    { kind: "question", text: `[upgrade] ${question} [y/N]: ` },
  ]),

  /** A worker has no control plane: `what` is skipped, in the phase `area`. */
  "upgrade.worker.skipped": event<{
    area: "preflight" | "control-plane" | "kubeconfig" | "addon";
    what: "prepull" | "phase" | "the addon/coredns phase" | "the addon/kube-proxy phase";
  }>({ area: "addon", what: "phase" }, ({ area, what }) =>
    progress(`upgrade/${area}`, `Skipping ${what}. Not a control plane node.`),
  ),

  /** `timeoutMs` of each component. */
  "upgrade.control-plane.started": event<{
    command: "apply" | "node";
    version: string;
    timeoutMs: number;
  }>({ command: "apply", version: text, timeoutMs: 1 }, ({ command, version, timeoutMs }) =>
    progress(
      "upgrade/control-plane",
      command === "apply"
        ? `Upgrading your static Pod-hosted control plane to version ${goQuote(version)} (timeout: ${formatDuration(timeoutMs)})...`
        : `Upgrading your Static Pod-hosted control plane instance to version ${goQuote(version)}...`,
    ),
  ),

  "upgrade.control-plane.finished": event({}, () =>
    progress("upgrade/control-plane", "The control plane instance for this node was successfully upgraded!"),
  ),

  /** The new manifests are written to a directory that the kubelet does not read. */
  "upgrade.manifests.writing": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("upgrade/staticpods", `Writing new Static Pod manifests to ${goQuote(directory)}`),
  ),

  "upgrade.static-pod.preparing": event<{ component: string }>({ component: text }, ({ component }) =>
    progress("upgrade/staticpods", `Preparing for ${goQuote(component)} upgrade`),
  ),

  /** The manifest on disk is already the new one: the component is skipped. */
  "upgrade.static-pod.equal": event<{ component: string }>({ component: text }, ({ component }) =>
    progress("upgrade/staticpods", `Current and new manifests of ${component} are equal, skipping upgrade`),
  ),

  "upgrade.certificate.renewing": event<{ name: string }>({ name: text }, ({ name }) =>
    progress("upgrade/staticpods", `Renewing ${name} certificate`),
  ),

  /** The key of the CA is not on this machine. */
  "upgrade.certificate.external": event<{ name: string }>({ name: text }, ({ name }) =>
    progress("upgrade/staticpods", `External CA detected, ${name} certificate can't be renewed`),
  ),

  "upgrade.static-pod.moving": event<{ component: string; path: string; backupPath: string }>(
    { component: text, path: text, backupPath: text },
    ({ path, backupPath }) =>
      progress(
        "upgrade/staticpods",
        `Moving new manifest to ${goQuote(path)} and backing up old manifest to ${goQuote(backupPath)}`,
      ),
  ),

  "upgrade.static-pod.waiting": event<{ component: string; timeoutMs: number }>(
    { component: text, timeoutMs: 1 },
    ({ timeoutMs }) => [
      ...progress("upgrade/staticpods", "Waiting for the kubelet to restart the component"),
      ...progress("upgrade/staticpods", `This can take up to ${formatDuration(timeoutMs)}`),
    ],
  ),

  "upgrade.static-pod.upgraded": event<{ component: string }>({ component: text }, ({ component }) =>
    progress("upgrade/staticpods", `Component ${goQuote(component)} upgraded successfully!`),
  ),

  "upgrade.static-pod.restoring": event<{ component: string; path: string; backupPath: string }>(
    { component: text, path: text, backupPath: text },
    ({ path, backupPath }) => progress("upgrade/staticpods", `Restoring ${goQuote(path)} from ${goQuote(backupPath)}`),
  ),

  /** The old Pod runs again and works. */
  "upgrade.static-pod.restored": event<{ component: string }>({ component: text }, ({ component }) =>
    progress("upgrade/staticpods", `Component ${goQuote(component)} is healthy again with its previous version`),
  ),

  /** The etcd that runs is newer than the one of the version: it is left alone. */
  "upgrade.etcd.skipped": event<{ desired: string; installed: string }>(
    { desired: text, installed: text },
    ({ desired, installed }) =>
      progress(
        "upgrade/etcd",
        `Non fatal issue encountered during upgrade: the desired etcd version ${goQuote(desired)} is older than the currently installed ${goQuote(installed)}. Skipping etcd upgrade`,
      ),
  ),

  "upgrade.etcd.snapshot.saved": event<{ path: string; bytes: number }>({ path: text, bytes: 1 }, ({ path, bytes }) =>
    progress("upgrade/etcd", `Saved a snapshot of etcd (${(bytes / 1024 ** 2).toFixed(1)} MiB) to ${goQuote(path)}`),
  ),

  /** The member of this machine, which restarts, led etcd; now another one does. */
  "upgrade.etcd.leadership.transferred": event<{ member: string }>({ member: text }, ({ member }) =>
    progress("upgrade/etcd", `Transferred the leadership of etcd to the member ${goQuote(member)}`),
  ),

  /** The member of this machine restarts; `isPrevious` if it is the etcd from before the upgrade. */
  "upgrade.etcd.waiting": event<{ isPrevious: boolean }>({ isPrevious: false }, ({ isPrevious }) =>
    progress("upgrade/etcd", `Waiting for ${isPrevious ? "previous etcd" : "etcd"} to become available`),
  ),

  "upgrade.etcd.failed": event<{ reason: string }>({ reason: text }, ({ reason }) =>
    progress("upgrade/etcd", `Failed to upgrade etcd: ${reason}`),
  ),

  /** The data from before the upgrade replaces what the new etcd has made of it. */
  "upgrade.etcd.data.restoring": event({}, () => progress("upgrade/etcd", "Rolling back etcd data")),

  "upgrade.etcd.data.restored": event({}, () => progress("upgrade/etcd", "Etcd data rollback successful")),

  /** The previous etcd works again. */
  "upgrade.etcd.restored": event({}, () => progress("upgrade/etcd", "Etcd was rolled back and is now available")),

  "upgrade.bootstrap.configuring": event({}, () =>
    progress("upgrade/bootstrap-token", "Configuring bootstrap token and cluster-info RBAC rules"),
  ),

  /** An addon that the upgrade leaves alone, with the reason. */
  "upgrade.addon.skipped": event<{ addon: "coredns" | "kube-proxy"; reason: string }>(
    { addon: "coredns", reason: text },
    ({ addon, reason }) => progress("upgrade/addon", `Skipping the addon/${addon} phase. ${reason}`),
  ),

  /** Addons are upgraded with the last control plane. */
  "upgrade.addon.waiting": event<{ nodes: readonly string[] }>({ nodes: [text] }, ({ nodes }) =>
    progress(
      "upgrade/addon",
      `Skipping upgrade of addons because control plane instances [${nodes.join(" ")}] have not been upgraded`,
    ),
  ),

  /** The kubelet of a control plane is pointed to its own API server. */
  "upgrade.kubelet.server.changing": event<{ path: string; from: string; to: string }>(
    { path: text, from: text, to: text },
    ({ path, from, to }) => log(1, "", `Changing the Server URL from ${goQuote(from)} to ${goQuote(to)} in ${path}`),
  ),

  "upgrade.kubeconfigs.finished": event({}, () =>
    progress("upgrade/kubeconfig", "The kubeconfig files for this node were successfully upgraded!"),
  ),

  /** kubeadm-flags.env is copied to `path` before it changes. */
  "upgrade.kubelet-environment.copying": event<{ path: string }>({ path: text }, ({ path }) =>
    progress("upgrade", `Backing up kubelet env file to ${path}`),
  ),

  /** The kubelet's configuration is copied to `path` before it changes. */
  "upgrade.kubelet-configuration.copying": event<{ path: string }>({ path: text }, ({ path }) =>
    progress("upgrade", `Backing up kubelet config file to ${path}`),
  ),

  "upgrade.kubelet-configuration.finished": event({}, () =>
    progress("upgrade/kubelet-config", "The kubelet configuration for this node was successfully upgraded!"),
  ),

  "upgrade.versions.searching": event({}, () => progress("upgrade", "Fetching available versions to upgrade to")),

  /** The newest release of a kind: `description` "version in the v1.36 series". */
  "upgrade.release.found": event<{ description: string; version: string }>(
    { description: text, version: text },
    ({ description, version }) => progress("upgrade/versions", `Latest ${description}: ${version}`),
  ),

  /** All versions are known to which the cluster can be upgraded. */
  "upgrade.versions.found": event({}, () => [{ kind: "progress", text: "" }]),

  /** The result of `upgrade plan`. */
  "upgrade.planned": event<UpgradePlan>(
    {
      upgrades: [
        {
          description: text,
          command: commandText,
          components: [{ name: text, currentVersion: text, newVersion: text, nodeName: text }],
        },
      ],
      configurations: [{ group: text, currentVersion: text, preferredVersion: text }],
      outlook: {
        nodeName: text,
        kubernetesVersion: text,
        images: [{ image: text, isPresent: true }],
        certificates: [{ name: text, expires: text, isRenewed: true }],
        manifests: [text],
        edits: [text],
        refused: [text],
        deprecated: [text],
        kubelets: [{ nodeName: text, version: text, minors: 1, isSupported: false }],
        etcd: {
          members: [
            {
              ...{ id: text, name: text, isOwn: true, isLearner: false, isLeader: true, answers: true },
              ...{ version: text, databaseBytes: 1, quotaBytes: 1, troubles: [text] },
            },
          ],
          keepsQuorum: false,
          consequence: text,
        },
        backups: { directory: text, bytes: 1, reserveBytes: 1, availableBytes: 1, isEnough: true },
      },
    },
    // The command prints its result.
    () => [],
  ),

  /** The end of an upgrade that has run: what it leaves to the administrator on this machine. */
  "upgrade.kubelet.remaining": event<{ nodeName: string; kubernetesVersion: string }>(
    { nodeName: text, kubernetesVersion: text },
    ({ nodeName, kubernetesVersion }) => [
      {
        kind: "notice",
        text: `[upgrade] If the kubelet of this machine is older than ${kubernetesVersion}: drain the Node ${nodeName}, install the new kubelet, and restart it`,
        isProse: true,
      },
    ],
  ),

  /** The last event of `upgrade apply`. */
  "upgrade.finished": event<{ kubernetesVersion: string }>({ kubernetesVersion: text }, ({ kubernetesVersion }) => [
    { kind: "progress", text: "" },
    ...progress(
      "upgrade",
      `SUCCESS! A control plane node of your cluster was upgraded to ${goQuote(kubernetesVersion)}.`,
    ),
    { kind: "progress", text: "" },
    ...progress("upgrade", "Now please proceed with upgrading the rest of the nodes by following the right order."),
  ]),

  /** The last event of a dry run. */
  "upgrade.dry-run.finished": event({}, () => progress("upgrade/successful", "Finished dryrunning successfully!")),
};
