/** A path of the command line as an absolute one. Empty values and URLs stay as they are. */
export function absolutePath(path: string, directory: string): string {
  if (path === "" || path.startsWith("/") || /^[a-z][a-z0-9+.-]*:/i.test(path)) return path;
  return `${directory === "/" ? "" : directory}/${path}`;
}
