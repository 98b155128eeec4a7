import { cpus, hostname, release, totalmem } from "node:os";
import type { Machine } from "../host.ts";

/** Read from the operating system when a fact is used, so that `version` reads none. */
export const localMachine: Machine = {
  get platform() {
    return process.platform === "linux" ? "linux" : "other";
  },
  get uid() {
    // Only Windows has no user ids, and this program does not support Windows.
    return process.geteuid?.() ?? 0;
  },
  get pid() {
    return process.pid;
  },
  get hostname() {
    return hostname();
  },
  get kernelRelease() {
    return release();
  },
  get cpus() {
    return cpus().length;
  },
  get memoryBytes() {
    return totalmem();
  },
  get environment() {
    return process.env;
  },
};
