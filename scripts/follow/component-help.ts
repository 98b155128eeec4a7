// The flags that the components' programs show.
import { kubernetesProgram } from "../../lab/parts/kubernetes-program.ts";
import type { BuildContext } from "../../lab/parts/part-store.ts";
import { components } from "../minors/sources.ts";
import { type Capture, type Gap, reasonOf, relativeVersions } from "./capture.ts";
import { askProgram, helpOf } from "./program.ts";

export async function captureComponents(
  context: BuildContext,
  release: string,
): Promise<Pick<Capture, "areas" | "gaps">> {
  const found: Record<string, string> = {};
  const gaps: Gap[] = [];
  for (const component of components) {
    try {
      const { stdout } = await askProgram(await kubernetesProgram(context, release, component))(["--help"]);
      const { flags } = helpOf(stdout);
      if (flags.length === 0) throw new Error("its help has no flags");
      // Areas of their own have the feature gates.
      for (const { name, text } of flags.filter((flag) => flag.name !== "--feature-gates"))
        found[`${component} ${name}`] = relativeVersions(text, release);
    } catch (error) {
      gaps.push({ part: component, reason: reasonOf(error), areas: ["componentHelp"] });
    }
  }
  return { areas: { componentHelp: found }, gaps };
}
