import type { EventOf } from "../../events/event.ts";
import type { UpgradeEventTypes } from "../../events/upgrade-events.ts";
import { formatDuration } from "../../go/duration.ts";
import { goQuote } from "../../go/quote.ts";
import { type Line, log, progress } from "./line.ts";

type UpgradeRules = {
  readonly [K in keyof UpgradeEventTypes]: (event: EventOf<K>) => readonly Line[];
};

/** The lines of `kubeadm upgrade plan`, `upgrade apply` and `upgrade node`; upstream's texts. */
export const upgradeRules: UpgradeRules = {
  "upgrade.configuration.missing": ({ configMap, namespace }) => [
    ...progress(
      "upgrade",
      `In order to upgrade, a ConfigMap called ${goQuote(configMap)} in the ${goQuote(namespace)} namespace must exist.`,
    ),
    ...progress(
      "upgrade/config",
      "Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.",
    ),
  ],
  "upgrade.configuration.used": ({ configuration }) => [
    ...progress("upgrade/config", "Configuration used:"),
    ...configuration
      .replace(/\n$/, "")
      .split("\n")
      .map((line): Line => ({ kind: "progress", text: `\t${line}` })),
  ],

  "upgrade.backups.kept": ({ directories }) =>
    directories.flatMap((directory) =>
      progress("upgrade", `The backup that the previous run has made is kept in ${goQuote(directory)}`),
    ),

  "upgrade.preflight.started": ({ command }) =>
    command === "plan"
      ? progress("preflight", "Running pre-flight checks.")
      : progress("upgrade/preflight", command === "apply" ? "Running preflight checks" : "Running pre-flight checks"),
  "upgrade.health.checking": () => progress("upgrade", "Running cluster health checks"),
  "upgrade.gate.unknown": ({ gate, command }) =>
    progress(command === "plan" ? "upgrade/config" : "upgrade/preflight", `Unknown feature gate flag: ${gate}`),
  "upgrade.version.chosen": ({ version }) =>
    progress("upgrade/preflight", `You have chosen to upgrade the cluster version to ${goQuote(version)}`),
  "upgrade.version.found": ({ of, version }) => progress("upgrade/versions", `${of} version: ${version}`),
  "upgrade.version.forced": ({ errors }) => [
    ...progress(
      "upgrade/preflight",
      `Found ${errors.length} potential version compatibility errors but skipping since the --force flag is set: `,
    ),
    { kind: "progress", text: "" },
    ...errors.map((text) => ({ kind: "progress", text: `\t- ${text}` }) as const),
  ],
  "upgrade.question": ({ question }) => [{ kind: "question", text: `[upgrade] ${question} [y/N]: ` }],

  "upgrade.worker.skipped": ({ area, what }) =>
    progress(`upgrade/${area}`, `Skipping ${what}. Not a control plane node.`),
  "upgrade.control-plane.started": ({ command, version, timeoutMs }) =>
    progress(
      "upgrade/control-plane",
      command === "apply"
        ? `Upgrading your static Pod-hosted control plane to version ${goQuote(version)} (timeout: ${formatDuration(timeoutMs)})...`
        : `Upgrading your Static Pod-hosted control plane instance to version ${goQuote(version)}...`,
    ),
  "upgrade.control-plane.finished": () =>
    progress("upgrade/control-plane", "The control plane instance for this node was successfully upgraded!"),
  "upgrade.manifests.writing": ({ directory }) =>
    progress("upgrade/staticpods", `Writing new Static Pod manifests to ${goQuote(directory)}`),
  "upgrade.static-pod.preparing": ({ component }) =>
    progress("upgrade/staticpods", `Preparing for ${goQuote(component)} upgrade`),
  "upgrade.static-pod.equal": ({ component }) =>
    progress("upgrade/staticpods", `Current and new manifests of ${component} are equal, skipping upgrade`),
  "upgrade.certificate.renewing": ({ name }) => progress("upgrade/staticpods", `Renewing ${name} certificate`),
  "upgrade.certificate.external": ({ name }) =>
    progress("upgrade/staticpods", `External CA detected, ${name} certificate can't be renewed`),
  "upgrade.static-pod.moving": ({ path, backupPath }) =>
    progress(
      "upgrade/staticpods",
      `Moving new manifest to ${goQuote(path)} and backing up old manifest to ${goQuote(backupPath)}`,
    ),
  "upgrade.static-pod.waiting": ({ timeoutMs }) => [
    ...progress("upgrade/staticpods", "Waiting for the kubelet to restart the component"),
    ...progress("upgrade/staticpods", `This can take up to ${formatDuration(timeoutMs)}`),
  ],
  "upgrade.static-pod.upgraded": ({ component }) =>
    progress("upgrade/staticpods", `Component ${goQuote(component)} upgraded successfully!`),
  "upgrade.static-pod.restoring": ({ path, backupPath }) =>
    progress("upgrade/staticpods", `Restoring ${goQuote(path)} from ${goQuote(backupPath)}`),
  "upgrade.static-pod.restored": ({ component }) =>
    progress("upgrade/staticpods", `Component ${goQuote(component)} is healthy again, as it was before the upgrade`),

  "upgrade.bootstrap.configuring": () =>
    progress("upgrade/bootstrap-token", "Configuring bootstrap token and cluster-info RBAC rules"),
  "upgrade.addon.skipped": ({ addon, reason }) =>
    progress("upgrade/addon", `Skipping the addon/${addon} phase. ${reason}`),
  "upgrade.addon.waiting": ({ nodes }) =>
    progress(
      "upgrade/addon",
      `Skipping upgrade of addons because control plane instances [${nodes.join(" ")}] have not been upgraded`,
    ),
  "upgrade.kubelet.server.changing": ({ path, from, to }) =>
    log(1, "", `Changing the Server URL from ${goQuote(from)} to ${goQuote(to)} in ${path}`),
  "upgrade.kubeconfigs.finished": () =>
    progress("upgrade/kubeconfig", "The kubeconfig files for this node were successfully upgraded!"),
  "upgrade.kubelet-environment.copying": ({ path }) => progress("upgrade", `Backing up kubelet env file to ${path}`),
  "upgrade.etcd.skipped": ({ desired, installed }) =>
    progress(
      "upgrade/etcd",
      `Non fatal issue encountered during upgrade: the desired etcd version ${goQuote(desired)} is older than the currently installed ${goQuote(installed)}. Skipping etcd upgrade`,
    ),
  "upgrade.etcd.snapshot.saved": ({ path, bytes }) =>
    progress("upgrade/etcd", `Saved a snapshot of etcd with ${bytes} bytes to ${goQuote(path)}`),
  "upgrade.etcd.leadership.transferred": ({ member }) =>
    progress("upgrade/etcd", `Transferred the leadership of etcd to the member ${goQuote(member)}`),
  "upgrade.etcd.waiting": ({ isPrevious }) =>
    progress("upgrade/etcd", `Waiting for ${isPrevious ? "previous etcd" : "etcd"} to become available`),
  "upgrade.etcd.failed": ({ reason }) => progress("upgrade/etcd", `Failed to upgrade etcd: ${reason}`),
  "upgrade.etcd.data.restoring": () => progress("upgrade/etcd", "Rolling back etcd data"),
  "upgrade.etcd.data.restored": () => progress("upgrade/etcd", "Etcd data rollback successful"),
  "upgrade.etcd.restored": () => progress("upgrade/etcd", "Etcd was rolled back and is now available"),
  "upgrade.kubelet-configuration.copying": ({ path }) =>
    progress("upgrade", `Backing up kubelet config file to ${path}`),
  "upgrade.kubelet-configuration.finished": () =>
    progress("upgrade/kubelet-config", "The kubelet configuration for this node was successfully upgraded!"),

  "upgrade.versions.searching": () => progress("upgrade", "Fetching available versions to upgrade to"),
  "upgrade.release.found": ({ description, version }) =>
    progress("upgrade/versions", `Latest ${description}: ${version}`),
  "upgrade.versions.found": () => [{ kind: "progress", text: "" }],
  // The command prints its result.
  "upgrade.planned": () => [],

  "upgrade.finished": ({ kubernetesVersion }) => [
    { kind: "progress", text: "" },
    ...progress(
      "upgrade",
      `SUCCESS! A control plane node of your cluster was upgraded to ${goQuote(kubernetesVersion)}.`,
    ),
    { kind: "progress", text: "" },
    ...progress("upgrade", "Now please proceed with upgrading the rest of the nodes by following the right order."),
  ],
  "upgrade.dry-run.finished": () => progress("upgrade/successful", "Finished dryrunning successfully!"),
};
