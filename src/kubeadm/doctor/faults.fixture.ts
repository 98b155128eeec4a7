import { expect, it } from "vitest";
import { examined, healthyWorker, type Worker } from "./worker.fixture.ts";

export interface Fault {
  readonly name: string;
  readonly inject: (worker: Worker) => void | Promise<void>;
  /** The check that must be named first. */
  readonly first: string;
  readonly says: RegExp;
  /** "warning" unless it keeps the node out of its cluster. */
  readonly state?: "warning";
  /** What the finding tells to run, if that is looked at. */
  readonly commands?: readonly string[];
}

/** Injects each fault into a healthy worker: it must be named first, and everything else be its consequence. */
export function itNamesFirst(faults: readonly Fault[]): void {
  it.each(faults)("$name", async ({ inject, first, says, state = "error", commands }) => {
    const worker = await healthyWorker();
    await inject(worker);
    const { checks, findings, firstCause, state: found } = await examined(worker);
    expect(checks.find(({ findings: [finding] }) => finding?.finding.includes("defect"))).toBeUndefined();
    expect({ firstCause, state: found }).toEqual({ firstCause: first, state });
    expect(findings[0]?.findings[0]?.finding).toMatch(says);
    if (commands !== undefined) expect(findings[0]?.findings[0]?.commands).toEqual(commands);
    expect(findings.slice(1).every(({ causes, state: other }) => causes.length > 0 || other === "warning")).toBe(true);
  });
}

/** The status of a kubelet's service that exits again and again with this last line in its log. */
export const looping = (line: string) =>
  ({
    exists: true,
    enabled: true,
    state: "activating",
    subState: "auto-restart",
    allRestarts: 7,
    exitStatus: 1,
    journal: [line],
  }) as const;

/** A line of the kubelet's log. */
export const failing = (message: string) =>
  `E1126 15:04:20.538864     686 run.go:72] "command failed" err="${message}"`;
