import { isList, isObject, type JsonObject, type JsonValue, jsonEquals } from "../../values/json.ts";

/** An object of the cluster, and what kubeadm makes of it: before the upgrade and after it. */
export interface Versions<T> {
  readonly live: T;
  readonly previous: T;
  readonly next: T;
}

type Optional = JsonValue | undefined;

/**
 * Returns the live object with what changes from the previous to the next version. Everything that is the same in both
 * stays as an administrator has made it, even if it was removed; so does what only the live object has. Items of lists
 * are matched by their names; a list without unique names is one value.
 */
export function withEdits({ live, previous, next }: Versions<JsonObject>): JsonObject {
  const names = new Set([...Object.keys(live), ...Object.keys(next)]);
  const entries = [...names].map((name) => {
    return [name, merged(fieldOf({ live, previous, next }, name))] as const;
  });
  return Object.fromEntries(entries.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
}

function merged({ live, previous, next }: Versions<Optional>): Optional {
  if (jsonEquals(previous, next)) return live;
  // kubeadm no longer sets it. The server has added its defaults to what kubeadm had set.
  if (next === undefined) return previous !== undefined && covers(live, previous) ? undefined : live;
  if (live === undefined) return previous === undefined ? next : undefined;
  if (isObject(live) && isObject(next)) return withEdits({ live, previous: isObject(previous) ? previous : {}, next });
  const [lives, previousItems, nexts] = [live, previous ?? [], next].map(byName);
  if (lives === undefined || previousItems === undefined || nexts === undefined) return next;
  return Object.values(withEdits({ live: lives, previous: previousItems, next: nexts }));
}

/** Returns the items of a list by their names; undefined if they have no unique names. */
function byName(list: JsonValue): JsonObject | undefined {
  if (!isList(list)) return undefined;
  const items = new Map<string, JsonValue>();
  for (const item of list) {
    const name = isObject(item) ? item["name"] : undefined;
    if (typeof name !== "string" || items.has(name)) return undefined;
    items.set(name, item);
  }
  // A name may be a number, which an object would move to its front.
  return Object.fromEntries([...items].map(([name, item]) => [`name=${name}`, item]));
}

function nameOfItem(key: string): string {
  return key.replace(/^name=/, "");
}

function fieldOf({ live, previous, next }: Versions<JsonObject>, name: string): Versions<Optional> {
  return { live: own(live, name), previous: own(previous, name), next: own(next, name) };
}

function own(object: JsonObject, name: string): Optional {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Returns the paths of the fields of `wanted` that the object does not have, or has with another value. */
export function differingFields(object: Optional, wanted: JsonValue, path = ""): readonly string[] {
  if (isObject(object) && isObject(wanted)) {
    return Object.entries(wanted).flatMap(([name, value]) =>
      differingFields(own(object, name), value, path === "" ? name : `${path}.${name}`),
    );
  }
  if (object !== undefined) {
    const [items, wantedItems] = [byName(object), byName(wanted)];
    if (items !== undefined && wantedItems !== undefined) {
      return Object.entries(wantedItems).flatMap(([name, value]) =>
        differingFields(own(items, name), value, `${path}[${nameOfItem(name)}]`),
      );
    }
  }
  return covers(object, wanted) ? [] : [path];
}

/** Returns the paths of the fields that the next version no longer has, and that an upgraded object still has. */
export function keptFields({ live, previous, next }: Versions<Optional>, path = ""): readonly string[] {
  if (live === undefined || previous === undefined) return [];
  if (next === undefined) return [path];
  if (isObject(live) && isObject(previous) && isObject(next)) {
    return Object.keys(previous).flatMap((name) =>
      keptFields(fieldOf({ live, previous, next }, name), path === "" ? name : `${path}.${name}`),
    );
  }
  const [lives, previousItems, nexts] = [live, previous, next].map(byName);
  if (lives === undefined || previousItems === undefined || nexts === undefined) return [];
  const items = { live: lives, previous: previousItems, next: nexts };
  return Object.keys(previousItems).flatMap((name) => keptFields(fieldOf(items, name), `${path}[${nameOfItem(name)}]`));
}

/** Reports whether a value has everything that is wanted; it may have more fields and more items. */
export function covers(value: Optional, wanted: JsonValue): boolean {
  if (isList(value) && isList(wanted)) return wanted.every((item) => value.some((each) => covers(each, item)));
  if (isObject(value) && isObject(wanted)) {
    return Object.entries(wanted).every(([name, item]) => covers(own(value, name), item));
  }
  return jsonEquals(value, wanted);
}
