import { posix } from "node:path";

/** Internal links of pages that lead nowhere: "guides/upgrading.html: no page x.html". `files` has the paths of all files. */
export function brokenLinks(files: ReadonlyMap<string, string>): readonly string[] {
  const anchors = new Map<string, ReadonlySet<string>>();
  const anchorsOf = (path: string) => {
    const known =
      anchors.get(path) ?? new Set([...(files.get(path) ?? "").matchAll(/ id="([^"]*)"/g)].map(([, id = ""]) => id));
    anchors.set(path, known);
    return known;
  };
  return [...files].flatMap(([path, content]) => {
    if (!path.endsWith(".html")) return [];
    const links = [...content.matchAll(/ (?:href|src|srcset)="([^"]*)"/g)].map(([, link = ""]) => link);
    return [...new Set(links)].flatMap((link) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [target = "", fragment = ""] = link.split("#");
      const file = target === "" ? path : posix.join(posix.dirname(path), target);
      if (!files.has(file)) return [`${path}: no page ${link}`];
      return fragment === "" || anchorsOf(file).has(fragment) ? [] : [`${path}: no section ${link}`];
    });
  });
}
