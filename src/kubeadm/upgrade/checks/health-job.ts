import { poll } from "../../../async/poll.ts";
import { throwIfAborted } from "../../../async/signal.ts";
import { nodes } from "../../../cluster/resources.ts";
import { type JobObject, jobs } from "../../../cluster/workload-resources.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import { goQuote } from "../../../go/quote.ts";
import { controlPlaneTaint } from "../../../kubernetes/taint.ts";
import { shell } from "../../../values/shell.ts";
import { alreadyExists, explainRequestFailure } from "../../cluster-objects/explain-request-failure.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { type ClusterWritePorts, persistently } from "../../cluster-objects/write-objects.ts";
import type { ClusterConfiguration } from "../../config/cluster/cluster-configuration.ts";
import { pauseImage } from "../../images/control-plane-images.ts";
import { type Check, type CheckResult, passed, problem } from "../../preflight/check.ts";
import { progressReporter } from "../../waiting/persist.ts";
import { clusterCheck } from "./cluster-check.ts";
import { lookAtJobPod } from "./health-job-pod.ts";

const namespace = systemNamespace;
const name = "upgrade-health-check";
/** How long the Job may take; upstream's. The cluster ends it a little later, if nothing else does. */
const deadlineMs = 60_000;
const deadlineSeconds = 65;
/** The Job's result is read within moments; upstream leaves the Job for 65 s. */
const leftSeconds = 10;
const askEveryMs = 250;
/** A healthy cluster needs a second or two. */
const reportAfterMs = 3_000;
/** On a busy machine a Job takes some seconds: nobody has to look for a fault yet. */
const askForHelpAfterMs = 10_000;
const incomplete = "no condition of type Complete";

/** Checks that the cluster runs a Pod, by a Job of the pause image that prints its version. */
export function createJobCheck(cluster: ClusterConfiguration, ports: ClusterWritePorts): Check {
  return jobCheck(ports, (own) => runJob(pauseImage(cluster), own));
}

/** The same in a dry run: the Job is only sent to the dry run's client, which shows it. */
export function createJobCheckOfDryRun(cluster: ClusterConfiguration, ports: ClusterWritePorts): Check {
  return jobCheck(ports, async (own) => {
    await createJob(nextName(own), pauseImage(cluster), own);
    return passed;
  });
}

function jobCheck(ports: ClusterWritePorts, withNodes: (own: ClusterWritePorts) => Promise<CheckResult>): Check {
  const run = async (own: ClusterWritePorts) => {
    const words = {
      what: "schedulable Nodes",
      context: () => "could not check if there is at least one Node that can schedule a test Pod",
    };
    const fieldSelector = "spec.unschedulable=false";
    const found = await persistently(words, own, (client, each) =>
      client.list(nodes, { fieldSelector, limit: 1, signal: each }),
    );
    if (found.length > 0) return withNodes(own);
    const message =
      'The preflight check "CreateJob" was skipped because there are no schedulable Nodes in the cluster.';
    own.events.emit("warning", { message });
    return passed;
  };
  return clusterCheck({ name: "CreateJob", severity: "error", run }, ports);
}

function nextName({ clock }: ClusterWritePorts): string {
  return `${name}-${clock.now().getTime()}`;
}

async function runJob(image: string, ports: ClusterWritePorts): Promise<CheckResult> {
  const jobName = nextName(ports);
  const shown = shownJob(jobName);
  await createJob(jobName, image, ports);
  const failed = (reason: string) => `Job ${shown} did not complete in 1m0s: ${reason}`;
  try {
    await completion({ jobName, image }, failed, ports);
    return passed;
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    const pod = await lookAtJobPod({ jobName, image }, ports).catch(() => undefined);
    throwIfAborted(ports.signal);
    return problem(pod === undefined ? error.message : `${error.message}. ${pod.reason}`, {
      remedy:
        pod?.remedy ??
        `\`${shell`kubectl -n ${namespace} get events`}\` shows what happened to the Job ${jobName} and its Pod.`,
    });
  }
}

function shownJob(jobName: string): string {
  return `${goQuote(jobName)} in the namespace ${goQuote(namespace)}`;
}

async function createJob(jobName: string, image: string, ports: ClusterWritePorts): Promise<void> {
  const words = { what: `Job ${namespace}/${jobName}`, context: () => `could not create Job ${shownJob(jobName)}` };
  await persistently(words, ports, async (client, signal) => {
    try {
      await client.create(jobs, jobOf(jobName, image), { namespace, signal });
    } catch (error) {
      // An earlier attempt whose answer was lost has created it.
      if (!alreadyExists(error)) throw error;
    }
  });
}

/** The Job has failed, or not ended in time; becomes a finding. */
class JobFailure extends Error {}

/** Waits for the end of the Job. A Job that has failed does not complete any more: upstream asks on for a minute. */
async function completion(
  { jobName, image }: { readonly jobName: string; readonly image: string },
  failed: (reason: string) => string,
  ports: ClusterWritePorts,
): Promise<void> {
  const { cluster, clock, events, signal, refusalPatienceMs } = ports;
  const what = `Job ${namespace}/${jobName}`;
  using report = progressReporter({ what, deadlineMs, afterMs: reportAfterMs, clock, events });
  let unreadableSince: number | undefined;
  let waits: { readonly reason: string; readonly remedy?: string; readonly askedAtMs: number } | undefined;
  await poll<undefined>({
    until: async ({ elapsedMs }) => {
      let job: JobObject;
      try {
        job = await cluster.get(jobs, { namespace, name: jobName }, { signal });
        unreadableSince = undefined;
      } catch (error) {
        const failure = explainRequestFailure(failed("it cannot be read"), error, refusalPatienceMs);
        unreadableSince ??= elapsedMs;
        if (elapsedMs - unreadableSince >= failure.patienceMs) throw failure.error;
        return { done: false, reason: failure.reason ?? failure.error.message, cause: failure.error };
      }
      const conditions = job.status?.conditions ?? [];
      if (conditions.some(({ type }) => type === "Complete")) return { done: true, value: undefined };
      const failure = conditions.find(({ type }) => type === "Failed");
      if (failure !== undefined) {
        const reason = foreignText(failure.message ?? failure.reason ?? "no reason is given");
        throw new JobFailure(failed(`it failed: ${reason}`));
      }
      if (elapsedMs >= reportAfterMs && elapsedMs - (waits?.askedAtMs ?? 0) >= reportAfterMs) {
        const pod = await lookAtJobPod({ jobName, image }, ports).catch(() => undefined);
        throwIfAborted(signal);
        waits = { reason: incomplete, ...pod, askedAtMs: elapsedMs };
      }
      return { done: false, reason: incomplete };
    },
    everyMs: () => askEveryMs,
    deadlineMs,
    clock,
    signal,
    onWaiting: (reason, attempt) => {
      if (reason !== incomplete || waits === undefined) return report(`${reason} at ${cluster.server}`, attempt);
      const { reason: why, remedy } = waits;
      const isUsual = remedy === undefined || attempt.elapsedMs < askForHelpAfterMs;
      report(why, attempt, isUsual ? undefined : { action: remedy });
    },
    onTimeout: (reason, cause) => (cause instanceof KubeadmError ? cause : new JobFailure(failed(reason))),
  });
}

function jobOf(jobName: string, image: string): JobObject {
  return {
    metadata: { name: jobName, namespace },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: leftSeconds,
      activeDeadlineSeconds: deadlineSeconds,
      template: {
        metadata: {},
        spec: {
          restartPolicy: "Never",
          securityContext: { runAsUser: 999, runAsGroup: 999, runAsNonRoot: true },
          tolerations: [controlPlaneTaint],
          containers: [{ name, image, args: ["-v"] }],
        },
      },
    },
  };
}
