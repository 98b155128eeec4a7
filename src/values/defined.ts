type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/**
 * The fields of an object that have a value, in their order. With exactOptionalPropertyTypes an optional field must not
 * be present as undefined: `{ name, ...defined({ remedy }) }` omits `remedy` if there is none.
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
