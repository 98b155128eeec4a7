import { defined } from "../../../values/defined.ts";
import type { StaticPodName } from "../write-manifest.ts";
import type { RunningPod } from "./running-pods.ts";

/*
 * The replacement of a static Pod by one of another manifest, and the way back. `Found` is what an attempt finds on disk,
 * which is all that is left of one that was killed:
 *
 * | found     | manifest                                      | backup               | left by |
 * |-----------|-----------------------------------------------|----------------------|---------|
 * | previous  | the previous one                              | none, or the same    | no attempt; one killed before it changed the manifest; one that went back |
 * | edited    | neither of the two                            | the previous one     | an administrator, after an attempt; it gets a backup of its own |
 * | away      | none                                          | the previous one     | one killed from `stopping` until `placing`, or that failed in `stopped`, either way |
 * | waiting   | the new one, waiting for the previous Pod     | the previous one     | one killed in `ending`, or before `placing` has written |
 * | placed    | the new one                                   | the previous one     | one killed in `starting` or later |
 * | returning | the previous one, waiting for the new Pod     | the previous one     | the same on the way back |
 *
 * The states of one attempt. Each has the manifest that the kubelet sees: "as found", none, or the target, which is the new
 * manifest or, on the way back, the previous one. Killed, it leaves that, and the next attempt finds it; nothing else is
 * remembered. A failure goes to `failed`, from which only the rollback continues.
 *
 * | state       | manifest         | what is done in it                             | then |
 * |-------------|------------------|------------------------------------------------|------|
 * | found       | as found         | nothing                                        | begin: saving, or preparing if it is placed; accept: working; goBack |
 * | saving      | as found         | the manifest is copied, unless there is a copy | preparing |
 * | preparing   | as found         | certificates are renewed                       | ready |
 * | ready       | as found         | nothing: others may have to be ready, too      | go: removing, looking, or starting if it is placed; goBack |
 * | removing    | as found         | the manifest is removed, for what needs a stop | stopping |
 * | stopping    | none             | the kubelet stops the Pod                      | stopped; failed: puttingBack |
 * | puttingBack | none             | what was removed is written again              | failed |
 * | stopped     | none             | etcd's data is copied, or restored             | looking |
 * | looking     | as found or none | the runtime says which Pods run                | ending if that is another Pod, otherwise placing |
 * | ending      | target, waiting  | the kubelet ends the Pod                       | placing |
 * | placing     | target           | the manifest is written as it is               | starting |
 * | starting    | target           | the kubelet starts the Pod                     | proving |
 * | proving     | target           | the component becomes healthy                  | working; restored on the way back |
 * | working     | new              | nothing: others are replaced                   | settle: settling; goBack |
 * | settling    | new              | its container runs for seconds without an exit | settled |
 * | settled     | new              | nothing: others may fail                       | goBack |
 * | returning   | as it is         | the copy is read                               | removing or looking; untouched without a copy |
 * | restored    | previous         | nothing: the previous Pod works                | (the end) |
 * | untouched   | as found         | nothing: no attempt has changed it             | (the end) |
 * | failed      | as it is         | nothing: the error is reported                 | goBack |
 */

export type Found = "previous" | "edited" | "away" | "waiting" | "placed" | "returning";

/** A static Pod that is to be replaced, and what is on disk of that. */
export interface StaticPodChange {
  readonly component: StaticPodName;
  /** The new manifest. */
  readonly manifest: string;
  /** The previous manifest, from `saving` on. */
  readonly backupPath: string;
  readonly found: Found;
  /** When the manifest was written that was found; when it was looked for if there is none. */
  readonly since: Date;
  /** The UID of the Pod that the previous manifest made; undefined if it is not known, or none runs. */
  readonly previousUid?: string;
}

/** What is particular to a component. */
export interface ReplacementSteps {
  /** Milliseconds for the kubelet and the component together. */
  readonly timeoutMs: number;
  /** Runs before the manifest changes, and again when an interrupted attempt continues, for example to renew certificates. */
  readonly prepare?: () => Promise<void>;
  /**
   * Runs while the component is stopped, and the manifest is away for that time. Without this step the manifest is never
   * missing.
   */
  readonly whileStopped?: () => Promise<void>;
  /** Reports that the previous container accepts no requests any more: then it need not run until the kubelet kills it. */
  readonly hasStoppedServing?: () => Promise<boolean>;
  /** Runs just before the previous Pod is ended. */
  readonly beforeEnd?: () => Promise<void>;
  /** Resolves when the component works; throws why it does not. */
  readonly becomesHealthy: (timeoutMs: number) => Promise<void>;
}

/** The manifest that is put in place. */
interface Target {
  readonly to: "new" | "previous";
  readonly manifest: string;
  readonly mode: number;
  /** The UID of the Pod that the manifest makes, if known: while only that runs, nothing has to end. */
  readonly uid?: string;
}

/** The Pods of a component before its manifest changes. */
export interface PreviousPods {
  readonly uids: ReadonlySet<string>;
  /** Whether the end of their cgroups can be seen. */
  readonly hadCgroup: boolean;
}

/** By what a Pod is recognized: its UID or, if that is not known, by what it is not, or when its container was created. */
export interface ExpectedPod {
  readonly uid?: string;
  readonly previous: ReadonlySet<string>;
  readonly createdSince?: Date;
}

/** How the previous Pod ends: its manifest is removed, or the new one waits in its place. */
type Way = "removing" | "looking";

/** A state in which nothing is done: what is known in it, and what comes with each thing that can happen. */
interface Resting<Events, Known = undefined> {
  readonly known: Known;
  readonly events: Events;
}
/** A state in which something is done: it ends with what is known then, or with an error. */
type Active<Known = undefined, Outcome = undefined> = Resting<
  { readonly done: Outcome; readonly failed: unknown },
  Known
>;
type GoBack = { readonly goBack: Way };
type Placing = { readonly target: Target };
type Seen = { readonly pods: PreviousPods };
type To = Pick<Target, "to">;
interface Taken extends Seen {
  /** Undefined if one that was killed has removed it. */
  readonly removed: { readonly content: Uint8Array; readonly mode: number } | undefined;
}

interface States {
  readonly found: Resting<GoBack & { readonly begin: undefined; readonly accept: undefined }>;
  readonly saving: Active;
  readonly preparing: Active;
  readonly ready: Resting<GoBack & { readonly go: Way }>;
  readonly removing: Active<Placing, Taken>;
  readonly stopping: Active<Placing & Taken>;
  readonly puttingBack: Active<Pick<Taken, "removed"> & { readonly error: unknown }>;
  readonly stopped: Active<Placing>;
  readonly looking: Active<Placing, Seen & { readonly text: string | undefined }>;
  readonly ending: Active<Placing & Seen>;
  readonly placing: Active<Placing & Seen, { readonly uids: ReadonlySet<string>; readonly placedAt: Date }>;
  readonly starting: Active<To & { readonly expected: ExpectedPod; readonly since: Date }, number>;
  readonly proving: Active<To & { readonly remainingMs: number }>;
  readonly working: Resting<GoBack & { readonly settle: Date }>;
  readonly settling: Active<{ readonly since: Date }, string>;
  readonly settled: Resting<GoBack, { readonly uid: string }>;
  readonly returning: Active<{ readonly way: Way }, Pick<Target, "manifest" | "mode"> | undefined>;
  readonly restored: Resting<object>;
  readonly untouched: Resting<object>;
  readonly failed: Resting<GoBack, { readonly during: StateName; readonly error: unknown }>;
}

export type StateName = keyof States;
export type Events<S extends StateName> = States[S]["events"];
export type ActiveName = { [S in StateName]: "done" extends keyof Events<S> ? S : never }[StateName];
export interface At<S extends StateName> {
  readonly name: S;
  readonly known: States[S]["known"];
}
export type State = { [S in StateName]: At<S> }[StateName];
/** The transitions from a state: one for each event that can happen in it. */
type From<S extends StateName> = {
  readonly [E in keyof Events<S>]: (event: Events<S>[E], known: States[S]["known"], change: StaticPodChange) => State;
};

function at<S extends StateName>(name: S, known: At<S>["known"]): At<S> {
  return { name, known };
}

/** A transition that passes on what is known. */
function to<S extends StateName>(name: S): (told: unknown, known: At<S>["known"]) => At<S> {
  return (_, known) => ({ name, known });
}

function failedIn(during: ActiveName): (error: unknown) => State {
  return (error) => at("failed", { during, error });
}

const goBack = (way: Way) => at("returning", { way });

export const transitions: { readonly [S in StateName]: From<S> } = {
  found: {
    // A rollback that was killed may have restored old certificates next to the new manifest.
    begin: (_, known, { found }) => at(found === "placed" ? "preparing" : "saving", known),
    accept: to("working"),
    goBack,
  },
  saving: { done: to("preparing"), failed: failedIn("saving") },
  preparing: { done: to("ready"), failed: failedIn("preparing") },
  ready: {
    go: (way, _, change) =>
      change.found === "placed"
        ? at("starting", { to: "new", expected: newPod(change, new Set(), change.since), since: change.since })
        : at(way, { target: { to: "new", manifest: change.manifest, mode: 0o600 } }),
    goBack,
  },
  removing: { done: (taken, known) => at("stopping", { ...known, ...taken }), failed: failedIn("removing") },
  // If it cannot be stopped, nothing has changed so far.
  stopping: { done: to("stopped"), failed: (error, { removed }) => at("puttingBack", { removed, error }) },
  puttingBack: { done: (_, { error }) => failedIn("stopping")(error), failed: failedIn("puttingBack") },
  stopped: { done: to("looking"), failed: failedIn("stopped") },
  looking: {
    done: ({ pods, text }, { target }) => {
      const isAnother = [...pods.uids].some((uid) => uid !== target.uid);
      return at(isAnother && text !== target.manifest ? "ending" : "placing", { target, pods });
    },
    failed: failedIn("looking"),
  },
  ending: { done: to("placing"), failed: failedIn("ending") },
  placing: {
    done: ({ uids, placedAt: since }, { target: { to: version } }, change) => {
      const expected = version === "new" ? newPod(change, uids, since) : previousPod(change, uids);
      return at("starting", { to: version, expected, since });
    },
    failed: failedIn("placing"),
  },
  starting: { done: (remainingMs, known) => at("proving", { ...known, remainingMs }), failed: failedIn("starting") },
  proving: {
    done: (_, known) => at(known.to === "new" ? "working" : "restored", undefined),
    failed: failedIn("proving"),
  },
  working: { settle: (since) => at("settling", { since }), goBack },
  settling: { done: (uid) => at("settled", { uid }), failed: failedIn("settling") },
  settled: { goBack },
  returning: {
    done: (copy, { way }, { previousUid: uid }) =>
      copy === undefined
        ? at("untouched", undefined)
        : at(way, { target: { to: "previous", ...copy, ...defined({ uid }) } }),
    failed: failedIn("returning"),
  },
  restored: {},
  untouched: {},
  failed: { goBack },
};

/** Returns the state that follows from what has happened. */
export function next<S extends StateName, E extends keyof Events<S>>(
  change: StaticPodChange,
  state: At<S>,
  event: E,
  told: Events<S>[E],
): State {
  const from: From<S> = transitions[state.name];
  return from[event](told, state.known, change);
}

/** Recognizes the new Pod, given those that were there before it. */
function newPod({ found, previousUid }: StaticPodChange, seen: ReadonlySet<string>, placedAt: Date): ExpectedPod {
  const previous = previousUid === undefined ? seen : new Set([...seen, previousUid]);
  // The clock may have been set meanwhile: it counts only if no previous Pod is known, or the awaited one may be such a Pod.
  return previous.size === 0 || found === "returning" ? { previous, createdSince: placedAt } : { previous };
}

/** The same manifest makes a Pod of the same UID. If that is not known, it is another than those, or whichever runs. */
function previousPod({ previousUid: uid }: StaticPodChange, previous: ReadonlySet<string>): ExpectedPod {
  return { previous, ...defined({ uid }), ...(previous.size === 0 ? { createdSince: new Date(0) } : {}) };
}

export function isExpected({ uid, previous, createdSince }: ExpectedPod, pod: RunningPod): boolean {
  if (uid !== undefined) return pod.uid === uid;
  if (previous.size > 0 && !previous.has(pod.uid)) return true;
  return createdSince !== undefined && pod.container.createdAt >= createdSince;
}

/** Reports whether an attempt, this one or one that was killed, may have changed more than certificates. */
export function hasTouched({ found }: StaticPodChange, { name, known }: State): boolean {
  if (found === "placed" || found === "away") return true;
  const stage = name === "failed" ? known.during : name;
  return !(["found", "saving", "preparing"] as readonly StateName[]).includes(stage);
}
