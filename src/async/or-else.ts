import { throwIfAborted } from "./signal.ts";

/** Errors that belong together: a class, or a function that recognizes them. */
type Kind<E extends Error> = ErrorClass<E> | ((error: unknown) => error is E);
type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

type Guard<K> = (error: unknown) => error is ErrorOf<K>;
type ErrorOf<K> =
  K extends ErrorClass<infer E> ? E : K extends (error: unknown) => error is infer E ? Extract<E, Error> : never;

/**
 * Returns what the work returns, or the fallback if it fails with an error of the kind. Any other error is thrown.
 *
 * @example
 * const names = await orElse([], isMissing, () => files.list(directory));
 */
export async function orElse<T, U>(fallback: U, kind: Kind<Error>, work: () => T | Promise<T>): Promise<T | U> {
  try {
    return await work();
  } catch (error) {
    if (isOf(error, kind)) return fallback;
    throw error;
  }
}

/** Errors of any of these kinds. */
export function anyOf<K extends readonly Kind<Error>[]>(...kinds: K): Guard<K[number]> {
  return (error): error is ErrorOf<K[number]> => kinds.some((kind) => isOf(error, kind));
}

/** Errors of the kind that are no consequence of an abort: if the signal was aborted, its reason is thrown instead. */
export function unlessAborted<K extends Kind<Error>>(signal: AbortSignal, kind: K): Guard<K> {
  return (error): error is ErrorOf<K> => {
    throwIfAborted(signal);
    return isOf(error, kind);
  };
}

function isOf<E extends Error>(error: unknown, kind: Kind<E>): error is E {
  return isClass(kind) ? error instanceof kind : kind(error);
}

function isClass<E extends Error>(kind: Kind<E>): kind is ErrorClass<E> {
  const { prototype } = kind as { prototype?: unknown };
  return prototype === Error.prototype || prototype instanceof Error;
}
