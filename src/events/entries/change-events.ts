import { event, text } from "../entry.ts";
import { log } from "../line.ts";
import { rounded } from "./rounded.ts";

export const changeEvents = {
  "file.changed": event<{
    path: string;
    outcome: "created" | "changed" | "removed";
    /** Permission bits that the entry has now; absent if it was removed, and for symlinks. */
    mode?: number;
    /** Absent if it was removed. */
    kind?: "file" | "directory" | "symlink" | "socket" | "other";
  }>({ path: text, outcome: "created", mode: 1, kind: "file" }, ({ path, outcome, mode }) =>
    log(2, "file", `${outcome} ${path}${outcome === "created" ? modeText(mode) : ""}`),
  ),

  "service.changed": event<{ service: string; action: "started" | "stopped" | "restarted" | "reloaded" }>(
    { service: text, action: "started" },
    ({ service, action }) => log(2, "service", `${action} ${service}`),
  ),

  "mount.removed": event<{ path: string }>({ path: text }, ({ path }) => log(2, "mount", `unmounted ${path}`)),

  "command.finished": event<{ program: string; exitCode: number; durationMs: number }>(
    { program: text, exitCode: 1, durationMs: 1 },
    ({ program, exitCode, durationMs }) =>
      log(2, "command", `${program} ended with status ${exitCode} after ${rounded(durationMs)}`),
  ),

  /** The API server has stored or deleted an object. `resource`: its plural name, as in the URL. */
  "object.changed": event<{
    verb: "created" | "updated" | "patched" | "deleted";
    resource: string;
    name: string;
    namespace?: string;
  }>({ verb: "created", resource: text, name: text, namespace: text }, ({ verb, resource, name, namespace }) =>
    log(2, "object", `${verb} ${resource} ${namespace === undefined ? "" : `${namespace}/`}${name}`),
  ),

  "request.finished": event<{
    method: string;
    url: string;
    status: number;
    durationMs: number;
  }>({ method: text, url: text, status: 1, durationMs: 1 }, ({ method, url, status, durationMs }) =>
    log(6, "request", `${method} ${url} ${status} in ${Math.round(durationMs)} milliseconds`),
  ),

  /** A request to an API server that got no response. `reason`: "refused", "timed-out", "certificate-untrusted" … */
  "request.failed": event<{
    method: string;
    url: string;
    reason: string;
    durationMs: number;
  }>(
    { method: text, url: text, reason: text, durationMs: 1 },
    // The reason of the wait or the error has the same text.
    () => [],
  ),
};

function modeText(mode: number | undefined): string {
  return mode === undefined ? "" : ` with mode ${mode.toString(8).padStart(4, "0")}`;
}
