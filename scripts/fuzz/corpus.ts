import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Inputs that once showed a defect, one directory for each target: part of the repository. */
export const regressionDirectory = join(root, "test/fuzz/corpus");

/** What a run keeps: its state, the inputs that got new kinds of answers, and those that failed. */
export const workDirectory = join(root, "node_modules/.cache/kubeadm-fuzz");

/** The most inputs that the corpus of a target keeps. */
const mostKept = 400;
const longestKept = 8_192;

/** The inputs of a directory, by their names' order. */
export function inputsIn(directory: string): readonly { readonly name: string; readonly input: Uint8Array }[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .map((name) => ({ name, input: new Uint8Array(readFileSync(join(directory, name))) }));
}

export function regressionsOf(target: string) {
  return inputsIn(join(regressionDirectory, target));
}

const corpusOf = (target: string) => join(workDirectory, "corpus", target);

/** What earlier runs of the target kept, and its regressions. */
export function corpusInputs(target: string): readonly Uint8Array[] {
  return [...regressionsOf(target), ...inputsIn(corpusOf(target))].map(({ input }) => input);
}

export function keep(target: string, input: Uint8Array): void {
  const directory = corpusOf(target);
  if (input.length > longestKept || (existsSync(directory) && readdirSync(directory).length >= mostKept)) return;
  write(directory, input);
}

/** Writes an input that failed; returns its path. */
export function keepFailure(target: string, input: Uint8Array): string {
  return write(join(workDirectory, "failures", target), input);
}

function write(directory: string, input: Uint8Array): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, createHash("sha256").update(input).digest("hex").slice(0, 12));
  writeFileSync(path, input);
  return path;
}
