import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Of the thousands of Node.js processes that the suites start, only the first one of a program compiles it. */
const compileCache = join(import.meta.dirname, "../../node_modules/.cache/compiled");

/** Runs a program until it ends, and prints each of its lines with its name: others print at the same time. */
export async function runProgram(name: string, program: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
      if (line !== "") console.log(`${name} | ${line}`);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
