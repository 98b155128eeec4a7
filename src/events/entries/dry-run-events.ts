import { contentLines } from "../../errors/printable-text.ts";
import { goQuote } from "../../go/quote.ts";
import { event, text } from "../entry.ts";
import { inArea, type Line, progress } from "../line.ts";

export interface DryRunRequest {
  readonly verb: string;
  readonly resource: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace?: string;
}

export const dryRunEvents = {
  "dryrun.directory": event<{ path: string; variable: string }>(
    { path: text, variable: text },
    ({ path, variable }) => [
      {
        kind: "warning",
        text: `Using dry-run directory ${path}. To override it, set the environment variable ${variable}`,
      },
    ],
  ),

  /** A dry run of an upgrade reads from the cluster of the kubeconfig at `path`. */
  "dryrun.client": event<{ path: string }>({ path: text }, ({ path }) =>
    progress("dryrun", `Creating a real client from ${goQuote(path)}`),
  ),

  "dryrun.request": event<DryRunRequest>(
    { verb: text, resource: text, apiVersion: text, name: text, namespace: text },
    requestLines,
  ),

  /** What the request read, or what it would send, as YAML with secrets masked. */
  "dryrun.object": event<{ object: string }>({ object: text }, ({ object }) =>
    ["[dryrun] Attached object:", ...contentLines(object.replace(/\n$/, "")), ""].map((text) => ({
      kind: "progress",
      text,
    })),
  ),

  /** The object does not exist or cannot be requested; the dry run may use a made-up object instead. */
  "dryrun.missing": event<{ verb: "GET" | "LIST" }>({ verb: "GET" }, ({ verb }) =>
    progress(
      "dryrun",
      `Real object does not exist. Attempting to ${verb} from followup reactors or from the fake client tracker`,
    ),
  ),

  /** The cluster is unreachable: from here on, the dry run uses made-up objects instead of the cluster's. */
  "dryrun.unreachable": event<{ server: string; reason: string }>(
    { server: text, reason: text },
    ({ server, reason }) => [
      {
        kind: "warning",
        text: inArea(
          "dryrun",
          `${server} cannot be reached; the dry run continues without it, using placeholder objects where needed: ${reason}`,
        ),
      },
    ],
  ),

  "dryrun.written": event<{ directory: string; what: string }>(
    { directory: text, what: text },
    ({ directory, what }) => [
      ...progress("dryrun", `Wrote ${what} to the ${goQuote(directory)} directory`),
      ...progress("dryrun", "The certificates or kubeconfig files would not be printed due to their sensitive nature"),
      ...progress(
        "dryrun",
        `Please examine the ${goQuote(directory)} directory for details about what would be written`,
      ),
    ],
  ),

  "dryrun.file": event<{ path: string; content: string }>({ path: text, content: text }, ({ path, content }) => [
    ...progress("dryrun", `Would write file ${goQuote(path)} with content:`),
    ...contentLines(content.replace(/\n$/, "")).map((text) => ({ kind: "progress", text }) as const),
  ]),

  /** An action that a dry run does not take: "stop the kubelet". */
  "dryrun.would": event<{ area: string; action: string }>({ area: text, action: text }, ({ area, action }) =>
    progress(area, `Would ${action}`),
  ),

  /** What a dry run leaves out, and why. */
  "dryrun.note": event<{ note: string }>({ note: text }, ({ note }) => progress("dryrun", note)),

  /** A dry run checks whether a file exists. */
  "dryrun.checking": event<{ path: string }>({ path: text }, ({ path }) =>
    progress("dryrun", `would check if ${path} exists`),
  ),
};

/** For other requests, the object is enough. */
const showsName: ReadonlySet<string> = new Set(["GET", "PATCH", "DELETE"]);

function requestLines(event: DryRunRequest): readonly Line[] {
  const group = event.apiVersion.includes("/") ? event.apiVersion : `core/${event.apiVersion}`;
  const action = `${event.verb} on resource ${goQuote(event.resource)} in API group ${goQuote(group)}`;
  return [
    ...progress("dryrun", `Would perform action ${action}`),
    ...(showsName.has(event.verb)
      ? progress("dryrun", `Resource name ${goQuote(event.name)}, namespace ${goQuote(event.namespace ?? "")}`)
      : []),
  ];
}
