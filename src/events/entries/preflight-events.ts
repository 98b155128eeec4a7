import { goQuote } from "../../go/quote.ts";
import { event, text } from "../entry.ts";
import { type Line, log, progress } from "../line.ts";

/** One result of a preflight check. */
export interface Finding {
  /** Stable name, as users pass it to --ignore-preflight-errors: "Port-10250". */
  readonly check: string;
  readonly message: string;
  /** What to do about it, in upstream's words, where it has some. */
  readonly suggestion?: string;
  /** What to do about it, in addition to upstream's message. */
  readonly remedy?: string;
}

export interface SystemReportLine {
  readonly key: string;
  readonly value: string;
  readonly verdict: "good" | "bad" | "warning";
}

export const preflightEvents = {
  "preflight.started": event<{ subject: "node" | "new-control-plane" }>({ subject: "node" }, ({ subject }) =>
    progress(
      "preflight",
      subject === "node"
        ? "Running pre-flight checks"
        : "Running pre-flight checks before initializing the new control plane instance",
    ),
  ),

  "check.passed": event<{ check: string; durationMs?: number }>({ check: text, durationMs: 1 }, ({ check }) =>
    log(1, "preflight", `check ${check} passed`),
  ),

  /** A warning, or an error that --ignore-preflight-errors turned into one. */
  "check.warned": event<Finding & { readonly ignored: boolean }>(
    { check: text, message: text, suggestion: text, remedy: text, ignored: true },
    (finding) => findingLines("WARNING", finding),
  ),

  "preflight.failed": event<{ findings: readonly Finding[] }>(
    { findings: [{ check: text, message: text, suggestion: text, remedy: text }] },
    ({ findings }) => [
      { kind: "notice", text: "[preflight] Some fatal errors occurred:" },
      ...findings.flatMap((finding) => findingLines("ERROR", finding)),
      {
        kind: "notice",
        text: "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`",
      },
    ],
  ),

  /** The report of the check SystemVerification; emitted only if it contains errors. */
  "preflight.system-report": event<{ lines: readonly SystemReportLine[] }>(
    { lines: [{ key: "KEY", value: text, verdict: "bad" }] },
    ({ lines }) => [
      ...progress("preflight", "The system verification failed. Printing the output from the verification:"),
      ...lines.map(reportLine),
    ],
  ),

  /** The container runtime pulls the images that it does not have. `area`: the prefix of the lines. */
  "preflight.images.pulling": event<{ area: string }>({ area: text }, ({ area }) =>
    [
      "Pulling images required for setting up a Kubernetes cluster",
      "This might take a minute or two, depending on the speed of your internet connection",
      "You can also perform this action beforehand using 'kubeadm config images pull'",
    ].flatMap((text) => progress(area, text)),
  ),

  "cluster.configuration.reading": event<{
    configMap: string;
    namespace: string;
    /** Who reads it; by default "preflight". */
    area?: string;
  }>({ configMap: text, namespace: text, area: text }, ({ configMap, namespace, area = "preflight" }) => [
    ...progress(
      area,
      `Reading configuration from the ${goQuote(configMap)} ConfigMap in namespace ${goQuote(namespace)}...`,
    ),
    ...progress(area, "Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it."),
  ]),
};

function findingLines(severity: "WARNING" | "ERROR", { check, message, suggestion, remedy }: Finding): readonly Line[] {
  const tag = `\t[${severity} ${check}]:`;
  const color = severity === "ERROR" ? "red" : "yellow";
  const finding: Line = { kind: "notice", tag: { color, text: tag }, text: `${tag} ${message}` };
  return [
    finding,
    ...(suggestion === undefined ? [] : [{ kind: "notice", text: `Suggestion: ${suggestion}` } as const]),
    ...(remedy === undefined ? [] : [{ kind: "notice", text: `\t\t${remedy}`, isProse: true } as const]),
  ];
}

const reportColors = { good: "green", bad: "red", warning: "yellow" } as const;

function reportLine({ key, value, verdict }: SystemReportLine): Line {
  return {
    kind: "painted",
    // Upstream's white keys cannot be read on a white background.
    parts: [{ text: `${key}: ` }, { color: reportColors[verdict], text: value }],
  };
}
