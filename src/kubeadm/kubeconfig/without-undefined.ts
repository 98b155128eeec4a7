/** Fields that may be undefined become fields that may be absent. */
export type Present<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** The object without its undefined fields. */
export function withoutUndefined<T extends object>(object: T): Partial<Present<T>> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<Present<T>>;
}
