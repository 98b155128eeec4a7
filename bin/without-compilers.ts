/**
 * Starts the compiled program once more, in this same process, with the JavaScript engine's compilers off: a join
 * computes for a tenth of a second, where they are of no use, and having them ready costs 2.8 MB (docs/adr/0010). The
 * engine reads this switch at its own start, from the environment alone; programs that we start do not inherit it. Where
 * that cannot be done, or under Node.js, the program simply goes on.
 */
const engineSwitch = "BUN_JSC_useJIT";

function isCompiled(): boolean {
  return process.argv[1]?.startsWith("/$bunfs/") === true;
}

if (isCompiled() && process.argv.includes("join") && process.env[engineSwitch] === undefined) {
  try {
    process.execve?.(process.execPath, [process.argv0, ...process.argv.slice(2)], {
      ...process.env,
      [engineSwitch]: "0",
    });
  } catch {
    // Moved or deleted while it ran: the same program, in a little more memory.
  }
}
