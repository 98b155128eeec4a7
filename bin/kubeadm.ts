#!/usr/bin/env node
import { exitStatusOfSignal, type InterruptingSignal, interruption } from "../src/cli/interruption.ts";
import { main } from "../src/cli/main.ts";
import { drained, processPorts } from "./process-ports.ts";

const abort = new AbortController();
const ports = processPorts(abort.signal);

/** The first signal cancels the run, which then cleans up. A second signal ends the program immediately. */
function interrupt(signal: InterruptingSignal): void {
  if (abort.signal.aborted) {
    ports.stderr.live(undefined);
    process.exit(exitStatusOfSignal(signal));
  }
  abort.abort(interruption(signal));
}

process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);
const status = await main(process.argv.slice(2), ports);
await drained();
process.exit(status);
