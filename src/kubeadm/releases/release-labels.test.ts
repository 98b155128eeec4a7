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
  { trusted = true, environmentWith = (_proxy: string): Record<string, string> => ({}) } = {},
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
  const environment = environmentWith(server.proxy);
  const pool = openConnections({ connectTransport: server.connect, environment, events, clock });
  const { caCertificatePem } = server;
  const labels = releaseLabels({
    connect: async (url) => pool.transport(url, trusted ? { certificateAuthority: caCertificatePem } : {}),
    ...{ clock, events, signal: new AbortController().signal },
  });
  try {
    return await work(labels, { told, requests: server.requests, tunnels: server.tunnels });
  } finally {
    pool.close();
  }
}

interface Seen {
  readonly told: readonly string[];
  readonly requests: readonly string[];
  readonly tunnels: readonly string[];
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
          'could not fetch a Kubernetes version from the internet: "https://dl.k8s.io/release/stable-1.37.txt" says v1.38.0, which is not a version of stable-1.37; falling back to the local client version: v1.37.2',
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

  it.each([
    ["the server has no such file", {}, {}, /status 404/],
    ["the server fails", { [stable]: 503 }, {}, /status 503/],
    ["the machine does not trust the server", { [stable]: "v1.37.5" }, { trusted: false }, /certificate/],
    [
      "the proxy is not there",
      { [stable]: "v1.37.5" },
      { environmentWith: () => ({ HTTPS_PROXY: "http://127.0.0.1:1" }) },
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

  it.each<[string, (proxy: string) => Record<string, string>, readonly string[]]>([
    ["through the proxy of HTTPS_PROXY", (proxy) => ({ HTTPS_PROXY: proxy }), ["dl.k8s.io:443", "cdn.dl.k8s.io:443"]],
    ["through the proxy of https_proxy", (proxy) => ({ https_proxy: proxy }), ["dl.k8s.io:443", "cdn.dl.k8s.io:443"]],
    ["directly although HTTP_PROXY is set", (proxy) => ({ HTTP_PROXY: proxy }), []],
    ["directly where NO_PROXY names the domain", (proxy) => ({ HTTPS_PROXY: proxy, NO_PROXY: "k8s.io" }), []],
    [
      "through the proxy, but directly after a redirect to a server that NO_PROXY names",
      (proxy) => ({ HTTPS_PROXY: proxy, NO_PROXY: "cdn.dl.k8s.io" }),
      ["dl.k8s.io:443"],
    ],
  ])("is asked for %s", async (_, environmentWith, expected) => {
    await withLabels(
      { [stable]: "v1.37.5" },
      async (labels, { told, tunnels }) => {
        expect(await labels.resolve("stable")).toBe("v1.37.5");
        expect({ told, tunnels }).toEqual({ told: [], tunnels: expected });
      },
      { environmentWith },
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

  it("that is not one is refused without a question", async () => {
    await withLabels({}, async (labels, { requests }) => {
      await expect(labels.resolve("newest")).rejects.toThrow("doesn't match patterns for neither semantic version nor");
      expect(requests).toEqual([]);
    });
  });
});

it("labels are asked for in parallel, each once", async () => {
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

describe("where nothing answers", () => {
  /** Labels of a network that is silent until a request is given up. */
  function silentLabels() {
    const clock = memoryClock();
    const limits: (readonly [url: string, timeoutMs: number | undefined])[] = [];
    const signal = new AbortController().signal;
    const labels = releaseLabels({
      connect: async () => ({
        send: async ({ url, timeoutMs }) => {
          limits.push([url.replace(/.*\//, ""), timeoutMs]);
          await clock.sleep(timeoutMs, signal);
          throw new TransportError("unreachable", url, "silence");
        },
        close: () => undefined,
      }),
      events: eventsTo(
        () => undefined,
        () => new Date(0),
      ),
      ...{ clock, signal },
    });
    return { labels, clock, limits };
  }

  it("all labels together take ten seconds, and each is this program's version", async () => {
    const { labels, clock, limits } = silentLabels();
    labels.begin(["stable", "stable-1.36", "latest", "latest-1.36"]);
    const answers = Promise.all(["stable", "stable-1.36", "latest", "latest-1.36"].map(labels.resolve));
    await clock.advance(10_000);
    expect(await answers).toEqual(Array(4).fill("v1.37.2"));
    expect(limits).toEqual(
      ["stable.txt", "stable-1.36.txt", "latest.txt", "latest-1.36.txt", "stable-1.37.txt"].map((url) => [url, 10_000]),
    );
  });

  it.each([
    ["has what remains of the ten seconds", 4_000, [["latest.txt", 6_000]]],
    ["is not asked for after them", 60_000, []],
  ])("a label that is asked for later %s", async (_, laterMs, expected) => {
    const { labels, clock, limits } = silentLabels();
    const first = labels.resolve("stable");
    await clock.advance(laterMs);
    const second = labels.resolve("latest");
    await clock.advance(Math.max(0, 10_000 - laterMs));
    expect(await Promise.all([first, second])).toEqual(["v1.37.2", "v1.37.2"]);
    expect(limits).toEqual([["stable.txt", 10_000], ...expected]);
  });
});

it("no release server is asked about a version", async () => {
  await withLabels({}, async (labels, { requests }) => {
    labels.begin(["v1.36.9"]);
    expect(await labels.resolve("v1.36.9")).toBe("v1.36.9");
    expect(requests).toEqual([]);
  });
});
