import { goQuote } from "../../go/quote.ts";
import type { Files } from "../../host/host.ts";
import { inContext } from "../file-failure.ts";
import { kubeletDirectory } from "../paths.ts";

/**
 * Makes /var/lib/kubelet with the mode that upstream gives it. Anyone who writes below it calls this first: a directory
 * that is made on the way to a file gets the mode of that way.
 */
export async function makeKubeletDirectory(files: Pick<Files, "makeDirectory">): Promise<void> {
  await inContext(`failed to create directory ${goQuote(kubeletDirectory)}`, () =>
    files.makeDirectory(kubeletDirectory, { mode: 0o700 }),
  );
}
