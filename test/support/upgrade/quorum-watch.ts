// Whether etcd keeps its quorum while something happens to one of its members.
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { joinHostPort } from "../../../lab/addresses.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { etcdctl } from "../control-plane/control-plane-lab.ts";

export interface QuorumWatch {
  /** Ends the watch. Fails if a majority did not respond at some time; returns what was seen. */
  end(): Promise<string>;
}

const everyMs = 1_000;

/**
 * Asks every member each second, from the host of one that is left alone, for a value that a majority has to agree on. An
 * election of another leader may take some seconds.
 */
export function watchQuorum(observer: LabHost, members: readonly LabHost[]): QuorumWatch {
  const over = new AbortController();
  const counts: number[] = [];
  const probe = async () => {
    const endpoints = members.map(({ address }) => `https://${joinHostPort(address, 2379)}`).join(",");
    const argv = etcdctl(endpoints, ["endpoint", "health", "--command-timeout", "5s", "-w", "json"]);
    const { stdout } = await observer.run(argv);
    const answers = JSON.parse(stdout) as readonly { readonly health: boolean }[];
    counts.push(answers.filter(({ health }) => health).length);
  };
  const watching = (async () => {
    while (!over.signal.aborted) {
      await probe();
      await sleep(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  watching.catch(() => undefined);
  return {
    end: async () => {
      over.abort();
      await watching;
      const majority = Math.floor(members.length / 2) + 1;
      expect(counts.length).toBeGreaterThan(0);
      expect(
        counts.filter((count) => count < majority),
        `members that answered, of ${members.length}`,
      ).toEqual([]);
      return `etcd was asked ${counts.length} times, and ${Math.min(...counts)} or more of ${members.length} members answered`;
    },
  };
}
