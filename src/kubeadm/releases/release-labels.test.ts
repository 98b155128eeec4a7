import { describe, expect, it } from "vitest";
import { type ReleaseAnswers, startReleaseServer } from "../../../test/support/upgrade/release-server.ts";
import { TransportError } from "../../cluster/transport.ts";
import type { EventType } from "../../events/event.ts";
import { type Events, eventsTo } from "../../events/events.ts";
import { memoryClock } from "../../host/memory/clock.ts";
import { openConnections } from "../open-connections.ts";
import { releaseLabels } from "./release-labels.ts";

/** Does something with labels that a local server knows. */
async function withLabels<T>(
  answers: ReleaseAnswers,
  work: (labels: ReturnType<typeof releaseLabels>, seen: Seen) => Promise<T>,
  { trusted = true, environment = {} as Record<string, string> } = {},
): Promise<T> {
  await using server = await startReleaseServer(answers);
  const told: string[] = [];
  const events: Events = eventsTo(
    (event) => {
      if ((["warning", "log"] as EventType[]).includes(event.type) && "message" in event) told.push(event.message);
    },
    () => new Date(0),
  );
  const clock = memoryClock();
  const pool = openConnections({ connectTransport: server.connect, environment, events, clock });
  const { caCertificatePem } = server;
  const labels = releaseLabels({
    connect: async (url) => pool.transport(url, trusted ? { certificateAuthority: caCertificatePem } : {}),
    ...{ clock, events, signal: new AbortController().signal },
  });
  try {
    return await work(labels, { told, requests: server.requests });
  } finally {
    pool.close();
  }
}

interface Seen {
  readonly told: readonly string[];
  readonly requests: readonly string[];
}

const stable = "cdn.dl.k8s.io/release/stable.txt";

describe("a label", () => {
  it.each([
    ["stable", { [stable]: "v1.37.5" }, "v1.37.5"],
    ["stable-1", { "cdn.dl.k8s.io/release/stable-1.txt": "v1.37.5" }, "v1.37.5"],
    ["stable-1.36", { "cdn.dl.k8s.io/release/stable-1.36.txt": "v1.36.9" }, "v1.36.9"],
    ["latest", { "cdn.dl.k8s.io/release/latest.txt": "v1.37.6-rc.0" }, "v1.37.6-rc.0"],
    ["release/stable", { [stable]: "v1.37.5" }, "v1.37.5"],
    ["ci/latest", { "storage.googleapis.com/ci/latest.txt": "v1.37.0-alpha.1.5+abc" }, "v1.37.0-alpha.1.5+abc"],
    ["v1.36.9", {}, "v1.36.9"],
    ["1.36.9", {}, "v1.36.9"],
    ["ci/v1.37.0-alpha.1", {}, "v1.37.0-alpha.1"],
  ])("%s stands for what the release server says", async (label, answers: ReleaseAnswers, version) => {
    const renamed = Object.fromEntries(
      Object.entries(answers).map(([path, text]) => [path.replace(".com/ci", ".com/k8s-release-dev/ci"), text]),
    );
    await withLabels(renamed, async (labels, { told }) => {
      expect(await labels.resolve(label)).toBe(version);
      expect(told).toEqual([]);
    });
  });

  it("of a newer minor version stands for the newest release of this one", async () => {
    const answers = { [stable]: "v1.38.0", "cdn.dl.k8s.io/release/stable-1.37.txt": "v1.37.9" };
    await withLabels(answers, async (labels, { told }) => {
      expect(await labels.resolve("stable")).toBe("v1.37.9");
      expect(told).toEqual(["remote version is much newer: v1.38.0; falling back to: stable-1.37"]);
    });
  });

  it.each(["stable", "stable-1.37"])(
    "%s ends with this program's version where every label is newer",
    async (label) => {
      const answers = { [stable]: "v1.38.0", "cdn.dl.k8s.io/release/stable-1.37.txt": "v1.38.0" };
      await withLabels(answers, async (labels, { told }) => {
        expect(await labels.resolve(label)).toBe("v1.37.2");
        expect(told.at(-1)).toBe(
          'could not fetch a Kubernetes version from the internet: "https://dl.k8s.io/release/stable-1.37.txt" says v1.38.0, which is no stable-1.37; falling back to the local client version: v1.37.2',
        );
      });
    },
  );

  it.each([
    ["text", "<html>"],
    ["text that begins as a version", "v1.37.5 "],
    ["text that begins as a newer version", "v1.38.5 "],
  ])("is refused in a short message where the answer is a long page of %s", async (_, beginning) => {
    await withLabels({ [stable]: beginning.padEnd(4_000, "x") }, async (labels) => {
      const message = await labels.resolve("stable").catch((error: Error) => error.message);
      expect(message).toContain("more characters");
      expect(message.length).toBeLessThan(2_200);
    });
  });

  it("is asked for with its own deadline, however long ago the first one was", async () => {
    const clock = memoryClock();
    const limits: (number | undefined)[] = [];
    const labels = releaseLabels({
      connect: async (url) => ({
        send: async ({ timeoutMs }) => {
          limits.push(timeoutMs);
          throw new TransportError("unreachable", url, "unreachable");
        },
        close: () => undefined,
      }),
      events: eventsTo(
        () => undefined,
        () => new Date(0),
      ),
      ...{ clock, signal: new AbortController().signal },
    });
    await labels.resolve("stable");
    await clock.advance(60_000);
    await labels.resolve("latest");
    expect(limits).toEqual([10_000, 10_000]);
  });

  it.each([
    ["the server has no such file", {}, {}, /status 404/],
    ["the server fails", { [stable]: 503 }, {}, /status 503/],
    ["the machine does not trust the server", { [stable]: "v1.37.5" }, { trusted: false }, /certificate/],
    [
      "the proxy is not there",
      { [stable]: "v1.37.5" },
      { environment: { HTTPS_PROXY: "http://127.0.0.1:1" } },
      /unable to get URL "https:\/\/dl\.k8s\.io\/release\/stable\.txt"/,
    ],
  ])("stands for this program's version where %s", async (_, answers: ReleaseAnswers, options, reason) => {
    await withLabels(
      answers,
      async (labels, { told }) => {
        expect(await labels.resolve("stable")).toBe("v1.37.2");
        expect(await labels.resolve("stable-1.36")).toBe("v1.37.2");
        expect(told).toEqual([expect.stringMatching(reason)]);
      },
      options,
    );
  });

  it.each([
    ["is not a version", "<html>hello</html>", 'remote version error: could not parse "<html>hello</html>" as version'],
    ["is a version and more", "v1.37.5 <script>", 'invalid version "v1.37.5 <script>"'],
  ])("is refused where the answer %s", async (_, answer, message) => {
    await withLabels({ [stable]: answer }, async (labels) => {
      await expect(labels.resolve("stable")).rejects.toThrow(message);
    });
  });

  it("that is none is refused without a question", async () => {
    await withLabels({}, async (labels, { requests }) => {
      await expect(labels.resolve("newest")).rejects.toThrow("doesn't match patterns for neither semantic version nor");
      expect(requests).toEqual([]);
    });
  });
});

it("labels are asked for side by side, each once", async () => {
  let arrived = 0;
  let openGate: () => void = () => undefined;
  const allArrived = new Promise<void>((resolve) => {
    openGate = resolve;
  });
  const together = (text: string) => async () => {
    arrived += 1;
    if (arrived === 3) openGate();
    await allArrived;
    return text;
  };
  const answers = {
    [stable]: together("v1.38.0"),
    "cdn.dl.k8s.io/release/stable-1.36.txt": together("v1.36.9"),
    "cdn.dl.k8s.io/release/stable-1.37.txt": together("v1.37.9"),
  };
  await withLabels(answers, async (labels, { requests }) => {
    labels.begin(["stable", "stable-1.36"]);
    expect(await labels.resolve("stable")).toBe("v1.37.9");
    expect(await labels.resolve("stable-1.36")).toBe("v1.36.9");
    expect(await labels.resolve("stable-1.37")).toBe("v1.37.9");
    expect(requests).toHaveLength(3);
  });
});
