import { randomUUID } from "node:crypto";
import type { StoredObject } from "./objects.ts";
import { alreadyExists, conflict, expired, type GroupResource, notFound, qualified } from "./status.ts";

/** One change of one object. */
export interface StorageChange {
  /** The storage's revision after the change; each change has the next one. */
  readonly revision: number;
  /** The object before the change; undefined if the change creates it. */
  readonly previous: StoredObject | undefined;
  /** The object after the change; undefined if the change deletes it. */
  readonly current: StoredObject | undefined;
}

/** Called for each change, after it is stored. Must not throw. */
export type ChangeListener = (change: StorageChange) => void;

/** Names an object within its resource type. */
export interface ObjectKey {
  readonly name: string;
  /** Undefined for cluster-scoped objects. */
  readonly namespace?: string | undefined;
}

/** What must hold of a stored object for a write to happen. */
export interface WritePreconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

interface Collection {
  readonly objects: Map<string, StoredObject>;
  readonly listeners: Set<ChangeListener>;
  changes: StorageChange[];
  /** In the order of their keys; undefined since the latest change. */
  sorted: readonly StoredObject[] | undefined;
}

type SavedCollections = readonly (readonly [string, readonly StoredObject[]])[];

/** How many changes of one resource a watch can catch up on; a watch from an older one gets 410 Gone. */
const retainedChanges = 1000;

/**
 * The objects of the cluster, in memory. One revision counter serves all resources, as in etcd. Stored objects are
 * never changed in place: a reader may keep the objects that it received.
 */
export class Storage {
  readonly #collections = new Map<string, Collection>();
  readonly #now: () => Date;
  #revision = 1;
  #compactedRevision = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** The revision of the latest change. */
  get revision(): number {
    return this.#revision;
  }

  /** Watches and lists cannot start from revisions older than this. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  /** Returns an object; undefined if it does not exist. */
  get(resource: GroupResource, key: ObjectKey): StoredObject | undefined {
    return this.#collection(resource).objects.get(keyText(key));
  }

  /** Returns all objects of a resource, sorted by namespace and name as etcd's keys are. */
  list(resource: GroupResource, namespace?: string): readonly StoredObject[] {
    const collection = this.#collection(resource);
    collection.sorted ??= [...collection.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    if (namespace === undefined) return collection.sorted;
    return collection.sorted.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** Stores a new object and sets its uid, creation time and resource version. Throws StatusError 409 if it exists. */
  create(resource: GroupResource, object: StoredObject): StoredObject {
    const key = keyText(object.metadata);
    const collection = this.#collection(resource);
    if (collection.objects.has(key)) throw alreadyExists(resource, object.metadata.name);
    const metadata = {
      ...object.metadata,
      uid: object.metadata.uid ?? randomUUID(),
      creationTimestamp: timestamp(this.#now()),
    };
    return this.#commit(collection, key, undefined, { ...object, metadata });
  }

  /**
   * Replaces an object with the result of `change`. If that is the current object itself, nothing is written and the
   * resource version stays. Throws StatusError: 404 if the object does not exist, 409 if a precondition fails.
   */
  update(
    resource: GroupResource,
    key: ObjectKey,
    preconditions: WritePreconditions,
    change: (current: StoredObject) => StoredObject,
  ): StoredObject {
    const collection = this.#collection(resource);
    const current = this.#existing(resource, key, preconditions);
    const next = change(current);
    return next === current ? current : this.#commit(collection, keyText(key), current, next);
  }

  /** Deletes an object and returns it. Throws StatusError: 404 if it does not exist, 409 if a precondition fails. */
  delete(resource: GroupResource, key: ObjectKey, preconditions: WritePreconditions = {}): StoredObject {
    const collection = this.#collection(resource);
    const current = this.#existing(resource, key, preconditions);
    this.#commit(collection, keyText(key), current, undefined);
    return current;
  }

  /** Calls the listener for every later change, synchronously and in order. Returns a function that unsubscribes it. */
  subscribe(resource: GroupResource, listener: ChangeListener): () => void {
    const { listeners } = this.#collection(resource);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Returns the changes after a revision. Throws StatusError 410 if some of them are no longer kept. */
  changesSince(resource: GroupResource, revision: number): readonly StorageChange[] {
    const { changes } = this.#collection(resource);
    const oldest = Math.max(
      this.#compactedRevision,
      changes.length < retainedChanges ? 0 : (changes[0]?.revision ?? 0),
    );
    if (revision < oldest) throw expired(`too old resource version: ${revision} (${oldest})`);
    return changes.filter((change) => change.revision > revision);
  }

  /** Drops all past changes, as etcd's compaction does: watches from earlier revisions get 410 Gone. */
  compact(): void {
    this.#compactedRevision = this.#revision;
    for (const collection of this.#collections.values()) collection.changes = [];
  }

  /** Returns all objects as text, for `restore`. */
  save(): string {
    return JSON.stringify([...this.#collections].map(([name, { objects }]) => [name, [...objects.values()]]));
  }

  /**
   * Replaces all objects with those of a text from `save`. Watchers receive the differences as changes: revisions continue
   * from the present one, unlike in a restored etcd. Throws SyntaxError for a text that is not JSON.
   */
  restore(saved: string): void {
    const wanted = new Map(JSON.parse(saved) as SavedCollections);
    for (const name of new Set([...this.#collections.keys(), ...wanted.keys()])) {
      const collection = this.#collectionOf(name);
      const objects = new Map((wanted.get(name) ?? []).map((object) => [keyText(object.metadata), object]));
      for (const [key, current] of [...collection.objects]) {
        if (!objects.has(key)) this.#commit(collection, key, current, undefined);
      }
      for (const [key, object] of objects) {
        const current = collection.objects.get(key);
        if (current?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
        this.#commit(collection, key, current, object);
      }
    }
  }

  #existing(resource: GroupResource, key: ObjectKey, preconditions: WritePreconditions): StoredObject {
    const current = this.#collection(resource).objects.get(keyText(key));
    if (current === undefined) throw notFound(resource, key.name);
    const { uid, resourceVersion } = current.metadata;
    if (preconditions.uid !== undefined && preconditions.uid !== uid) {
      const why = `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`;
      throw conflict(resource, key.name, why);
    }
    if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
      throw conflict(resource, key.name);
    }
    return current;
  }

  #commit(
    collection: Collection,
    key: string,
    previous: StoredObject | undefined,
    next: StoredObject | undefined,
  ): StoredObject {
    this.#revision += 1;
    const resourceVersion = String(this.#revision);
    collection.sorted = undefined;
    const source = next ?? previous;
    if (source === undefined) throw new Error("a change needs an object");
    const stamped = { ...source, metadata: { ...source.metadata, resourceVersion } };
    if (next === undefined) collection.objects.delete(key);
    else collection.objects.set(key, stamped);
    // The previous state of a deletion carries the revision of the deletion, as in a DELETED event of upstream.
    const change: StorageChange =
      next === undefined
        ? { revision: this.#revision, previous: stamped, current: undefined }
        : { revision: this.#revision, previous, current: stamped };
    collection.changes.push(change);
    if (collection.changes.length > retainedChanges) collection.changes.shift();
    for (const listener of [...collection.listeners]) listener(change);
    return stamped;
  }

  #collection(resource: GroupResource): Collection {
    return this.#collectionOf(qualified(resource));
  }

  #collectionOf(name: string): Collection {
    const found = this.#collections.get(name);
    if (found !== undefined) return found;
    const made: Collection = { objects: new Map(), listeners: new Set(), changes: [], sorted: undefined };
    this.#collections.set(name, made);
    return made;
  }
}

function keyText(key: ObjectKey): string {
  return `${key.namespace ?? ""}/${key.name}`;
}

/** metav1.Time: RFC 3339 in UTC, whole seconds. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** metav1.MicroTime. */
export function microTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`;
}
