// `npm run release:twice`: makes a release in two folders and compares the bytes. Options are those of `npm run release`.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BuildError } from "./build-error.ts";
import { run } from "./release/run.ts";
import { hashedFiles } from "./release/sums.ts";

const root = resolve(import.meta.dirname, "..");

/** A clone has what is committed, and nothing else that could change the bytes. */
async function releaseInClone(commit: string, directory: string): Promise<string> {
  await run(["git", "clone", "--quiet", "--no-hardlinks", "--no-checkout", root, directory]);
  await run(["git", "-C", directory, "checkout", "--quiet", "--detach", commit]);
  cpSync(join(root, "node_modules"), join(directory, "node_modules"), { recursive: true, verbatimSymlinks: true });
  const said = await run([process.execPath, "scripts/release.ts", ...process.argv.slice(2)], {
    cwd: directory,
    env: process.env,
  });
  process.stdout.write(said);
  return join(directory, "dist/release");
}

async function main(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "kubeadm-release-"));
  try {
    // The branch may move on in the meantime.
    const commit = (await run(["git", "-C", root, "rev-parse", "HEAD"])).trim();
    const first = hashedFiles(await releaseInClone(commit, join(work, "one")));
    const second = hashedFiles(await releaseInClone(commit, join(work, "another-folder")));
    const inSecond = new Map(second.map(({ name, sha256 }) => [name, sha256]));
    const different = first.filter(({ name, sha256 }) => inSecond.get(name) !== sha256).map(({ name }) => name);
    if (different.length > 0 || first.length !== second.length) {
      throw new BuildError(`the second release differs: ${different.join(", ")}`);
    }
    console.log(`release: ${first.length} files, the same bytes in both folders`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
