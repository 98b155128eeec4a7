// vitest's globalSetup: the embedded kubelet as one file, which starts in a third of the CPU time.
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bunOfCheckout } from "../../../scripts/pinned-bun.ts";

const checkout = join(import.meta.dirname, "../../..");

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the bundled program. */
    readonly embeddedKubelet: string;
  }
}

export function setup(project: TestProject): void {
  const bundle = join(tmpdir(), "kubelet.mjs");
  const source = join(checkout, "src/embedded/kubelet/main.ts");
  execFileSync(bunOfCheckout(), ["build", "--target=node", `--outfile=${bundle}`, source], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  project.provide("embeddedKubelet", bundle);
}
