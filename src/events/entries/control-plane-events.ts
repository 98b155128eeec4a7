import { formatDuration } from "../../go/duration.ts";
import { goQuote } from "../../go/quote.ts";
import { event, text } from "../entry.ts";
import { progress } from "../line.ts";

export const controlPlaneEvents = {
  /** The directory in which the static Pods of a control plane are to be written. */
  "manifest.directory": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("control-plane", `Using manifest folder ${goQuote(directory)}`),
  ),

  /** `directory` is set for a local etcd that starts a new cluster. */
  "manifest.writing": event<{ component: string; directory?: string }>(
    { component: text, directory: text },
    ({ component, directory }) =>
      progress(
        component === "etcd" ? "etcd" : "control-plane",
        `Creating static Pod manifest for ${directory === undefined ? goQuote(component) : `local etcd in ${goQuote(directory)}`}`,
      ),
  ),

  "control-plane.waiting": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress(
      "wait-control-plane",
      `Waiting for the kubelet to boot up the control plane as static Pods from directory ${goQuote(directory)}`,
    ),
  ),

  "control-plane.health.waiting": event<{ timeoutMs: number }>({ timeoutMs: 1 }, ({ timeoutMs }) =>
    progress(
      "control-plane-check",
      `Waiting for healthy control plane components. This can take up to ${formatDuration(timeoutMs)}`,
    ),
  ),

  "component.health.checking": event<{ component: string; url: string }>(
    { component: text, url: text },
    ({ component, url }) => progress("control-plane-check", `Checking ${component} at ${url}`),
  ),

  "component.health.reached": event<{ component: string; durationMs: number }>(
    { component: text, durationMs: 1 },
    ({ component, durationMs }) =>
      progress("control-plane-check", `${component} is healthy after ${formatDuration(durationMs)}`),
  ),

  "component.health.missed": event<{ component: string; durationMs: number }>(
    { component: text, durationMs: 1 },
    ({ component, durationMs }) =>
      progress("control-plane-check", `${component} is not healthy after ${formatDuration(durationMs)}`),
  ),

  /** What an operator should check when the control plane does not start. */
  "control-plane.advice": event<{ lines: readonly string[] }>({ lines: [`\t${text}`] }, ({ lines }) =>
    ["", ...lines, ""].map((text) => ({ kind: "progress", text })),
  ),

  "patches.reading": event<{ directory: string }>({ directory: text }, ({ directory }) =>
    progress("patches", `Reading patches from path ${goQuote(directory)}`),
  ),

  "patches.found": event<{ files: readonly string[] }>({ files: [text] }, ({ files }) =>
    progress("patches", `Found the following patch files: [${files.join(" ")}]`),
  ),

  "patches.ignored": event<{ files: readonly string[] }>({ files: [text] }, ({ files }) =>
    progress("patches", `Ignored the following files: [${files.join(" ")}]`),
  ),

  "patches.file.ignored": event<{ path: string; reason: string }>({ path: text, reason: text }, ({ path, reason }) =>
    progress(
      "patches",
      reason === "empty" ? `Ignoring empty file: ${goQuote(path)}` : `Ignoring file ${goQuote(path)}: ${reason}`,
    ),
  ),

  "patches.applied": event<{ patchType: string; target: string }>(
    { patchType: text, target: text },
    ({ patchType, target }) =>
      progress("patches", `Applied patch of type ${goQuote(patchType)} to target ${goQuote(target)}`),
  ),

  "etcd.checking": event({}, () => progress("check-etcd", "Checking that the etcd cluster is healthy")),

  "etcd.check.skipped": event({}, () => progress("check-etcd", "Skipping etcd check in external mode")),

  /** The cluster uses an external etcd: no member is added. */
  "etcd.external": event({}, () =>
    progress("control-plane-join", "Using external etcd - no local stacked instance added"),
  ),

  "etcd.member.announced": event<{ memberId: string; peerUrl: string }>({ memberId: text, peerUrl: text }, () =>
    progress("etcd", "Announced new etcd member joining to the existing etcd cluster"),
  ),

  "etcd.member.waiting": event<{ timeoutMs: number }>({ timeoutMs: 1 }, ({ timeoutMs }) =>
    progress("etcd", `Waiting for the new etcd member to join the cluster. This can take up to ${timeoutMs / 1_000}s`),
  ),

  /** The new member, a learner, has not received the list that includes it: its container is restarted. */
  "etcd.member.restarting": event({}, () =>
    progress("etcd", "Restarting the new etcd member: it missed its own announcement"),
  ),
};
