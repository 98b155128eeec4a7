import { spawnSync } from "node:child_process";
import type { Measurement } from "./measurement.ts";
import { inTurn, ours } from "./programs.ts";

export const version: Measurement = {
  name: "version",
  summary: "the time of `kubeadm version`",
  async measure({ lab, rounds }) {
    const files = { ours, upstream: lab.parts.kubeadm };
    const once = (file: string) => spawnSync(file, ["version"], { stdio: "ignore" });
    // Warms the page cache.
    for (const file of Object.values(files)) once(file);
    const samples = await inTurn(rounds * 3, async ({ program }) => {
      const started = performance.now();
      once(files[program]);
      return performance.now() - started;
    });
    return [{ what: "version, time", unit: "ms", samples, limit: 0.25 }];
  },
};
