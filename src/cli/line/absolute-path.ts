import { type FindDirectory, pathFrom } from "../../host/path-from.ts";

/** A path of the command line as an absolute one. Empty values and URLs stay as they are. */
export function absolutePath(path: string, directory: FindDirectory): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(path) ? path : pathFrom(directory, path);
}
