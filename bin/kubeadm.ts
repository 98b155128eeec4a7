#!/usr/bin/env node
import "./frugal-engine.ts";
import { exitStatusOfSignal, type InterruptingSignal, interruption } from "../src/cli/interruption.ts";
import { main } from "../src/cli/main.ts";
import { drained, processPorts } from "./process-ports.ts";

const abort = new AbortController();

/** The first signal ends the run in good order; whoever sends a second one does not want to wait for that. */
function interrupt(signal: InterruptingSignal): void {
  if (abort.signal.aborted) process.exit(exitStatusOfSignal(signal));
  abort.abort(interruption(signal));
}

process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);
const status = await main(process.argv.slice(2), processPorts(abort.signal));
await drained();
process.exit(status);
