import { randomUUID } from "node:crypto";
import type { StoredObject } from "./objects.ts";
import { alreadyExists, conflict, expired, type GroupResource, notFound, qualified } from "./status.ts";

/** One change of one object, in the order of revisions. */
export interface StorageChange {
  readonly revision: number;
  readonly previous: StoredObject | undefined;
  /** Undefined if the change is a deletion. */
  readonly current: StoredObject | undefined;
}

export type ChangeListener = (change: StorageChange) => void;

export interface ObjectKey {
  readonly name: string;
  /** Absent for objects of the cluster scope. */
  readonly namespace?: string | undefined;
}

export interface WritePreconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

interface Collection {
  readonly objects: Map<string, StoredObject>;
  readonly listeners: Set<ChangeListener>;
  changes: StorageChange[];
}

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

  get revision(): number {
    return this.#revision;
  }

  /** Revisions older than this can be neither watched nor listed from. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  get(resource: GroupResource, key: ObjectKey): StoredObject | undefined {
    return this.#collection(resource).objects.get(keyText(key));
  }

  /** All objects of a resource, sorted by namespace and name like etcd's keys. */
  list(resource: GroupResource, namespace?: string): readonly StoredObject[] {
    const { objects } = this.#collection(resource);
    const keys = [...objects.keys()].sort((a, b) => (a < b ? -1 : 1));
    return keys.flatMap((key) => {
      const object = objects.get(key);
      return object === undefined || (namespace !== undefined && object.metadata.namespace !== namespace)
        ? []
        : [object];
    });
  }

  /** Stores a new object and sets its uid, creation time and resource version. */
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
   * Replaces an object with the result of `change`. A result that is the current object itself writes nothing and keeps
   * the resource version.
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

  delete(resource: GroupResource, key: ObjectKey, preconditions: WritePreconditions = {}): StoredObject {
    const collection = this.#collection(resource);
    const current = this.#existing(resource, key, preconditions);
    this.#commit(collection, keyText(key), current, undefined);
    return current;
  }

  /** Calls the listener for every later change, at once and in order. The result unregisters it. */
  subscribe(resource: GroupResource, listener: ChangeListener): () => void {
    const { listeners } = this.#collection(resource);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Returns the changes after a revision, or 410 if some of them are no longer kept. */
  changesSince(resource: GroupResource, revision: number): readonly StorageChange[] {
    const { changes } = this.#collection(resource);
    const oldest = Math.max(
      this.#compactedRevision,
      changes.length < retainedChanges ? 0 : (changes[0]?.revision ?? 0),
    );
    if (revision < oldest) throw expired(`too old resource version: ${revision} (${oldest})`);
    return changes.filter((change) => change.revision > revision);
  }

  /** Forgets all past changes, as etcd's compaction does: watches from before this revision get 410 Gone. */
  compact(): void {
    this.#compactedRevision = this.#revision;
    for (const collection of this.#collections.values()) collection.changes = [];
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
    const name = qualified(resource);
    const found = this.#collections.get(name);
    if (found !== undefined) return found;
    const made: Collection = { objects: new Map(), listeners: new Set(), changes: [] };
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
