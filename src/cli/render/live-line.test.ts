import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import { liveLine, liveText } from "./live-line.ts";

const wait = { texts: ["[wait] cluster-info: connection refused"], elapsedMs: 12_000, deadlineMs: 300_000 };

describe("the text of a live line", () => {
  it.each([
    ["is whole where it fits", 80, "[wait] cluster-info: connection refused (12s of 5m0s)"],
    ["is whole where the width is unknown", undefined, "[wait] cluster-info: connection refused (12s of 5m0s)"],
    [
      "is whole where the width is 0, as of a terminal that does not say it",
      0,
      "[wait] cluster-info: connection refused (12s of 5m0s)",
    ],
    ["keeps the elapsed time where it is cut", 40, "[wait] cluster-info: con… (12s of 5m0s)"],
    ["is cut to the bone where nothing else fits", 12, "[wait] clus"],
  ])("%s", (_, columns, text) => {
    expect(liveText(wait, columns)).toBe(text);
  });

  it.each([
    ["the first", 80, "[wait] cluster-info: connection refused (12s of 5m0s)"],
    ["a shorter one", 40, "[wait] cluster-info (12s of 5m0s)"],
    ["the last one, cut, where none does", 32, "[wait] cluster-i… (12s of 5m0s)"],
  ])("of several texts is the first that fits: %s", (_, columns, text) => {
    expect(liveText({ ...wait, texts: [...wait.texts, "[wait] cluster-info"] }, columns)).toBe(text);
  });

  it.each([20, 21, 30, 31, 60])("takes less than %d columns, with characters of two columns in it", (columns) => {
    const text = liveText({ ...wait, texts: ["日本語のエラー: 接続が拒否されました".repeat(3)] }, columns);
    const width = [...text].reduce((sum, character) => sum + (/[\u3000-\u9fff]/.test(character) ? 2 : 1), 0);
    expect(width).toBeLessThan(columns);
    expect(text).toMatch(/… \(12s of 5m0s\)$/);
  });
});

describe("a live line", () => {
  const start = (columns?: number) => {
    const ports = memoryPorts({ terminal: true, ...(columns === undefined ? {} : { columns }) });
    let tick: (() => void) | undefined;
    const live = liveLine(ports.stderr, (action) => {
      tick = action;
      return () => {
        tick = undefined;
      };
    });
    let read = 0;
    const next = () => {
      const text = ports.stderr.text().slice(read);
      read += text.length;
      return text;
    };
    return { ports, live, next, tick: () => tick?.(), isTicking: () => tick !== undefined };
  };
  const erase = "\r\u001b[K";
  const drawn = (text: string) => `${erase}\u001b[?7l${text}\u001b[?7h`;

  it("counts the seconds, until the wait is over", () => {
    const { live, next, tick, isTicking } = start();
    live.show("a", { texts: ["a"], elapsedMs: 0, deadlineMs: 60_000 });
    expect(next()).toBe(drawn("a (0s of 1m0s)"));
    tick();
    expect(next()).toBe(drawn("a (1s of 1m0s)"));
    live.end("a");
    expect(next()).toBe(erase);
    expect(isTicking()).toBe(false);
  });

  it("shows the wait that was reported last, and the one before it when that is over", () => {
    const { live, next } = start();
    live.show("a", { texts: ["a"], elapsedMs: 0, deadlineMs: 1_000 });
    live.show("b", { texts: ["b"], elapsedMs: 0, deadlineMs: 1_000 });
    next();
    live.end("b");
    expect(next()).toBe(drawn("a (0s of 1s)"));
    live.endAll();
    expect(next()).toBe(erase);
    live.endAll();
    live.end("b");
    expect(next()).toBe("");
  });

  it("prints a reason that does not fit when it has lasted five seconds, without a further report", () => {
    const { live, next, tick } = start(30);
    const texts = ["[wait] a: because of b and of c", "[wait] a"];
    live.show("a", { texts, isReason: true, elapsedMs: 3_000, deadlineMs: 60_000 });
    expect(next()).toBe(drawn("[wait] a: becau… (3s of 1m0s)"));
    for (let second = 4; second < 8; second++) tick();
    expect(next()).not.toContain("of c");
    tick();
    expect(next()).toBe(`${erase}[wait] a: because of b and of c\n${drawn("[wait] a (8s of 1m0s)")}`);
    tick();
    expect(next()).toBe(drawn("[wait] a (9s of 1m0s)"));
  });

  it("is erased before a line of either output, and comes back with the next second", () => {
    const { ports, live, next, tick } = start();
    live.show("a", { texts: ["a"], elapsedMs: 0, deadlineMs: 9_000 });
    next();
    ports.stdout.write("line\n");
    expect(next()).toBe(erase);
    ports.stderr.write("other\n");
    expect(next()).toBe("other\n");
    tick();
    expect(next()).toBe(drawn("a (1s of 9s)"));
  });

  it("cannot be broken into two by its text", () => {
    const { live, next } = start();
    live.show("a", { texts: ["a\nb\r\u001b[2Jc\td"], elapsedMs: 0, deadlineMs: 1_000 });
    expect(next()).toBe(drawn("a b\\r\\u001b[2Jc d (0s of 1s)"));
  });
});
