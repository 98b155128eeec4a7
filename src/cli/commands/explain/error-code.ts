import { type ErrorCode, errorCatalogue } from "../../../errors/catalogue.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { oneLine } from "../../../errors/printable-text.ts";
import { nearest } from "../../../values/nearest.ts";

/**
 * Returns the error code that an argument names, in upper or lower case; undefined if it has to be the name of a kind. Only codes
 * have underscores, so a word with one that isn't a code is a typo. Throws USAGE for it, and names the nearest code.
 */
export function findErrorCode(name: string): ErrorCode | undefined {
  const upper = name.toUpperCase();
  if (isErrorCode(upper)) return upper;
  if (!/^[A-Z]+(?:_[A-Z]+)+$/.test(upper)) return undefined;
  const near = nearest(upper, Object.keys(errorCatalogue));
  throw new KubeadmError("USAGE", oneLine(`there is no error code "${name}"`), {
    remedy:
      near === undefined
        ? "The last line of an error has its code. The completion of your shell lists all codes."
        : `Did you mean ${near}?`,
  });
}

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(errorCatalogue, name);
}
