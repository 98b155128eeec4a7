import { kubernetesProgram } from "../../lab/parts/kubernetes-program.ts";
import type { BuildContext } from "../../lab/parts/part-store.ts";
import { type Collected, collect } from "../minors/collect.ts";
import type { Area } from "./areas.ts";
import { captureBehavior } from "./behavior.ts";
import { type Capture, type Gap, joinCaptures, reasonOf } from "./capture.ts";
import { captureComponents } from "./component-help.ts";
import { minorFacts } from "./minor-facts.ts";
import { askProgram, captureProgram } from "./program.ts";
import { captureSources } from "./sources.ts";

type Part = Pick<Capture, "areas" | "gaps">;

export interface CapturedVersion {
  readonly capture: Capture;
  /** What the data of the minor version is made of; undefined if it could not be collected. */
  readonly collected: Collected | undefined;
}

const withoutComponents: Part = {
  areas: {},
  gaps: [{ part: "the components' programs", reason: "left out", areas: ["componentHelp"] }],
};

/** Captures all of a version that can be captured. What cannot is among the gaps, and so is what `isWanted` leaves out. */
export async function captureVersion(
  context: BuildContext,
  release: string,
  isWanted: { readonly components: boolean },
): Promise<CapturedVersion> {
  const sources = await unlessItFails(
    "the sources",
    ["fields", "constants", "checks", "texts", "code", "modules"],
    () => captureSources(context, release),
  );
  const minor = await collectMinor(context, release);
  const program = await unlessItFails(
    "kubeadm",
    ["commands", "flags", "help", "defaults", "images", "outcomes", "output", "files", "objects", "requests", "calls"],
    async () => {
      const path = await kubernetesProgram(context, release, "kubeadm");
      const parts = [await captureProgram(askProgram(path), release), await captureBehavior(context, release, path)];
      return joinCaptures(release, parts);
    },
  );
  const components = isWanted.components ? await captureComponents(context, release) : withoutComponents;
  return { capture: joinCaptures(release, [sources, minor, program, components]), collected: minor.collected };
}

async function collectMinor(
  context: BuildContext,
  release: string,
): Promise<Part & { readonly collected: Collected | undefined }> {
  const gaps: Gap[] = [];
  const collecting = collect(context, release, (component, error) =>
    gaps.push({ part: `the packages of ${component}`, reason: reasonOf(error), areas: ["gates"] }),
  );
  return collecting.then(
    (collected) => ({ areas: minorFacts(collected), gaps, collected }),
    (error: unknown) => ({
      areas: {},
      gaps: [
        {
          part: "the data of the minor version",
          reason: reasonOf(error),
          areas: ["gates", "componentFlags", "componentFields", "accounts", "system"],
        },
      ],
      collected: undefined,
    }),
  );
}

async function unlessItFails(part: string, areas: readonly Area[], capture: () => Promise<Part>): Promise<Part> {
  try {
    return await capture();
  } catch (error) {
    return { areas: {}, gaps: [{ part, reason: reasonOf(error), areas }] };
  }
}
