// What the steps of a run have counted: reports in vitest's JSON format, which stay for `npm run test:slow`.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Step } from "./step.ts";

export interface Count {
  readonly passed: number;
  readonly failed: number;
  /** Whole names of the tests that failed, each with its file and the beginning of why. */
  readonly failures: readonly string[];
  /** Whole names of tests; "[needs X]" in one says why it was skipped. */
  readonly skipped: readonly string[];
}

export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly SuiteReport[];
}

export interface SuiteReport {
  /** Path of the file. */
  readonly name: string;
  readonly status: string;
  /** Milliseconds since 1970. The differ's report has no times. */
  readonly startTime?: number;
  readonly endTime?: number;
  readonly assertionResults: readonly TestReport[];
  /** Why the file failed outside of its tests. */
  readonly message?: string;
}

export interface TestReport {
  readonly fullName: string;
  readonly status: string;
  /** Milliseconds. */
  readonly duration?: number | null;
  /** Messages with their stacks. */
  readonly failureMessages?: readonly string[];
}

const directory = resolve(import.meta.dirname, "../../node_modules/.cache/kubeadm-tests");

/** Where a step writes its report; the report of an earlier run was removed. */
export function newReportFile(step: string): string {
  const file = reportFile(step);
  mkdirSync(directory, { recursive: true });
  rmSync(file, { force: true });
  return file;
}

function reportFile(step: string): string {
  return join(directory, `${step.replaceAll(" ", "-")}.json`);
}

/** Undefined if the step has written none. */
export function readReport(step: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(reportFile(step), "utf8")) as Report;
  } catch {
    return undefined;
  }
}

const unwritten: Report = { numPassedTests: 0, numFailedTests: 1, testResults: [] };

/** What a step has counted that ended with this exit status; one without tests counts as one. */
export function countOf({ name, counting }: Step, code: number): Count {
  if (counting === undefined) {
    const failed = code === 0 ? 0 : 1;
    return { passed: 1 - failed, failed, failures: [], skipped: [] };
  }
  const { numPassedTests, numFailedTests, testResults } = readReport(name) ?? unwritten;
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "skipped" || status === "pending")
    .map(({ fullName }) => fullName);
  // A suite that could not be loaded has no failed tests, only a non-zero exit status.
  const failed = Math.max(numFailedTests, code === 0 ? 0 : 1);
  return { passed: numPassedTests, failed, failures: testResults.flatMap(failuresOf), skipped };
}

/** Returns the names of the failed tests of a file; the file's own name if something outside of its tests failed. */
function failuresOf({ name, status, message = "", assertionResults }: SuiteReport): readonly string[] {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((each) => each.status === "failed");
  if (failed.length === 0) return status === "failed" ? [withReason(file, message)] : [];
  return failed.map(({ fullName, failureMessages = [] }) =>
    withReason(`${file}: ${fullName}`, failureMessages[0] ?? ""),
  );
}

const mostReasonLines = 12;

/** A failure that a busy machine caused is not seen again: the last lines of a run have to say what it was. */
function withReason(failure: string, message: string): string {
  const lines = stripVTControlCharacters(message)
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
  return [failure, ...lines.slice(0, mostReasonLines).map((line) => `         | ${line.slice(0, 200)}`)].join("\n");
}

/** Returns what was skipped, by what it needs: mostly the name of a Debian package. */
export function linesOfSkipped(names: readonly string[]): readonly string[] {
  const reasons = names.map((name) => {
    const needed = /\[needs ([^\]]+)\]/.exec(name)?.[1];
    if (needed !== undefined) return `need ${needed}`;
    return name.includes("[not for this adapter: ") ? "are not for the adapter that is tested" : `skipped: ${name}`;
  });
  return [...new Set(reasons)]
    .sort()
    .map((reason) => `skipped ${String(reasons.filter((other) => other === reason).length).padStart(3)}: ${reason}`);
}
