// The flags that the components' programs show.
import { ensureGoPart } from "../../lab/parts/go-part.ts";
import { goParts } from "../../lab/parts/kubernetes-parts.ts";
import type { BuildContext } from "../../lab/parts/part-store.ts";
import { clusterVersion } from "../../lab/versions.ts";
import { type Component, components } from "../minors/sources.ts";
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
      const { stdout } = await askProgram(await buildComponent(context, release, component))(["--help"]);
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

async function buildComponent(context: BuildContext, release: string, component: Component): Promise<string> {
  const part = goParts({ ...clusterVersion(), kubernetes: release }).get(component);
  if (part === undefined) throw new Error(`the lab has no part ${component}`);
  return `${await ensureGoPart(context, part)}/${component}`;
}
