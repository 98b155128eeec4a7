import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { main } from "../../src/cli/main.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { type Outcome, run } from "../build/artifact.ts";
import { memoryPorts } from "../fixtures/cli/memory-ports.ts";
import { temporaryDirectory } from "../support/temporary/temporary-directory.ts";
import type { Script, ScriptStep } from "./script.ts";

export interface Runner {
  readonly work: string;
  run(step: ScriptStep): Promise<Outcome>;
  close(): void;
}

const argvOf = (step: ScriptStep, work: string) => step.argv.map((word) => word.replaceAll("<work>", work));

/** The program's `main` on a machine in memory. */
export function inProcess(script: Script): Runner {
  const work = "/work";
  const files = Object.fromEntries([...script.files].map(([name, content]) => [`${work}/${name}`, content]));
  const host = memoryHost({ files: { [work]: { kind: "directory" }, ...files } });
  return {
    work,
    run: async (step) => {
      const ports = memoryPorts({ host, environment: step.environment, workingDirectory: () => work });
      const status = await main(argvOf(step, work), ports);
      return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text() };
    },
    close: () => undefined,
  };
}

/** A program of its own, in a directory of this machine. */
export function asProgram(program: string, script: Script): Runner {
  const directory = temporaryDirectory();
  const work = realpathSync(directory.path);
  for (const [name, content] of script.files) {
    mkdirSync(dirname(join(work, name)), { recursive: true });
    writeFileSync(join(work, name), content);
  }
  return {
    work,
    run: async (step) => run([program, ...argvOf(step, work)], { cwd: work, environment: step.environment }),
    close: () => directory[Symbol.dispose](),
  };
}
