import { KubeadmError } from "../errors/kubeadm-error.ts";
import type { Phase } from "./phase.ts";

/** A phase in a plan. */
export interface Step<Context> {
  /** Names from the root of the tree, joined by "/", as --skip-phases takes them. */
  readonly fullName: string;
  /** 0 for a phase of the list, 1 for its children, and so on. */
  readonly depth: number;
  readonly phase: Phase<Context>;
  /** Whether --skip-phases names the phase or a parent of it. */
  readonly skipped: boolean;
}

/** Which phases `plan` returns; by default, all. */
export interface PlanOptions {
  /** Full names; a parent's name covers its children. */
  readonly skip?: readonly string[];
  /** One full name: only this phase and its children run. */
  readonly only?: string;
}

/** Returns every phase of the tree in execution order, parents before children. */
export function flatten<Context>(phases: readonly Phase<Context>[], prefix = "", depth = 0): readonly Step<Context>[] {
  return phases.flatMap((phase) => {
    const fullName = prefix === "" ? phase.name : `${prefix}/${phase.name}`;
    return [{ fullName, depth, phase, skipped: false }, ...flatten(phase.phases ?? [], fullName, depth + 1)];
  });
}

/**
 * Returns the steps to run, in order. Throws KubeadmError: PHASE_UNKNOWN if no phase, hidden or not, has a name of `skip`
 * or `only`; PHASE_DEPENDENCY_MISSING if a phase would run without one that it needs.
 */
export function plan<Context>(phases: readonly Phase<Context>[], options: PlanOptions = {}): readonly Step<Context>[] {
  const steps = flatten(phases);
  const names = new Set(steps.map((step) => step.fullName));
  if (options.only !== undefined && !names.has(options.only)) throw unknownPhase(options.only, names);
  // `<parent>/all` is upstream's helper subcommand: a valid name that skips nothing.
  for (const step of steps)
    if (step.phase.phases !== undefined && step.phase.all !== "none") names.add(`${step.fullName}/all`);
  for (const name of options.skip ?? []) {
    if (!names.has(name)) throw unknownPhase(name, names);
  }
  const chosen =
    options.only === undefined ? steps : steps.filter((step) => isWithin(step.fullName, options.only ?? ""));
  const planned = chosen.map((step) => ({
    ...step,
    skipped: (options.skip ?? []).some((name) => isWithin(step.fullName, name)),
  }));
  requireNeeded(planned);
  return planned;
}

function unknownPhase(phase: string, known: ReadonlySet<string>): KubeadmError {
  return new KubeadmError("PHASE_UNKNOWN", `invalid phase name: ${phase}`, { details: { phase, known: [...known] } });
}

function requireNeeded<Context>(steps: readonly Step<Context>[]): void {
  const running = steps.filter(({ skipped }) => !skipped);
  const lines = running.flatMap(({ fullName, phase }) => {
    const missing = (phase.needs ?? []).filter((name) => !running.some((step) => step.fullName === name));
    return missing.length === 0 ? [] : [`\tmissing [${missing.join(" ")}] phase(s) needed by "${fullName}" phase`];
  });
  if (lines.length === 0) return;
  throw new KubeadmError("PHASE_DEPENDENCY_MISSING", ["unresolved dependencies:", ...lines]);
}

function isWithin(fullName: string, name: string): boolean {
  return fullName === name || fullName.startsWith(`${name}/`);
}
