import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Runs a program until it ends, and prints each of its lines with its name: others print at the same time. */
export async function runProgram(name: string, program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
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
