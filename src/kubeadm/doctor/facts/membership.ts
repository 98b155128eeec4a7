import { orElse } from "../../../async/or-else.ts";
import { FileError } from "../../../host/file-error.ts";
import { exists } from "../../certificates/certificate-files.ts";
import {
  bootstrapKubeconfigPath,
  controlPlanePaths,
  defaultCaCertPath,
  kubeletConfigurationPath,
  kubeletKubeconfigPath,
} from "../../paths.ts";
import type { Examination, Fact } from "../examination.ts";

/** What init or a join has left on this machine. */
export interface Membership {
  /** "none": nothing of a join is here. */
  readonly role: "none" | "worker" | "control-plane";
  /** Paths of files that init or a join writes, and that exist. */
  readonly traces: readonly string[];
}

const nodePaths = [kubeletKubeconfigPath, bootstrapKubeconfigPath, kubeletConfigurationPath, defaultCaCertPath];

export const membership: Fact<Membership> = async (examination) => {
  const paths = [...nodePaths, ...controlPlanePaths];
  const there = await Promise.all(paths.map((path) => isThere(path, examination)));
  const traces = paths.filter((_, index) => there[index]);
  const isControlPlane = traces.some((path) => controlPlanePaths.includes(path));
  return { role: isControlPlane ? "control-plane" : traces.length > 0 ? "worker" : "none", traces };
};

/** A user who may not search a directory does not know what is in it. */
async function isThere(path: string, { files }: Pick<Examination, "files">): Promise<boolean> {
  return orElse(false, FileError, () => exists(path, files));
}
