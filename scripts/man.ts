// Writes the manual pages, one a command, from the data of the command line.
//   node scripts/man.ts [DIRECTORY]     (dist/man by default; `man -l dist/man/kubeadm-join.1` shows one)
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CommandEntry, CommandSpec } from "../src/cli/line/command.ts";
import { type CommandChain, commandOf } from "../src/cli/line/command-chain.ts";
import { manPage } from "../src/cli/line/man-page.ts";
import { rootCommand } from "../src/cli/root.ts";
import { kubernetesVersion, programVersion } from "../src/kubeadm/version.ts";

/** The day that SOURCE_DATE_EPOCH names, so that the same sources make the same pages. */
const date = new Date(Number(process.env["SOURCE_DATE_EPOCH"] ?? Date.now() / 1000) * 1000).toISOString().slice(0, 10);
const version = `${programVersion} (Kubernetes ${kubernetesVersion})`;

async function listedChains(chain: CommandChain): Promise<readonly CommandChain[]> {
  const children: CommandChain[] = [];
  for (const entry of commandOf(chain).commands ?? []) {
    if (entry.hidden !== true) children.push(...(await listedChains([...chain, await loaded(entry)])));
  }
  return [chain, ...children];
}

async function loaded(entry: CommandEntry): Promise<CommandSpec> {
  return "load" in entry ? entry.load() : entry;
}

const directory = resolve(process.argv[2] ?? join(import.meta.dirname, "../dist/man"));
const pages = (await listedChains([rootCommand()])).map((chain) => manPage(chain, { version, date }));
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
for (const { file, text } of pages) writeFileSync(join(directory, file), text);
console.log(`${pages.length} pages in ${directory}`);
