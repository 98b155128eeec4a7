import { FileError } from "../../../host/file-error.ts";

/** A file of this machine, as far as it could be read and understood. */
export type OnDisk<Loaded, Invalid extends Error> =
  | { readonly state: "missing" }
  | { readonly state: "not-readable"; readonly error: FileError }
  /** Its content is not what it should be. */
  | { readonly state: "invalid"; readonly error: Invalid }
  | ({ readonly state: "loaded" } & Loaded);

/** Reads a file. `isOfContent` recognizes the errors of a file that is not what it should be. */
export async function onDisk<Loaded, Invalid extends Error>(
  isOfContent: (error: unknown) => error is Invalid,
  read: () => Promise<Loaded>,
): Promise<OnDisk<Loaded, Invalid>> {
  try {
    return { state: "loaded", ...(await read()) };
  } catch (error) {
    if (error instanceof FileError) {
      return error.code === "not-found" ? { state: "missing" } : { state: "not-readable", error };
    }
    if (isOfContent(error)) return { state: "invalid", error };
    throw error;
  }
}
