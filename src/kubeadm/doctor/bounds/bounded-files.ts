import { FileError } from "../../../host/file-error.ts";
import type { Files, ReadOptions } from "../../../host/host.ts";
import { isWithin } from "../../../host/node-files.ts";
import { binarySize, grouped, type Limits } from "./limits.ts";
import { valuesIn } from "./text-size.ts";

/** Manifests, kubeconfigs and the kubelet's configuration have some kilobytes, a bundle of CAs has some hundred. */
const mostBytes = 512 * 1024;
/** /proc/mounts has a line of some kilobytes for each container. */
const mostKernelBytes = 8 * 1024 ** 2;
/** The last lines of a log are what counts. */
const mostLogBytes = 256 * 1024;
/** The manifest of an API server has some hundred. */
const mostValues = 10_000;
/** Of all files together. Some are read by several checks; each counts once, so that what is read does not depend on the order. */
const mostValuesInAll = 40_000;
const mostNames = 1_000;

const kernelDirectories = ["/proc", "/sys"];

/** Files of which only so much is read that an examination ends in time, and that tell of all that is not read. */
export function boundedFiles(files: Files, limits: Limits): Files {
  let left = mostValuesInAll;
  const accepted = new Map<string, string>();
  const isOfKernel = (path: string) => kernelDirectories.some((each) => isWithin(path, each));
  const optionsFor = (path: string, options: ReadOptions): ReadOptions & { readonly maxBytes: number } => {
    const most = options.fromEnd === true ? mostLogBytes : isOfKernel(path) ? mostKernelBytes : mostBytes;
    return { ...options, maxBytes: Math.min(options.maxBytes ?? most, most) };
  };
  const telling = async <T>(path: string, maxBytes: number, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof FileError && error.code === "too-large") {
        limits.note(`Did not read ${path}, which is larger than ${binarySize(maxBytes)}.`);
      }
      throw error;
    }
  };
  const requireFewValues = (path: string, text: string): void => {
    if (accepted.get(path) === text) return;
    const count = valuesIn(text, Math.min(mostValues, left));
    if (count <= mostValues && count <= left) {
      left -= count;
      accepted.set(path, text);
      return;
    }
    const why =
      count > mostValues
        ? `which has more than ${grouped(mostValues)} keys and values`
        : `because the files before it have more than ${grouped(mostValuesInAll)} keys and values`;
    limits.note(`Did not read ${path}, ${why}.`);
    throw new FileError("too-large", "read", path, "it has too many keys and values");
  };
  return {
    ...files,
    read: (path, options = {}) => {
      const bounded = optionsFor(path, options);
      return telling(path, bounded.maxBytes, () => files.read(path, bounded));
    },
    readText: async (path, options = {}) => {
      const bounded = optionsFor(path, options);
      const text = await telling(path, bounded.maxBytes, () => files.readText(path, bounded));
      if (bounded.fromEnd !== true && !isOfKernel(path)) requireFewValues(path, text);
      return text;
    },
    list: async (directory) => {
      const names = await files.list(directory);
      if (names.length <= mostNames) return names;
      limits.note(`Looked at only the first ${grouped(mostNames)} of ${grouped(names.length)} names in ${directory}.`);
      return names.slice(0, mostNames);
    },
  };
}
