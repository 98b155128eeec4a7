/**
 * Starts the compiled program once more, in this same process, with a JavaScript engine that takes less memory: a join or an
 * init computes for some tenths of a second, where compilers are of no use, and having them ready costs 2.8 MB; and its
 * heap is collected from 4 MB on, not from 32, since reading and writing certificates leaves much behind (docs/adr/0010).
 * The engine reads these switches at its own start, from the environment alone; programs that we start do not inherit
 * them. Where that cannot be done, or under Node.js, the program simply goes on.
 */
const engineSwitches = { BUN_JSC_useJIT: "0", BUN_JSC_largeHeapSize: "4000000" };

function isCompiled(): boolean {
  return process.argv[1]?.startsWith("/$bunfs/") === true;
}

/** Of the commands that compute much and run long, none gains from a compiler: they wait for others. */
function startsWorkflow(): boolean {
  return process.argv.includes("join") || process.argv.includes("init");
}

if (isCompiled() && startsWorkflow() && process.env["BUN_JSC_useJIT"] === undefined) {
  try {
    process.execve?.(process.execPath, [process.argv0, ...process.argv.slice(2)], {
      ...process.env,
      ...engineSwitches,
    });
  } catch {
    // Moved or deleted while it ran: the same program, in a little more memory.
  }
}
