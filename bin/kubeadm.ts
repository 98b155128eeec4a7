#!/usr/bin/env node
import { exitStatusOfSignal, type InterruptingSignal, interruption } from "../src/cli/interruption.ts";
import { main } from "../src/cli/main.ts";
import { processPorts } from "./process-ports.ts";

const abort = new AbortController();

/** The first signal ends the run in good order; whoever sends a second one does not want to wait for that. */
function interrupt(signal: InterruptingSignal): void {
  if (abort.signal.aborted) process.exit(exitStatusOfSignal(signal));
  abort.abort(interruption(signal));
}

process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);
process.exit(await main(process.argv.slice(2), processPorts(abort.signal)));
