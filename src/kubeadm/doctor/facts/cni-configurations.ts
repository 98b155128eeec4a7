import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import type { Fact } from "../examination.ts";
import { listed } from "../listed.ts";
import { isUnread } from "../unread-file.ts";

export const cniConfigurationDirectory = "/etc/cni/net.d";

/** How the container runtime sets up the network of Pods. */
export interface CniConfiguration {
  readonly path: string;
  /** Types of its plugins, those for addresses (IPAM) included. */
  readonly plugins: readonly string[];
  /** Why no Pod gets a network from it. */
  readonly problem?: string;
}

/** A runtime uses the first one, and network add-ons leave a few others behind. */
const mostConfigurations = 20;

/** The configurations in the order in which a runtime considers them; it uses the first one. */
export const cniConfigurations: Fact<readonly CniConfiguration[]> = async ({ files, limits }) => {
  const directory = cniConfigurationDirectory;
  const names = (await listed(directory, files)).filter((name) => /\.(?:conf|conflist|json)$/.test(name));
  if (names.length > mostConfigurations) {
    limits.note(`Read only the first ${mostConfigurations} CNI configurations in ${directory}.`);
  }
  return Promise.all(names.slice(0, mostConfigurations).map((name) => cniConfiguration(`${directory}/${name}`, files)));
};

async function cniConfiguration(path: string, files: Pick<Files, "readText">): Promise<CniConfiguration> {
  let text: string;
  try {
    text = await files.readText(path);
  } catch (error) {
    if (error instanceof FileError && !isUnread(error)) return { path, plugins: [], problem: error.message };
    throw error;
  }
  try {
    const content: unknown = JSON.parse(text);
    const plugins = typesOf(content);
    return plugins.length === 0 ? { path, plugins, problem: "it names no plugin" } : { path, plugins };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The error quotes the file, which may be a link to one that nobody may see.
    return { path, plugins: [], problem: "it is not JSON" };
  }
}

/** Returns the types of the plugins of a configuration, or of a list of them. */
function typesOf(content: unknown): readonly string[] {
  if (typeof content !== "object" || content === null) return [];
  const entries: readonly unknown[] =
    "plugins" in content && Array.isArray(content.plugins) ? content.plugins : [content];
  return entries.flatMap((entry) => {
    if (typeof entry !== "object" || entry === null) return [];
    const own = "type" in entry && typeof entry.type === "string" ? [entry.type] : [];
    return [...own, ...("ipam" in entry ? typesOf(entry.ipam) : [])];
  });
}
